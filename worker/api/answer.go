package api

import (
	"encoding/json"
	"fmt"

	"github.com/valyala/fasthttp"
)

// refusal is why a request is not served: a status, a word that programs can
// rely on, and a sentence for people.
type refusal struct {
	status  int
	code    string
	message string
	allow   string // with 405
}

func (r *refusal) Error() string { return r.message }

func refuse(status int, code, format string, args ...any) *refusal {
	return &refusal{status: status, code: code, message: fmt.Sprintf(format, args...)}
}

// bad is a refusal of what the body says.
func bad(code, format string, args ...any) *refusal {
	return refuse(fasthttp.StatusBadRequest, code, format, args...)
}

// failure is a refusal as JSON.
type failure struct {
	Error struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

func (r *refusal) failure() *failure {
	f := new(failure)
	f.Error.Code, f.Error.Message = r.code, r.message
	return f
}

func (r *refusal) body() []byte { return encode(r.failure()) }

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain values of our own
	}
	return append(b, '\n')
}

// write answers. Where part of the body may be on its way still, the connection
// ends: to wait for what is thrown away would hold others up.
func (r *refusal) write(ctx *fasthttp.RequestCtx, pending bool) {
	ctx.Response.Reset()
	h := &ctx.Response.Header
	switch r.status {
	case fasthttp.StatusUnauthorized:
		h.Set(fasthttp.HeaderWWWAuthenticate, `Bearer realm="ioserver"`)
		ctx.SetConnectionClose() // no place for those who only hold it
	case fasthttp.StatusMethodNotAllowed:
		h.Set(fasthttp.HeaderAllow, r.allow)
	case fasthttp.StatusTooManyRequests, fasthttp.StatusServiceUnavailable:
		h.Set(fasthttp.HeaderRetryAfter, busyPause)
	}
	if pending {
		ctx.SetConnectionClose()
		if c, ok := ctx.Conn().(*conn); ok {
			c.linger = true
		}
	}
	ctx.SetStatusCode(r.status)
	answerJSON(ctx, r.body())
}

// pending tells whether part of the body may not have come yet, of which as much
// as fetched is read with the head.
func pending(r *fasthttp.Request, fetched int) bool {
	n := r.Header.ContentLength()
	return r.MayContinue() || r.IsBodyStream() && (n < 0 || n > fetched)
}

func answerJSON(ctx *fasthttp.RequestCtx, body []byte) {
	ctx.SetContentType("application/json")
	ctx.Response.Header.Set(fasthttp.HeaderCacheControl, "no-store")
	ctx.SetBody(body)
}
