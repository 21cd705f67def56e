package backend_test

import (
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"github.com/ioserver/ioserver/worker/backend"
	"github.com/ioserver/ioserver/worker/contract"
)

// An application serves namespaces by name and by pattern, told apart by the
// subjects; others there are not.
func TestNamespaces(t *testing.T) {
	w := begin(t, backend.Options{}, "/unused")
	if err := w.backend.ServeNamespaces(w.io, []string{"/plain", "/rooms/*/x.y"}); err != nil {
		t.Fatal(err)
	}
	app := w.app()
	subjects := make(chan string, 10)
	subscribe(t, app, "connect.*", func(m *nats.Msg) any {
		subjects <- strings.TrimPrefix(m.Subject, "ioserver.test.v1.on.connect.")
		return `{"allow":{}}`
	})
	c := w.dial()
	for _, name := range []string{"/plain", "/rooms/a b/x.y", "/rooms//x.y", "/rooms/" + strings.Repeat("r", 200) + "/x.y"} {
		c.send("40" + name + ",")
		if got := c.next(); !strings.HasPrefix(got, "40"+name+",") {
			t.Fatalf("%s: %s", name, got)
		}
		if got := receive(t, subjects); got != contract.NamespaceToken(name) {
			t.Errorf("%s is asked for at %s", name, got)
		}
	}
	for _, name := range []string{"/", "/plain/", "/rooms/a/xzy", "/rooms/a/x.y/z", "/rooms/\x01/x.y", "/rooms/" + strings.Repeat("r", 201) + "/x.y"} {
		prefix := name + ","
		if name == "/" {
			prefix = ""
		}
		c.send("40" + prefix)
		got := c.next()
		if name == "/" { // it is there always, and nobody's
			continue
		}
		if got != "44"+prefix+`{"message":"Invalid namespace"}` {
			t.Errorf("%q: %s", name, got)
		}
	}
}
