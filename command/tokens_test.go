package command

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

func TestTokens(t *testing.T) {
	long := strings.Repeat("x", tokenLimit)
	for _, c := range []struct {
		text, variable string
		want           []string
		notes          string
	}{
		{text: tokenA + "\n", want: []string{tokenA}},
		{text: "# c\n\n  " + tokenA + " \r\n" + tokenB, want: []string{tokenA, tokenB}},
		{text: tokenA + "\n" + tokenA + "\n", want: []string{tokenA}},
		{text: tokenA, variable: tokenB, want: []string{tokenA, tokenB}},
		{text: long, want: []string{long}},
		{text: "# c\nshort\n", want: []string{"short"}, notes: ":2: a token of fewer than 16"},
		{text: tokenA, variable: "bench", want: []string{tokenA, "bench"}, notes: "IOSERVER_API_TOKEN: a token of fewer than 16"},
	} {
		t.Setenv(tokenVariable, c.variable)
		got, err := readTokens(file(t, c.text))
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		want := make(map[string]bool)
		for _, token := range c.want {
			want[hash(token)] = true
		}
		for _, h := range got.hashes {
			if !want[h] {
				t.Errorf("%q: %s is too many", c.text, h)
			}
		}
		if len(got.hashes) != len(want) || (c.notes == "") != (len(got.notes) == 0) || !strings.Contains(fmt.Sprint(got.notes), c.notes) {
			t.Errorf("%q: %d of %d tokens, %q", c.text, len(got.hashes), len(want), got.notes)
		}
	}
	if got, err := readTokens(""); err != nil || len(got.hashes) != 1 {
		t.Errorf("the variable alone: %v, %v", got, err)
	}
}

// A token file is refused by its name and line, never by what stands there.
func TestTokensRefused(t *testing.T) {
	var many strings.Builder
	for i := range tokensLimit + 1 {
		fmt.Fprintf(&many, "token-number-%d-of-many\n", i)
	}
	for text, want := range map[string]string{
		"":                                    "accepted: one token a line; there is none",
		"# only\n\n":                          "accepted: one token a line; there is none",
		tokenA + "\nsecret word\n":            ":2: a token: accepted: letters",
		"secrét-secret-secret":                ":1: a token: accepted: letters",
		"secret\x00secret":                    ":1: a token: accepted: letters",
		"secret" + strings.Repeat("x", 2000):  ":1: a token: accepted: letters",
		many.String():                         "at most 100 tokens",
		strings.Repeat("x\n", tokenFileLimit): "longer than 65536 bytes",
	} {
		_, err := readTokens(file(t, text))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secr") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
	}
	t.Setenv(tokenVariable, "secret word")
	if _, err := readTokens(""); err == nil || err.Error() != tokenVariable+": a token: accepted: "+tokenCharacters {
		t.Errorf("the variable: %v", err)
	}
}

func TestTokenFileMode(t *testing.T) {
	name := file(t, tokenA)
	for mode, open := range map[os.FileMode]bool{0o600: false, 0o640: false, 0o644: true, 0o602: true} {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
		got, err := readTokens(name)
		if err != nil || (len(got.notes) == 1) != open {
			t.Errorf("%o: %q, %v", mode, got.notes, err)
		}
	}
}

// A pipe in a file's place does not hold up a start.
func TestPipeIsNoFile(t *testing.T) {
	name := t.TempDir() + "/pipe"
	if err := unix.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := readFile(name, 10); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Error(err)
	}
}
