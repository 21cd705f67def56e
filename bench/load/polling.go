package load

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/ioserver/ioserver/protocol/eio"
)

// polls is what a long-polling client has besides its polls.
type polls struct {
	sid     string
	conn    conn   // of POSTs
	out     []byte // payload that waits for the POST under way
	posting bool
	idle    int64 // since when there is no POST
}

var errPoll = errors.New("poll refused")

// askPoll sends a GET: the first opens the session.
func (t *thread) askPoll(cl *client) {
	t.write(&cl.conn, t.request("GET", cl, nil))
}

// request is one of a client's; its memory is the thread's.
func (t *thread) request(method string, cl *client, body []byte) []byte {
	o := &t.fleet.o
	b := append(append(append(t.frameBuffer[:0], method...), ' '), o.Path...)
	b = append(b, "?EIO="...)
	b = append(b, '0'+byte(o.Revision))
	b = append(b, "&transport=polling"...)
	if cl.poll.sid != "" {
		b = append(append(b, "&sid="...), cl.poll.sid...)
	}
	b = append(append(append(b, " HTTP/1.1\r\nHost: "...), o.Host...), "\r\n"...)
	if method == "POST" {
		b = append(b, "Content-Type: text/plain;charset=UTF-8\r\nContent-Length: "...)
		b = append(strconv.AppendInt(b, int64(len(body)), 10), "\r\n"...)
	}
	b = append(appendHeader(b, o.Header), "\r\n"...)
	t.frameBuffer = append(b, body...)
	return t.frameBuffer
}

// post sends a packet with a POST, together with all others that gather while
// one is on its way.
func (t *thread) post(cl *client, packet []byte) {
	p := cl.poll
	if p.out == nil {
		p.out = t.buffer()
	}
	if t.fleet.o.Revision == eio.V3 {
		p.out = append(strconv.AppendInt(p.out, int64(utf8.RuneCount(packet)), 10), ':')
	} else if len(p.out) > 0 {
		p.out = append(p.out, '\x1e')
	}
	p.out = append(p.out, packet...)
	if !p.posting {
		t.postNext(cl)
	}
}

func (t *thread) postNext(cl *client) {
	p := cl.poll
	if len(p.out) == 0 || cl.state == lost {
		return
	}
	if p.conn.fd != 0 && t.now-p.idle > int64(idlePost) {
		t.hangUp(&p.conn) // the server may be about to
	}
	if p.conn.fd == 0 {
		if err := t.connect(&p.conn, post, cl); err != nil {
			t.lose(cl, err)
			return
		}
	}
	p.posting = true
	t.write(&p.conn, t.request("POST", cl, p.out))
	t.release(p.out)
	p.out = nil
}

// answers handles answers of HTTP.
func (t *thread) answers(c *conn, b []byte) (int, error) {
	n, err := t.response.parse(b)
	if n == 0 || err != nil {
		return 0, err
	}
	switch c.kind {
	case trigger:
		t.publisher.answer(c, t.response.status, t.response.closes)
		return n, nil
	case post:
		return n, t.posted(c.owner)
	}
	return n, t.polled(c.owner)
}

func (t *thread) posted(cl *client) error {
	if t.response.status != 200 {
		return fmt.Errorf("post answered with status %d: %w", t.response.status, errPoll)
	}
	p := cl.poll
	p.posting, p.idle = false, t.now
	if t.response.closes {
		t.hangUp(&p.conn)
	}
	if cl.state == leaving {
		t.left(cl)
		return nil
	}
	t.postNext(cl)
	return nil
}

// polled takes a poll's packets and asks for the next.
func (t *thread) polled(cl *client) error {
	if cl.state == leaving {
		return nil
	}
	if t.response.status != 200 {
		return fmt.Errorf("poll answered with status %d: %w", t.response.status, errPoll)
	}
	closes := t.response.closes
	t.polling = cl
	if err := eio.DecodePayload(t.fleet.o.Revision, t.response.body, t.response.octet, 0, t.yield); err != nil {
		return fmt.Errorf("poll: %w", err)
	}
	if cl.state == lost {
		return nil
	}
	if closes {
		t.hangUp(&cl.conn)
		return t.connect(&cl.conn, get, cl)
	}
	t.askPoll(cl)
	return nil
}

// take one packet of a payload.
func (t *thread) polledPacket(p eio.Packet) error {
	if p.Binary || t.polling.state == lost {
		return nil
	}
	t.unpacked = append(append(t.unpacked[:0], '0'+byte(p.Type)), p.Data...)
	return t.packet(t.polling, t.unpacked)
}

// farewell says that a client leaves, so that the server need not wait for it.
func (t *thread) farewell(cl *client) {
	was := cl.state
	cl.state = leaving
	switch {
	case was == ready && cl.poll == nil:
		t.send(cl, []byte("1"))
		t.left(cl)
	case (was == ready || was == joining) && cl.poll != nil && !bytes.HasSuffix(cl.poll.out, []byte("1")):
		t.post(cl, []byte("1"))
	default:
		t.left(cl)
	}
	if was == ready {
		t.meter.Ready--
	}
}

// left ends a client that has said good-bye.
func (t *thread) left(cl *client) {
	if cl.state == leaving {
		t.drop(cl)
		cl.state = unopened
		t.leavers--
	}
}
