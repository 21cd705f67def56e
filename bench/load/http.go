package load

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

var (
	errHead    = errors.New("http: head too long")
	errStatus  = errors.New("http: no status line")
	errLength  = errors.New("http: neither length nor chunks")
	errChunked = errors.New("http: malformed chunk")
)

const maxHead = 64 << 10

// response is an answer of HTTP/1.1. What it refers to lies in the bytes that it
// was parsed of, or in its own memory.
type response struct {
	status  int
	accept  []byte // Sec-WebSocket-Accept
	octet   bool   // application/octet-stream
	closes  bool   // the connection is of no more use
	body    []byte
	chunks  []byte // the memory of a body that came in chunks
	length  int
	chunked bool
}

// head parses all but the body, and returns the length of it, 0 where it is not
// whole.
func (r *response) head(b []byte) (int, error) {
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if end < 0 {
		if len(b) > maxHead {
			return 0, errHead
		}
		return 0, nil
	}
	*r = response{chunks: r.chunks[:0], length: -1}
	line, rest, _ := bytes.Cut(b[:end], []byte("\r\n"))
	if len(line) < 12 || string(line[:7]) != "HTTP/1." {
		return 0, errStatus
	}
	for _, c := range line[9:12] {
		r.status = r.status*10 + int(c-'0')
	}
	r.closes = line[7] == '0'
	for len(rest) > 0 {
		line, rest, _ = bytes.Cut(rest, []byte("\r\n"))
		name, value, _ := bytes.Cut(line, []byte(":"))
		r.field(name, bytes.TrimSpace(value))
	}
	return end + 4, nil
}

func (r *response) field(name, value []byte) {
	switch {
	case bytes.EqualFold(name, []byte("Content-Length")):
		r.length = 0
		for _, c := range value {
			if c < '0' || c > '9' || r.length > maxMessageBytes {
				r.length = -1
				return
			}
			r.length = r.length*10 + int(c-'0')
		}
	case bytes.EqualFold(name, []byte("Transfer-Encoding")):
		r.chunked = bytes.EqualFold(value, []byte("chunked"))
	case bytes.EqualFold(name, []byte("Connection")):
		r.closes = r.closes || bytes.EqualFold(value, []byte("close"))
	case bytes.EqualFold(name, []byte("Content-Type")):
		r.octet = bytes.HasPrefix(value, []byte("application/octet-stream"))
	case bytes.EqualFold(name, []byte("Sec-WebSocket-Accept")):
		r.accept = value
	}
}

// parse parses a whole answer, and returns how many bytes it takes, 0 where it is
// not whole.
func (r *response) parse(b []byte) (int, error) {
	n, err := r.head(b)
	if n == 0 || err != nil {
		return 0, err
	}
	switch {
	case r.status == 204 || r.status == 304:
		return n, nil
	case r.chunked:
		m, err := r.readChunks(b[n:])
		if m == 0 || err != nil {
			return 0, err
		}
		return n + m, nil
	case r.length < 0:
		return 0, errLength
	case r.length > maxMessageBytes:
		return 0, errTooBig
	case len(b)-n < r.length:
		return 0, nil
	}
	r.body = b[n : n+r.length]
	return n + r.length, nil
}

func (r *response) readChunks(b []byte) (int, error) {
	used := 0
	for {
		line, rest, found := bytes.Cut(b[used:], []byte("\r\n"))
		if !found {
			return 0, nil
		}
		line, _, _ = bytes.Cut(line, []byte(";"))
		size, err := strconv.ParseUint(string(bytes.TrimSpace(line)), 16, 31)
		if err != nil {
			return 0, fmt.Errorf("%w: %w", errChunked, err)
		}
		if len(r.chunks)+int(size) > maxMessageBytes {
			return 0, errTooBig
		}
		if len(rest) < int(size)+2 {
			return 0, nil
		}
		if string(rest[size:size+2]) != "\r\n" {
			return 0, errChunked // a trailer too, which nobody sends here
		}
		r.chunks = append(r.chunks, rest[:size]...)
		used = len(b) - len(rest) + int(size) + 2
		if size == 0 {
			r.body = r.chunks
			return used, nil
		}
	}
}
