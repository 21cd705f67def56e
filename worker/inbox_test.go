package worker_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/worker/socketio"
)

// A connection that has waited too long is told to come again.
func TestStaleConnection(t *testing.T) {
	n := begin(t)
	n.start(0)
	c := n.connect(0, time.Now().Add(-time.Minute))
	res, err := http.ReadResponse(c.r, nil)
	if err != nil || res.StatusCode != 503 || res.Header.Get("Retry-After") != "1" || !res.Close {
		t.Fatalf("%+v, %v", res, err)
	}
	res.Body.Close()
	c.ends()
	n.poll(0, "GET", "", "").expect(200, `0{"sid":"`)
}

// What waits in the inbox when a worker starts is served.
func TestQueuedBeforeTheStart(t *testing.T) {
	n := begin(t)
	var waiting []*connection
	for range 20 {
		waiting = append(waiting, n.poll(0, "GET", "", ""))
	}
	n.start(0)
	for _, c := range waiting {
		c.expect(200, `0{"sid":"`)
	}
}

// Messages that do not parse are dropped, with what came along; the worker goes
// on.
func TestGarbageInTheInbox(t *testing.T) {
	n := begin(t)
	n.start(0)
	n.start(1)
	c := n.pass(0, []byte("garbage"))
	asker := "\x01" + "\x00\x00\x00\x00\x00\x00\x00\x02" + "\x00\x00\x00\x00\x00\x00\x00\x09"
	for _, m := range []struct {
		kind    fdpass.Kind
		payload string
	}{
		{fdpass.Request, ""},
		{fdpass.Request, asker},                                        // no flags
		{fdpass.Request, asker + "\x03"},                               // first and last, no head
		{fdpass.Request, asker + "\x02rest of none"},                   // last of what never began
		{fdpass.Request, "\x09" + asker[1:] + "\x03\x01\x04\x00\x01x"}, // from a slot that there is not
		{fdpass.Answer, ""},
		{fdpass.Answer, "\x00\x00\x00\x00\x00\x00\x00\x09\x03"}, // to no question
		{fdpass.Cancel, "\x01"},
		{fdpass.Cancel, asker}, // of no request
	} {
		if err := n.slots[0].inbox.Send(m.kind, []byte(m.payload), -1); err != nil {
			t.Fatal(err)
		}
	}
	c.ends()
	n.poll(0, "GET", "", "").expect(200, `0{"sid":"`)
	n.poll(0, "GET", n.session(1), "").Close()
}

// A request whose beginning was lost with a predecessor, or with the master, is
// answered: its client must not wait for nothing.
func TestRequestWithoutItsBeginning(t *testing.T) {
	n := begin(t)
	n.start(0)
	asker := "\x01" + "\x00\x00\x00\x00\x00\x00\x00\x02" + "\x00\x00\x00\x00\x00\x00\x00\x09"
	for _, piece := range []string{"\x00middle", "\x02end"} {
		if err := n.slots[0].inbox.Send(fdpass.Request, []byte(asker+piece), -1); err != nil {
			t.Fatal(err)
		}
	}
	heard := make(chan string)
	go func() {
		m, err := fdpass.NewReceiver(n.slots[1].read).Receive()
		heard <- fmt.Sprintf("%v %q %v", m.Kind, m.Payload, err)
	}()
	select {
	case got := <-heard:
		if want := `answer "\x00\x00\x00\x00\x00\x00\x00\t\x03\x01\xf7\x00\x00\x00" <nil>`; got != want { // 503
			t.Errorf("%s, want %s", got, want)
		}
	case <-time.After(patience):
		t.Fatal("no answer")
	}
}

// Requests whose pieces are arriving are bounded in number: one more is told to
// come again, and those that were begun are finished.
func TestTooManyUnfinishedRequests(t *testing.T) {
	const most = 1024 // see docs/configuration.md
	n := begin(t)
	n.start(0)
	send := func(id int, piece string) {
		asker := binary.BigEndian.AppendUint64([]byte("\x01\x00\x00\x00\x00\x00\x00\x00\x02"), uint64(id))
		for {
			err := n.slots[0].inbox.Send(fdpass.Request, append(asker, piece...), -1)
			if err == nil {
				return
			}
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			if !errors.Is(err, fdpass.ErrFull) || n.slots[0].inbox.Wait(ctx) != nil {
				t.Fatal(err)
			}
		}
	}
	heard, over := make(chan string), fdpass.NewReceiver(n.slots[1].read)
	go func() {
		for range 2 {
			m, err := over.Receive()
			heard <- fmt.Sprintf("%v of %d, status %d, %v", m.Kind, binary.BigEndian.Uint64(m.Payload), binary.BigEndian.Uint16(m.Payload[9:]), err)
		}
	}()
	for id := range most + 1 {
		send(id, "\x01\x02\x04\x00\x01x") // the first piece of a POST to session x
	}
	send(7, "\x02") // the last
	for _, want := range []string{"answer of 1024, status 503, <nil>", "answer of 7, status 400, <nil>"} {
		select {
		case got := <-heard:
			if got != want {
				t.Errorf("%s, want %s", got, want)
			}
		case <-time.After(patience):
			t.Fatalf("silence instead of %s", want)
		}
	}
}

// A client of a Unix socket has no address.
func TestUnixClient(t *testing.T) {
	n, addresses := begin(t), make(chan string, 1)
	n.start(0, func(io *socketio.Server) {
		io.Of("/").OnConnection(func(s *socketio.Socket) { addresses <- s.Handshake().Address })
	})
	c := n.pass(0, fdpass.AppendOrigin(nil, fdpass.Origin{Accepted: time.Now()}))
	c.request("POST", c.open(), "40")
	c.expect(200, "ok")
	select {
	case a := <-addresses:
		if a != "" {
			t.Errorf("address %q", a)
		}
	case <-time.After(patience):
		t.Fatal("not connected")
	}
}
