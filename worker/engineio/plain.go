package engineio

import (
	"bufio"
	"bytes"

	"github.com/ioserver/ioserver/worker/loop"
	"github.com/valyala/fasthttp"
)

// plainHTTP is HTTP on the loop, for connections that are kept there. It
// understands no more than polling requests as clients send them; the parsing is
// fasthttp's. It belongs to the loop, and all connections share it.
type plainHTTP struct {
	front    *Front
	source   bytes.Reader
	buffer   *bufio.Reader
	header   fasthttp.RequestHeader
	uri      fasthttp.URI
	response fasthttp.Response
}

var (
	headEnd  = []byte("\r\n\r\n")
	openings = [...][]byte{[]byte("GET /"), []byte("POST /")}
)

// read returns the request that b begins with, and its length; or how many bytes
// are needed at least before there is one; or, of what is fasthttp's to read or
// to refuse, nothing at all.
func (p *plainHTTP) read(k *keptConn, b []byte) (h *held, n, need int) {
	end := bytes.Index(b, headEnd) + len(headEnd)
	if end < len(headEnd) {
		if len(b) >= headerBytes || !plainOpening(b) {
			return nil, 0, 0
		}
		return nil, 0, len(b) + 1
	}
	if !p.parse(b[:end]) {
		return nil, 0, 0
	}
	s := p.front.exactly(p.header.RequestURI())
	length := max(p.header.ContentLength(), 0)
	if s == nil || length > s.settings.Load().maxMessage || end+length > unreadBytes {
		return nil, 0, 0
	}
	if end+length > len(b) {
		return nil, 0, end + length
	}
	h = p.request(s, k, b[end:end+length])
	if h == nil {
		return nil, 0, 0
	}
	return h, end + length, 0
}

func plainOpening(b []byte) bool {
	for _, o := range openings {
		if n := min(len(b), len(o)); bytes.Equal(b[:n], o[:n]) {
			return true
		}
	}
	return false
}

// parse reads a head, and reports whether it is of the common kind.
func (p *plainHTTP) parse(head []byte) bool {
	if len(head) > headerBytes {
		return false
	}
	if p.buffer == nil {
		p.buffer = bufio.NewReaderSize(nil, headerBytes)
	}
	p.source.Reset(head)
	p.buffer.Reset(&p.source)
	h := &p.header
	if h.Read(p.buffer) != nil || p.buffer.Buffered() > 0 || !keepsAlive(h) || len(h.Peek("Expect")) > 0 || len(h.Peek("Upgrade")) > 0 {
		return false
	}
	if length := h.ContentLength(); !(h.IsGet() && (length == 0 || length == -2)) && !(h.IsPost() && length >= 0) {
		return false
	}
	if c := h.Peek("Connection"); len(c) > 0 && !bytes.EqualFold(c, []byte("keep-alive")) {
		return false
	}
	return p.uri.Parse(h.Host(), h.RequestURI()) == nil
}

// keepsAlive reports whether the connection outlives the request.
func keepsAlive(h *fasthttp.RequestHeader) bool { return h.IsHTTP11() && !h.ConnectionClose() }

// exactly returns the server of that path and no longer one, whatever the query.
func (f *Front) exactly(uri []byte) *Server {
	path, _, _ := bytes.Cut(uri, []byte("?"))
	for _, s := range f.servers {
		if bytes.Equal(path, s.path) {
			return s
		}
	}
	return nil
}

// request makes what has been parsed a request to its session, unless it is one
// that is refused.
func (p *plainHTTP) request(s *Server, k *keptConn, body []byte) *held {
	q := parseQuery(p.uri.QueryArgs())
	origin, cors := p.value("Origin"), &s.settings.Load().cors
	if s.options.Headers != nil || q.sid == "" || q.transport != Polling || !s.options.offers(Polling) || !cors.admits(pageOf(origin, q.jsonp != nil, p.value), string(p.header.Host())) {
		return nil
	}
	h := &held{
		server:    s,
		exchange:  exchangeOf(&p.header, &q, body),
		remote:    k.remote,
		form:      formOf(string(p.header.UserAgent()), string(p.header.Peek("Accept-Encoding")), &s.options),
		keepAlive: true,
	}
	if r := s.options.Router; r != nil && r.Elsewhere(q.sid) {
		h.router, h.head = r, s.requestOf(&p.header, k.remote, false, false)
	} else if s.sessions[q.sid].check(&h.exchange) != nil {
		return nil
	}
	cors.allow(&h.lines, origin)
	return h
}

func (p *plainHTTP) value(name string) string { return string(p.header.Peek(name)) }

// answer queues an answer on its connection.
func (p *plainHTTP) answer(c *loop.Conn, h *held) {
	r := &p.response
	r.Reset()
	r.Header.SetNoDefaultContentType(true)
	h.answer.write(r, h.form, &h.lines)
	body := h.answer.Body
	r.Header.SetContentLength(len(body))
	b := make([]byte, 0, answerHeadBytes+min(len(body), joinedBytes))
	b = r.Header.AppendBytes(b)
	if len(body) <= joinedBytes {
		c.Write(append(b, body...))
		return
	}
	c.Write(b)
	c.Write(body)
}
