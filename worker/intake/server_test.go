package intake_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/ioserver/ioserver/broker/embedded"
)

// The configuration that docs/nats.md has for a NATS server of the user's gives
// the same permissions as the embedded one's.
func TestDocumentedServer(t *testing.T) {
	doc, err := os.ReadFile("../../docs/nats.md")
	if err != nil {
		t.Fatal(err)
	}
	_, conf, found := strings.Cut(string(doc), "```\n# nats-server.conf\n")
	conf, _, ended := strings.Cut(conf, "```")
	if !found || !ended {
		t.Fatal("docs/nats.md has no nats-server.conf")
	}
	file := filepath.Join(t.TempDir(), "nats-server.conf")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(conf, "ioserver.default.", "ioserver."+cluster+".")+"\nlisten: \"127.0.0.1:-1\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o, err := server.ProcessConfigFile(file)
	if err != nil {
		t.Fatal(err)
	}
	o.NoSigs, o.NoLog = true, true
	s, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(patience) {
		t.Fatal("not ready")
	}
	b := &bus{t: t, url: s.ClientURL(), internal: embedded.Credential{User: "ioserver", Secret: "hush"}, application: embedded.Credential{User: "application", Secret: "secret"}}
	w := b.worker(0)
	a := b.app()
	c := w.client("")
	a.tell("emit._", `{"event":"m"}`)
	c.Hears(`42["m"]`)
	a.asks("rooms._", ``, `{"rooms":[],"next":"","workers":[]}`)
	for subject, publish := range map[string]bool{
		"_ioserver.>": false, prefix + "emit.>": false, ">": false, prefix + "answer.>": false,
		"_ioserver." + cluster + ".roster1": true, prefix + "on.event._.m": true,
	} {
		a := b.app()
		if publish {
			err = a.Publish(subject, nil)
		} else {
			_, err = a.SubscribeSync(subject)
		}
		if err = errors.Join(err, a.Flush()); err != nil {
			t.Fatal(err)
		}
		if !errors.Is(a.LastError(), nats.ErrPermissionViolation) {
			t.Errorf("%s, publish %v: not refused", subject, publish)
		}
	}
	if _, err := a.SubscribeSync(prefix + "on.event._.>"); err != nil || a.Flush() != nil || a.LastError() != nil {
		t.Errorf("%v, %v", err, a.LastError())
	}
}
