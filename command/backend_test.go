package command

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/worker"
)

// What the flags of an application outside become, and what is said of them.
func TestBackend(t *testing.T) {
	const secretA, secretB = "the first secret of two", "the second secret of two"
	both := file(t, "# two\n"+secretA+"\n\n  "+secretB+"\n")
	for _, x := range []struct {
		line  given
		check func(worker.Backend) bool
		notes string
	}{
		{line: nil, check: func(b worker.Backend) bool { return b.At == "" && len(b.Namespaces) == 1 && !b.AllowAbsent }},
		{line: given{"backend": {"nats"}, "backend-absent": {"allow"}, "backend-namespaces": {"/", "/rooms/*"}}, check: func(b worker.Backend) bool {
			return b.At == "nats" && b.AllowAbsent && strings.Join(b.Namespaces, "|") == "/|/rooms/*"
		}},
		{line: given{"backend": {"https://example.com/hook?a=b"}, "backend-secret-file": {both}}, check: func(b worker.Backend) bool {
			return len(b.Secrets) == 2 && string(b.Secrets[0]) == secretA && string(b.Secrets[1]) == secretB
		}},
		{line: given{"backend": {"https://example.com/hook"}}, notes: "not signed"},
		{line: given{"backend": {"http://example.com/hook"}, "backend-secret-file": {both}}, notes: "read by everybody"},
		{line: given{"backend": {"http://127.0.0.1:8000"}, "backend-secret-file": {both}}},
		{line: given{"backend": {"http://[::1]:8000"}, "backend-secret-file": {both}}},
		{line: given{"backend": {"https://example.com"}, "backend-secret-file": {file(t, "short\n")}}, notes: ":1: a secret of fewer than 16"},
		{line: given{"backend": {"nats"}, "demo": {"true"}, "backend-namespaces": {"/app"}}},
	} {
		c, err := load(x.line)
		if err != nil {
			t.Errorf("%v: %v", x.line, err)
			continue
		}
		if x.check != nil && !x.check(c.worker.Backend) {
			t.Errorf("%v: %+v", x.line, c.worker.Backend)
		}
		if notes := fmt.Sprint(c.application.notes); (x.notes == "") != (len(c.application.notes) == 0) || !strings.Contains(notes, x.notes) || strings.Contains(notes, "secret of two") {
			t.Errorf("%v: %s", x.line, notes)
		}
	}
}

func TestBackendRefused(t *testing.T) {
	good := file(t, "a secret that is long enough\n")
	for _, x := range []struct {
		line given
		want string
	}{
		{given{"backend": {"tcp://example.com"}}, "nats, or https://host/path"},
		{given{"backend": {"https://user:password@example.com"}}, "nats, or https://host/path"},
		{given{"backend": {"https://"}}, "nats, or https://host/path"},
		{given{"backend-namespaces": {"rooms"}}, "a name that begins with /"},
		{given{"backend-namespaces": {"/a\nb"}}, "a name that begins with /"},
		{given{"backend-absent": {"maybe"}}, "refuse or allow"},
		{given{"backend-in-flight": {"0"}}, "1 to 100000"},
		{given{"backend": {"nats"}, "backend-secret-file": {good}}, "it together with --backend https://"},
		{given{"backend-secret-file": {good}}, "it together with --backend https://"},
		{given{"backend": {"nats"}, "demo": {"true"}}, "--demo"},
		{given{"backend": {"https://example.com"}, "backend-secret-file": {file(t, "# none\n")}}, "1 to 8 secrets, one a line; there are 0"},
		{given{"backend": {"https://example.com"}, "backend-secret-file": {file(t, strings.Repeat("a secret that is long enough\n", 9))}}, "there are 9"},
		{given{"backend": {"https://example.com"}, "backend-secret-file": {"/nowhere/at/all"}}, "--backend-secret-file: open /nowhere"},
		{given{"backend": {"nats"}, "backend-namespaces": {strings.Repeat("/x,", 64) + "/x"}}, "at most 64"},
	} {
		_, err := load(x.line)
		if err == nil || !strings.Contains(err.Error(), x.want) || strings.Contains(err.Error(), "long enough") {
			t.Errorf("%.80v: %v, want %s", x.line, err, x.want)
		}
	}
}

// Secrets change at a reload, by what is in the file.
func TestBackendSecretsChange(t *testing.T) {
	line := given{"backend": {"https://example.com"}, "backend-secret-file": {file(t, "a secret that is long enough\n")}}
	running, err := load(line)
	if err != nil {
		t.Fatal(err)
	}
	if changed, kept := running.take(running); len(changed)+len(kept) != 0 {
		t.Errorf("changed %v, kept %v", changed, kept)
	}
	line["backend-secret-file"] = []string{file(t, "another one that is long enough\n")}
	next, err := load(line)
	if err != nil {
		t.Fatal(err)
	}
	changed, kept := running.take(next)
	if strings.Join(changed, " ") != "backend-secret-file" || len(kept) > 0 || string(running.worker.Backend.Secrets[0]) != "another one that is long enough" {
		t.Errorf("changed %v, kept %v, %q", changed, kept, running.worker.Backend.Secrets)
	}
}
