package engineio

import (
	"io"

	"github.com/ioserver/ioserver/protocol/proxy"
	"github.com/valyala/fasthttp"
)

// bodyBytes is as much memory as a body has from the beginning.
const bodyBytes = 8 << 10

// body reads a request's body whole, before anybody looks at the request. Its
// memory grows with what arrives, not with what is announced: who sends a line
// can announce the largest body.
func (f *Front) body(ctx *fasthttp.RequestCtx) error {
	stream := ctx.RequestBodyStream()
	if stream == nil {
		return nil
	}
	length, most := ctx.Request.Header.ContentLength(), f.mostBody(ctx.RequestURI())
	if length < 0 && proxy.Has(ctx.Request.Header.RawHeaders(), "Content-Length") { // limits has seen it
		return fasthttp.ErrBodyTooLarge
	}
	room := bodyBytes
	if length >= 0 {
		room = min(length, room)
	}
	b := make([]byte, 0, room)
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := stream.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		switch {
		case len(b) > most:
			return fasthttp.ErrBodyTooLarge
		case err == io.EOF && len(b) < length:
			return io.ErrUnexpectedEOF
		case err == io.EOF:
			ctx.Request.SetBodyRaw(b)
			return nil
		case err != nil:
			return err
		}
	}
}

// mostBody bounds a body by the path that it is for.
func (f *Front) mostBody(uri []byte) int {
	if s := f.mounted(uri); s != nil {
		return s.settings.Load().maxMessage
	}
	return fasthttp.DefaultMaxRequestBodySize
}
