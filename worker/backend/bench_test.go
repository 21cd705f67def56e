package backend_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/nats-io/nats.go"

	"github.com/ioserver/ioserver/worker/backend"
	"github.com/ioserver/ioserver/worker/backend/webhook"
	"github.com/ioserver/ioserver/worker/socketio"
)

// BenchmarkEvent is an acknowledged event, one at a time: with the client, the
// application and NATS in the same process.
func BenchmarkEvent(b *testing.B) {
	echo := func(b *testing.B, w *world) {
		c, _ := w.join()
		b.ReportAllocs()
		for b.Loop() {
			c.send(`420["echo",1]`)
			c.expect(`430[1]`)
		}
	}
	b.Run("here", func(b *testing.B) {
		w := begin(b, backend.Options{AllowAbsent: true})
		w.io.Of("/").On("echo", func(_ *socketio.Socket, e *socketio.Event) { _ = e.Ack(e.Args()) })
		echo(b, w)
	})
	b.Run("nats", func(b *testing.B) {
		w := begin(b, backend.Options{})
		app := w.app()
		allow(b, app)
		subscribe(b, app, "event._.echo", func(*nats.Msg) any { return `{"args":[1]}` })
		echo(b, w)
	})
	b.Run("webhook", func(b *testing.B) {
		hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			answer := `{"args":[1]}`
			if r.Header.Get(webhook.KindHeader) == "connect" {
				answer = `{"allow":{}}`
			}
			_, _ = io.WriteString(w, answer)
		}))
		b.Cleanup(hook.Close)
		c, err := webhook.New(webhook.Options{URL: hook.URL, Secrets: [][]byte{[]byte("secret")}})
		if err != nil {
			b.Fatal(err)
		}
		w := &world{t: b, log: new(journal)}
		w.serve(backend.Options{Caller: c})
		echo(b, w)
	})
}
