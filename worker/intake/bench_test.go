package intake_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/worker/contract"
	"github.com/ioserver/ioserver/worker/socketio"
)

// What a worker pays to read a command, and what one does that it does not read.
func BenchmarkParse(b *testing.B) {
	body := []byte(`{"event":"message","args":[{"from":"ada","text":"` + strings.Repeat("x", 80) + `"}]}`)
	b.ReportAllocs()
	for b.Loop() {
		a, err := contract.ParseAddress("emit.chat.room-17")
		if err == nil {
			_, err = a.Parse(body)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAddress(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := contract.ParseAddress("emit.chat.room-17"); err != nil {
			b.Fatal(err)
		}
	}
}

// One publish to all, or to one of a worker's sockets, with workers that the
// subject does not mean.
func BenchmarkPublish(b *testing.B) {
	for _, workers := range []int{1, 8} {
		t := begin(b)
		all := t.workers(workers)
		a := t.app()
		c := all[0].client("")
		// The other way that it could be: one worker takes it, and tells the others.
		for _, w := range all {
			ns := w.io.Of("/")
			for subject, to := range map[string]socketio.Broadcast{"hop.all": ns.To(), "hop.socket": ns.To(c.ID)} {
				if _, err := w.outside.SubscribeQueue(prefix+subject, "hop", func(broker.Message) { _ = to.Emit("m") }); err != nil {
					b.Fatal(err)
				}
			}
			t.flush(w.outside)
		}
		for _, x := range []struct{ name, subject string }{
			{"all", "emit._"}, {"socket", "emit._." + c.ID}, {"at", "at." + contract.HomeOf(c.ID) + ".emit._." + c.ID},
			{"hop-all", "hop.all"}, {"hop-socket", "hop.socket"},
		} {
			b.Run(fmt.Sprintf("workers=%d/%s", workers, x.name), func(b *testing.B) {
				for b.Loop() {
					if err := a.Publish(prefix+x.subject, []byte(`{"event":"m"}`)); err != nil {
						b.Fatal(err)
					}
					c.Hears(`42["m"]`)
				}
			})
		}
	}
}
