package api

import (
	"io"
	"sync"

	"github.com/valyala/fasthttp"
)

// bodies are buffers for what is read.
var bodies = sync.Pool{New: func() any { return new([]byte) }}

func release(buf *[]byte) {
	if cap(*buf) <= keptBytes {
		*buf = (*buf)[:0]
		bodies.Put(buf)
	}
}

// read reads the body whole. The buffer grows with what arrives, not with what
// is announced.
func (s *Server) read(ctx *fasthttp.RequestCtx, buf *[]byte) *refusal {
	stream := ctx.RequestBodyStream()
	if stream == nil {
		return nil // no body
	}
	most, b := s.settings.Load().maxBody, *buf
	defer func() { *buf = b }()
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := stream.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		switch {
		case len(b) > most:
			return tooLarge(most)
		case err == io.EOF:
			return nil
		case err != nil:
			return unreadable(err)
		}
	}
}
