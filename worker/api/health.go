package api

import (
	"bytes"

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
	answer := struct {
		Ready   bool      `json:"ready"`
		Slots   int       `json:"slots"`
		Missing []Missing `json:"missing,omitempty"`
		*failure
	}{Ready: len(missing) == 0, Slots: s.view.Slots(), Missing: missing}
	status := fasthttp.StatusOK
	if !answer.Ready {
		status = fasthttp.StatusServiceUnavailable
		ctx.Response.Header.Set(fasthttp.HeaderRetryAfter, busyPause)
		answer.failure = refuse(status, "not_ready", "slot %d: %s", missing[0].Slot, missing[0].Why).failure()
	}
	s.counters.answered(status)
	ctx.SetStatusCode(status)
	answerJSON(ctx, encode(answer))
}

// metrics is GET /metrics, in Prometheus's text format.
func (s *Server) metrics(ctx *fasthttp.RequestCtx) {
	var b bytes.Buffer
	kind, err := s.view.WriteMetrics(&b)
	if err != nil {
		s.logger.Error("metrics cannot be gathered", "error", err)
		s.refuse(ctx, refuse(fasthttp.StatusInternalServerError, "internal", "the metrics cannot be gathered"), false)
		return
	}
	s.counters.answered(fasthttp.StatusOK)
	ctx.SetContentType(kind)
	ctx.SetBody(b.Bytes())
}
