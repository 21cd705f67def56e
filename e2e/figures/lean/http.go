package lean

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
)

var errAnswer = errors.New("http: answer that cannot be read")

// answer returns the first of a server's answers, and how many bytes it takes:
// none where it is not whole.
func answer(b []byte) (status int, body []byte, n int, err error) {
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if end < 0 {
		return 0, nil, 0, nil
	}
	head := b[:end]
	if len(head) < 12 {
		return 0, nil, 0, errAnswer
	}
	if status, err = strconv.Atoi(string(head[9:12])); err != nil {
		return 0, nil, 0, fmt.Errorf("%w: %q", errAnswer, head[:12])
	}
	n = end + 4
	if status == 101 || status == 204 {
		return status, nil, n, nil
	}
	length, ok := contentLength(head)
	if !ok {
		return 0, nil, 0, fmt.Errorf("%w: no length in %q", errAnswer, head)
	}
	if len(b)-n < length {
		return 0, nil, 0, nil
	}
	return status, b[n : n+length], n + length, nil
}

var lengthName = []byte("\r\ncontent-length: ")

func contentLength(head []byte) (int, bool) {
	i := bytes.Index(bytes.ToLower(head), lengthName)
	if i < 0 {
		return 0, false
	}
	v, _, _ := bytes.Cut(head[i+len(lengthName):], []byte("\r"))
	n, err := strconv.Atoi(string(v))
	return n, err == nil && n >= 0
}

// HTTP is a connection with one request at a time. It comes back by itself when
// the server closes it between two.
type HTTP struct {
	OnAnswer func(status int, body []byte) // body: until it returns

	loop    *Loop
	from    netip.Addr
	to      netip.AddrPort
	conn    *conn
	request []byte // under way
	tries   int
	Failed  error // why there will be no more answers
}

// NewHTTP returns a connection that opens with its first request.
func (l *Loop) NewHTTP(from netip.Addr, to netip.AddrPort) *HTTP {
	return &HTTP{loop: l, from: from, to: to}
}

// Busy tells that a request is under way.
func (h *HTTP) Busy() bool { return h.request != nil }

// Send sends a request, which is kept until it is answered.
func (h *HTTP) Send(request []byte) {
	h.request, h.tries = request, 0
	if h.conn == nil {
		h.connect()
	} else if h.conn.open {
		h.conn.write(request)
	}
}

func (h *HTTP) connect() {
	c, err := h.loop.dial(h.from, h.to, 0, h)
	if h.conn = c; err != nil {
		h.Failed = err
	}
}

// Close hangs up.
func (h *HTTP) Close() {
	if h.conn != nil {
		h.conn.hangUp()
		h.conn = nil
	}
}

func (h *HTTP) opened() {
	if h.request != nil {
		h.conn.write(h.request)
	}
}

func (h *HTTP) data(b []byte) (taken int, err error) {
	status, body, n, err := answer(b)
	if err != nil || n == 0 {
		return 0, err
	}
	h.request = nil
	h.OnAnswer(status, body)
	return n, nil
}

func (h *HTTP) ended(err error) {
	h.conn = nil
	if h.request == nil {
		return
	}
	if h.tries++; h.tries > 3 {
		h.Failed = err
		return
	}
	h.connect()
}
