package api

import (
	"bytes"

	"github.com/ioserver/ioserver/worker/metrics"
	"github.com/valyala/fasthttp"
)

var alive = []byte(`{"ok":true}` + "\n")

// health is GET /healthz: this process answers.
func (s *Server) health(ctx *fasthttp.RequestCtx) {
	s.counters.answered(fasthttp.StatusOK)
	answerJSON(ctx, alive)
}

// ready is GET /readyz: every slot serves, and all hear each other.
func (s *Server) ready(ctx *fasthttp.RequestCtx) {
	missing := s.view.Missing()
	status := fasthttp.StatusOK
	if len(missing) > 0 {
		status = fasthttp.StatusServiceUnavailable
		ctx.Response.Header.Set(fasthttp.HeaderRetryAfter, busyPause)
	}
	s.counters.answered(status)
	ctx.SetStatusCode(status)
	answerJSON(ctx, encode(struct {
		Ready   bool              `json:"ready"`
		Slots   int               `json:"slots"`
		Missing []metrics.Missing `json:"missing,omitempty"`
	}{len(missing) == 0, s.view.Slots(), missing}))
}

// metrics is GET /metrics, in Prometheus's text format.
func (s *Server) metrics(ctx *fasthttp.RequestCtx) {
	var b bytes.Buffer
	kind, err := s.view.Write(&b, string(ctx.Request.Header.Peek(fasthttp.HeaderAccept)))
	if err != nil {
		s.logger.Error("gather metrics", "error", err)
		s.refuse(ctx, refuse(fasthttp.StatusInternalServerError, "internal", "the metrics cannot be gathered"), false)
		return
	}
	s.counters.answered(fasthttp.StatusOK)
	ctx.SetContentType(kind)
	ctx.SetBody(b.Bytes())
}
