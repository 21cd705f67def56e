package brokertest

import (
	"errors"
	"strconv"
	"testing"

	"github.com/ioserver/ioserver/broker"
)

// awaitGroup waits until a message reaches who is left of a group: one may be on
// its way to who has gone before the server knows.
func awaitGroup(t *testing.T, from broker.Broker, heard <-chan broker.Message) {
	t.Helper()
	for ctx := patient(t); ; {
		publish(t, from, "work.x", "last")
		if err := from.Flush(ctx); err != nil {
			t.Fatalf("nobody of the group hears anything: %v", err)
		}
		select {
		case m := <-heard:
			if string(m.Data) == "last" {
				return
			}
		default:
		}
	}
}

// Of a group one gets each message, beside everybody who is in none.
func testGroups(t *testing.T, bus Bus) {
	from, a, b := connect(t, bus), connect(t, bus), connect(t, bus)
	both, heard := collect()
	for _, member := range []broker.Broker{a, b} {
		if _, err := member.SubscribeQueue("work.*", "group", both); err != nil {
			t.Fatal(err)
		}
		flush(t, member)
	}
	other, others := collect()
	if _, err := a.SubscribeQueue("work.>", "other", other); err != nil {
		t.Fatal(err)
	}
	alone, single := collect()
	subscribe(t, a, "work.>", alone)
	const n = 100
	for i := range n {
		publish(t, from, "work.x", strconv.Itoa(i))
	}
	seen := make(map[string]bool)
	for range n {
		m := await(t, heard, "a message of the group")
		if seen[string(m.Data)] {
			t.Fatalf("%s came twice", m.Data)
		}
		seen[string(m.Data)] = true
	}
	for i := range n {
		for _, c := range []chan broker.Message{others, single} {
			if m := await(t, c, "a message"); string(m.Data) != strconv.Itoa(i) {
				t.Fatalf("%s instead of %d", m.Data, i)
			}
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	awaitGroup(t, from, heard)
	for _, group := range []string{"", "a b", "a.b"} {
		if _, err := a.SubscribeQueue("work", group, both); !errors.Is(err, broker.ErrBadSubject) {
			t.Errorf("group %q: %v", group, err)
		}
	}
	if _, err := a.SubscribeQueue("work..x", "group", both); !errors.Is(err, broker.ErrBadSubject) {
		t.Errorf("%v", err)
	}
}
