package command

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/broker/embedded"
)

func TestCredentials(t *testing.T) {
	name := filepath.Join(t.TempDir(), "app.json")
	none := readCredentials(name)
	first := none.credential()
	if first.User != "application" || none.URL != "" {
		t.Errorf("%+v, %+v", first, none)
	}
	if err := writeCredentials(name, "main", "nats://127.0.0.1:4222", first); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(name)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	again := readCredentials(name)
	if again.credential() != first || formerPort([]string{again.URL}) != 4222 || again.Cluster != "main" || again.Server != "nats://application:"+first.Secret+"@127.0.0.1:4222" {
		t.Errorf("%+v", again)
	}
	// A group that may read what there is may read what comes.
	if err := os.Chmod(name, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := writeCredentials(name, "main", "nats://127.0.0.1:5", first); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if left, err := os.ReadDir(filepath.Dir(name)); err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
	if err := writeCredentials("", "main", "nats://127.0.0.1:5", first); err != nil || readCredentials("") != (credentials{}) {
		t.Errorf("%v", err)
	}
}

// What cannot be used is replaced.
func TestBadCredentials(t *testing.T) {
	for _, content := range []string{"", "x", `{}`, `[]`, `{"user":"application","password":"short"}`, `{"user":"internal","password":"` + strings.Repeat("x", 43) + `"}`, strings.Repeat(" ", 5000) + `{}`} {
		name := filepath.Join(t.TempDir(), "app.json")
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		c := readCredentials(name)
		a, b := c.credential(), c.credential()
		if a.User != "application" || len(a.Secret) != 43 || a == b {
			t.Errorf("%q makes %+v", content, a)
		}
		if err := writeCredentials(name, "main", "nats://127.0.0.1:1", a); err != nil {
			t.Errorf("%q: %v", content, err)
		}
		b2, err := os.ReadFile(name)
		if err != nil || !json.Valid(b2) {
			t.Errorf("%q becomes %q, %v", content, b2, err)
		}
	}
	for url, want := range map[string]int{"": 0, "nats://127.0.0.1:4222": 4222, "nats://127.0.0.1:99999": 0, "nats://127.0.0.1:-1": 0, "x": 0} {
		if got := formerPort([]string{url}); got != want {
			t.Errorf("%s: %d", url, got)
		}
	}
}

// Commands are taken where applications are to connect.
func TestCommandsAreTaken(t *testing.T) {
	for _, x := range []struct {
		args []string
		want bool
	}{
		{nil, false},
		{[]string{"--nats", "nats://127.0.0.1:4222"}, false},
		{[]string{"--nats-commands"}, true},
		{[]string{"--backend", "nats"}, true},
		{[]string{"--backend", "https://b.example/x"}, false},
		{[]string{"--backend-credentials", filepath.Join(t.TempDir(), "app.json")}, true},
	} {
		if got := workerConfig(t, parse(t, x.args...)).Commands; got != x.want {
			t.Errorf("%q: %v", x.args, got)
		}
	}
}

func TestCredentialsThatCannotBe(t *testing.T) {
	folder := t.TempDir()
	o := defaults()
	o.credentials, o.nats = filepath.Join(folder, "app.json"), []string{"nats://127.0.0.1:4222"}
	if err := o.checkCredentials(); err == nil || !strings.Contains(err.Error(), "--nats") {
		t.Errorf("%v", err)
	}
	o.nats = nil
	if err := o.checkCredentials(); err != nil {
		t.Error(err)
	}
	if err := o.probeCredentials(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
		t.Errorf("%v, %v", left, err)
	}
	for _, name := range []string{folder, filepath.Join(folder, "none", "app.json")} {
		o.credentials = name
		if err := o.probeCredentials(); err == nil || !strings.Contains(err.Error(), "--backend-credentials") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := writeCredentials(filepath.Join(folder, "none", "app.json"), "main", "nats://127.0.0.1:1", embedded.NewCredential("application")); err == nil {
		t.Error("written nowhere")
	}
}
