package socketio_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if addresses := os.Getenv(crowdEnv); addresses != "" {
		runCrowd(addresses)
		return
	}
	// fasthttp keeps the time for its Date headers, once started, for ever.
	// Its client looks after idle connections for a while longer than there are any.
	// So do the workers that compress for it.
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp/stackless.funcWorker"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*HostClient).connsCleaner"))
}
