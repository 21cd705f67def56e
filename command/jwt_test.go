package command

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/worker"
)

const hmacSecret = "a-secret-that-tokens-of-clients-are-signed-by"

const keySet = `{"keys":[{"kty":"oct","kid":"a","k":"YS1zZWNyZXQtdGhhdC10b2tlbnMtb2YtY2xpZW50cy1hcmUtc2lnbmVkLWJ5"}]}`

// Workers are told what the files hold.
func TestJWT(t *testing.T) {
	cert, _ := pair(t)
	o := parse(t, "--jwt-key", file(t, hmacSecret), "--jwt-key="+file(t, cert), "--jwt-jwks-file", file(t, keySet), "--jwt-issuer=us", "--jwt-audience", "io")
	raw, err := o.workerConfig()
	if err != nil {
		t.Fatal(err)
	}
	var config worker.Config
	if err := json.Unmarshal(raw, &config); err != nil {
		t.Fatal(err)
	}
	c := config.Tokens
	if !slices.Equal(c.Keys, []string{hmacSecret, cert}) || c.Set != keySet || c.Issuer != "us" || c.Audience != "io" {
		t.Errorf("%+v", c)
	}
	if _, err := c.Verifier(); err != nil {
		t.Error(err)
	}
	if plain := parse(t); plain.jwt.config.Wanted() {
		t.Error("tokens are needed without keys")
	}
}

func TestJWTRefused(t *testing.T) {
	_, private := pair(t)
	for want, line := range map[string]given{
		"--jwt-key: open /no/such":      {"jwt-key": {"/no/such"}},
		"is all that verifying takes":   {"jwt-key": {file(t, private)}},
		"at least 32 are needed":        {"jwt-key": {file(t, "short")}},
		"not a JSON Web Key Set":        {"jwt-jwks-file": {file(t, "x")}},
		"no key in the set":             {"jwt-jwks-file": {file(t, `{"keys":[]}`)}},
		`--jwt-issuer "us": needs keys`: {"jwt-issuer": {"us"}},
		`"io": needs keys`:              {"jwt-audience": {"io"}},
		"24576 bytes in all":            {"jwt-key": {file(t, strings.Repeat("x", 20000)), file(t, strings.Repeat("x", 20000))}},
		"longer than 24576 bytes":       {"jwt-key": {file(t, strings.Repeat("x", 30000))}},
	} {
		_, err := load(line)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", line, err, want)
		} else if strings.Contains(err.Error(), "xxxx") {
			t.Errorf("a key is told: %v", err)
		}
	}
}

// Who may read a secret can let in whom they like; a public key may be read by
// all, and written by few.
func TestJWTFilesOpenToAll(t *testing.T) {
	public, _ := pair(t)
	publicSet := `{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`
	for _, c := range []struct {
		flag, content string
		mode          os.FileMode
		loud          bool
	}{
		{"jwt-key", hmacSecret, 0o640, false},
		{"jwt-key", hmacSecret, 0o644, true},
		{"jwt-key", hmacSecret, 0o602, true},
		{"jwt-key", public, 0o644, false},
		{"jwt-key", public, 0o646, true},
		{"jwt-jwks-file", keySet, 0o640, false},
		{"jwt-jwks-file", keySet, 0o644, true},
		{"jwt-jwks-file", publicSet, 0o644, false},
		{"jwt-jwks-file", publicSet, 0o602, true},
	} {
		name := file(t, c.content)
		if err := os.Chmod(name, c.mode); err != nil {
			t.Fatal(err)
		}
		w := strings.Join(parse(t, "--"+c.flag, name).warnings(), "\n")
		if said := strings.Contains(w, "every user of this machine can"); said != c.loud || said && !strings.Contains(w, name) {
			t.Errorf("--%s %.12q %o: %q", c.flag, c.content, c.mode, w)
		}
	}
}

// A reload takes other keys from the same files.
func TestJWTReload(t *testing.T) {
	key, set := file(t, hmacSecret), file(t, keySet)
	c, err := load(given{"jwt-key": {key}, "jwt-jwks-file": {set}})
	if err != nil {
		t.Fatal(err)
	}
	again := func() []string {
		next, err := load(given{"jwt-key": {key}, "jwt-jwks-file": {set}})
		if err != nil {
			t.Fatal(err)
		}
		changed, kept := c.take(next)
		if len(kept) > 0 {
			t.Errorf("kept %q", kept)
		}
		return changed
	}
	if changed := again(); len(changed) > 0 {
		t.Errorf("changed %q", changed)
	}
	for name, content := range map[string]string{key: "another-" + hmacSecret, set: strings.Replace(keySet, `"a"`, `"b"`, 1)} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if changed := again(); !slices.Equal(changed, []string{"what is in jwt-key", "what is in jwt-jwks-file"}) {
		t.Errorf("changed %q", changed)
	}
	if c.jwt.config.Keys[0] != "another-"+hmacSecret {
		t.Error("not taken up")
	}
}
