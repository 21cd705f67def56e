package brokertest

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/ioserver/ioserver/broker"
)

// answerer subscribes b to subject and answers with what f makes of a request.
func answerer(t *testing.T, b broker.Broker, subject string, f func([]byte) []byte) {
	t.Helper()
	subscribe(t, b, subject, func(m broker.Message) {
		if m.Reply == "" {
			t.Error("a request without reply address")
			return
		}
		if err := b.Publish(m.Reply, f(m.Data)); err != nil {
			t.Errorf("answer: %v", err)
		}
	})
}

func testRequest(t *testing.T, bus Bus) {
	a, b := connect(t, bus), connect(t, bus)
	answerer(t, b, "upper", bytes.ToUpper)
	errs := make(chan error, 20)
	for i := range 20 {
		go func() {
			word := bytes.Repeat([]byte{'a' + byte(i)}, i)
			answer, err := a.Request(patient(t), "upper", word)
			if err == nil && !bytes.Equal(answer, bytes.ToUpper(word)) {
				err = errors.New("another's answer: " + string(answer))
			}
			errs <- err
		}()
	}
	for range 20 {
		if err := await(t, errs, "answer"); err != nil {
			t.Error(err)
		}
	}
}

func testRequestNobody(t *testing.T, bus Bus) {
	a := connect(t, bus)
	subscribe(t, a, "mine", func(broker.Message) { t.Error("own message") })
	for _, subject := range []string{"nobody", "mine"} {
		if _, err := a.Request(patient(t), subject, []byte("x")); !errors.Is(err, broker.ErrNoResponders) {
			t.Errorf("%s: %v", subject, err)
		}
	}
}

func testRequestGivenUp(t *testing.T, bus Bus) {
	a, b := connect(t, bus), connect(t, bus)
	ctx, cancel := context.WithCancel(context.Background())
	replies := make(chan string, 1)
	subscribe(t, b, "deaf", func(m broker.Message) { replies <- m.Reply; cancel() })
	if _, err := a.Request(ctx, "deaf", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	publish(t, b, await(t, replies, "reply address"), "too late") // harms nobody
	answerer(t, b, "fine", func(b []byte) []byte { return b })
	if answer, err := a.Request(patient(t), "fine", []byte("x")); err != nil || string(answer) != "x" {
		t.Errorf("after a late answer: %q, %v", answer, err)
	}
}

func testRequestWithin(t *testing.T, bus Bus) {
	a, b := connect(t, bus), connect(t, bus)
	answerer(t, b, "inner", func([]byte) []byte { return []byte("inner") })
	got := make(chan string, 1)
	subscribe(t, a, "outer", func(broker.Message) {
		answer, err := a.Request(patient(t), "inner", nil)
		if err != nil {
			t.Errorf("request within a handler: %v", err)
		}
		got <- string(answer)
	})
	publish(t, b, "outer", "go")
	if s := await(t, got, "answer within a handler"); s != "inner" {
		t.Errorf("got %q", s)
	}
}

func testRequestLarge(t *testing.T, bus Bus) {
	a, b := connect(t, bus), connect(t, bus)
	answerer(t, b, "echo", func(b []byte) []byte { return b })
	data := random(3 << 20)
	answer, err := a.Request(patient(t), "echo", data)
	if err != nil || !bytes.Equal(answer, data) {
		t.Errorf("%d bytes came back: %v", len(answer), err)
	}
}
