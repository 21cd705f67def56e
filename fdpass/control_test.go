package fdpass_test

import (
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"testing"
	"time"

	"github.com/ioserver/ioserver/fdpass"
)

var controlMessages = []any{
	fdpass.Hello{
		Magic: fdpass.Magic, Role: fdpass.RoleWorker, Slot: 3, Slots: 8, Node: 65535, Life: 1 << 60, IDKey: [16]byte{1, 2, 255},
		Boot: 1<<64 - 1, Began: time.Unix(1_700_000_000, 123_456_789).UTC(),
		Listeners: []string{":3000", "unix:/run/x"}, API: 1, Turnstile: true, Peers: []fdpass.Peer{{Slot: 1, Life: 2, Up: true}},
		Bus: fdpass.Bus{URLs: []string{"nats://127.0.0.1:4222"}, User: "u", Password: "p", Cluster: "default", Required: true, Shared: true}, Config: json.RawMessage(`{"Path":"/x/"}`),
	},
	fdpass.Peer{Slot: 7, Life: 9, Up: true},
	fdpass.Bus{URLs: []string{"nats://127.0.0.1:1"}, User: "w", Password: "q"},
	fdpass.Reload{Config: json.RawMessage(`{"Path":"/y/"}`)},
	fdpass.Stop{Timeout: 10 * time.Second},
	fdpass.Ready{Addr: "127.0.0.1:4222"},
	fdpass.Load{Accepted: 1 << 50, Open: 12},
	fdpass.Failed{Message: "cannot bind", Exit: 1},
	fdpass.NodeTaken{Node: 65535, Boot: 1<<64 - 1, Host: "elsewhere"},
}

// channel makes both sides of a control channel, closed at the test's end.
func channel(t *testing.T) (master, child *fdpass.Control) {
	t.Helper()
	a, b, err := fdpass.Pair()
	if err != nil {
		t.Fatal(err)
	}
	master, child = fdpass.NewControl(a), fdpass.NewControl(b)
	t.Cleanup(func() {
		master.Close()
		child.Close()
	})
	return master, child
}

func TestControlRoundTrip(t *testing.T) {
	sameDescriptors(t)
	master, child := channel(t)
	for _, sent := range controlMessages {
		if err := master.Send(sent); err != nil {
			t.Fatal(err)
		}
		if got, err := child.Receive(); err != nil || !reflect.DeepEqual(got, sent) {
			t.Errorf("got %+v, %v; want %+v", got, err, sent)
		}
	}
	if err := child.Send(struct{}{}); err == nil {
		t.Error("sent something without a type")
	}
	master.Close()
	if _, err := child.Receive(); err != io.EOF {
		t.Errorf("after the master's death: %v", err)
	}
	if err := child.Send(fdpass.Ready{}); !errors.Is(err, fdpass.ErrGone) {
		t.Errorf("send after the master's death: %v", err)
	}
}

func TestHelloComesFirst(t *testing.T) {
	for name, sent := range map[string]any{"another message": fdpass.Ready{}, "wrong magic": fdpass.Hello{Magic: "?"}} {
		master, child := channel(t)
		if err := master.Send(sent); err != nil {
			t.Fatal(err)
		}
		if _, err := child.Hello(); err == nil {
			t.Errorf("%s: taken for a hello", name)
		}
	}
	master, child := channel(t)
	if err := master.Send(controlMessages[0]); err != nil {
		t.Fatal(err)
	}
	if h, err := child.Hello(); err != nil || h.Slot != 3 {
		t.Errorf("got %+v, %v", h, err)
	}
}

func TestControlFull(t *testing.T) {
	master, child := channel(t)
	n := 0
	for ; ; n++ {
		if err := master.Send(fdpass.Peer{Slot: n}); err != nil {
			if !errors.Is(err, fdpass.ErrFull) {
				t.Fatal(err)
			}
			break
		}
	}
	if n < 256 {
		t.Errorf("only %d messages fit: fewer than there may be workers", n)
	}
	next := func(want int) {
		t.Helper()
		m, err := child.Receive()
		if p, ok := m.(fdpass.Peer); !ok || err != nil || p.Slot != want {
			t.Fatalf("message %d: %v, %v", want, m, err)
		}
	}
	for i := range n {
		next(i)
	}
	if err := master.Send(fdpass.Peer{Slot: n}); err != nil {
		t.Errorf("with room again: %v", err)
	}
	next(n)
}

func TestControlRefusesOthers(t *testing.T) {
	a, b, err := fdpass.Pair()
	if err != nil {
		t.Fatal(err)
	}
	s, child := fdpass.NewSender(a), fdpass.NewControl(b)
	defer s.Close()
	defer child.Close()
	for kind, payload := range map[fdpass.Kind]string{
		fdpass.Request: `{"Type":"stop","Body":{}}`, fdpass.ControlKind: `{"Type":"become root","Body":{}}`,
	} {
		if err := s.Send(kind, []byte(payload), -1); err != nil {
			t.Fatal(err)
		}
		var bad *fdpass.BadMessage
		if m, err := child.Receive(); !errors.As(err, &bad) {
			t.Errorf("%v %s: %v, %v", kind, payload, m, err)
		}
	}
}

func FuzzParseControl(f *testing.F) {
	for _, name := range []string{"hello", "peer", "bus", "reload", "stop", "ready", "load", "failed", "other"} {
		f.Add([]byte(`{"Type":"` + name + `","Body":{"Slot":1,"IDKey":[1,2],"Timeout":5,"Config":{}}}`))
	}
	f.Add([]byte(`{"Type":"hello","Body":null}`))
	f.Add([]byte(`{"Type":"hello"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := fdpass.ParseControl(b)
		var bad *fdpass.BadMessage
		if err == nil && m == nil || err != nil && !errors.As(err, &bad) {
			t.Errorf("%q: %v, %v", b, m, err)
		}
	})
}
