package broker_test

import (
	"context"
	"errors"
	"testing"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/embedded"
)

// What came before an answer has been handled when Behind returns, however long
// its handler took.
func TestNATSBehind(t *testing.T) {
	url, _ := serve(t, embedded.Config{})
	asker, other := dial(t, options(url)), dial(t, options(url))
	var handled, wanted int
	hold := make(chan struct{})
	if _, err := asker.Subscribe("told", func(broker.Message) { <-hold; handled++ }); err != nil {
		t.Fatal(err)
	}
	flush(t, asker)
	if _, err := other.Subscribe("question", func(m broker.Message) {
		for range 3 {
			_ = other.Publish("told", nil)
		}
		_ = other.Publish(m.Reply, nil)
	}); err != nil {
		t.Fatal(err)
	}
	flush(t, other)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for range 50 {
		if _, err := asker.Request(ctx, "question", nil); err != nil {
			t.Fatal(err)
		}
		go func() {
			for range 3 {
				hold <- struct{}{}
			}
		}()
		if err := asker.Behind(ctx); err != nil {
			t.Fatal(err)
		}
		if wanted += 3; handled != wanted {
			t.Fatalf("%d messages were handled, want %d", handled, wanted)
		}
	}
	over, end := context.WithCancel(ctx)
	end()
	if _, err := asker.Request(ctx, "question", nil); err != nil {
		t.Fatal(err)
	}
	if err := asker.Behind(over); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	close(hold)
}
