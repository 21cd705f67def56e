package lean

import (
	"bytes"
	"fmt"
	"strconv"
)

// polling is a client's two connections: polls, of which one always waits once
// the client has joined, and posts.
type polling struct {
	client    *Client
	get, post *HTTP
	out       []byte // payload that waits for the post under way
	asking    []byte // the poll's request, always the same
	moved     bool
}

func newPolling(c *Client) *polling {
	f := c.fleet
	p := &polling{client: c, get: f.NewHTTP(c.from, c.to), post: f.NewHTTP(c.away())}
	p.get.OnAnswer = p.polled
	p.post.OnAnswer = p.posted
	p.get.Send(p.request("GET", nil))
	return p
}

func (p *polling) request(method string, body []byte) []byte {
	b := append([]byte(method), " /socket.io/?EIO=4&transport=polling"...)
	if sid := p.client.SID; sid != "" {
		b = append(append(b, "&sid="...), sid...)
	}
	b = append(append(b, " HTTP/1.1\r\nHost: "+p.client.to.String()+"\r\n"...), browser...)
	if method == "POST" {
		b = append(b, "Content-Type: text/plain;charset=UTF-8\r\nContent-Length: "...)
		b = append(strconv.AppendInt(b, int64(len(body)), 10), "\r\n"...)
	}
	return append(append(b, "\r\n"...), body...)
}

func (p *polling) send(packet []byte) {
	if len(p.out) > 0 {
		p.out = append(p.out, '\x1e')
	}
	p.out = append(p.out, packet...)
	p.push()
}

func (p *polling) push() {
	if len(p.out) == 0 || p.post.Busy() {
		return
	}
	request := p.request("POST", p.out)
	p.out = nil
	p.post.Send(request)
	if p.post.Failed != nil {
		p.client.lose(p.post.Failed)
	}
}

func (p *polling) posted(status int, body []byte) {
	if status != 200 {
		p.client.lose(fmt.Errorf("post answered with %d", status))
		return
	}
	p.push()
}

func (p *polling) polled(status int, body []byte) {
	if status != 200 {
		p.client.lose(fmt.Errorf("poll answered with %d", status))
		return
	}
	for packet := range bytes.SplitSeq(body, []byte{'\x1e'}) {
		if err := p.client.packet(packet); err != nil {
			p.client.lose(err)
			return
		}
	}
	if p.client.state == lost {
		return
	}
	if p.asking == nil {
		p.asking = p.request("GET", nil)
	}
	p.poll()
}

// poll asks for more, from then on from where, and where, the client is to ask.
func (p *polling) poll() {
	if from, to := p.client.away(); !p.moved && (from != p.get.from || to != p.get.to) {
		p.moved = true
		p.get.Close()
		p.get = p.client.fleet.NewHTTP(from, to)
		p.get.OnAnswer = p.polled
	}
	p.get.Send(p.asking)
	if p.get.Failed != nil {
		p.client.lose(p.get.Failed)
	}
}

func (p *polling) hangUp() {
	p.get.Close()
	p.post.Close()
}
