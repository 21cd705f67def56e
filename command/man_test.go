package command

import (
	"os/exec"
	"strings"
	"testing"
)

// The page is one that mandoc has nothing to say of, and has every flag.
func TestManualPage(t *testing.T) {
	page, stderr, status := run(t, nil, "man")
	if status != 0 || stderr != "" {
		t.Fatalf("status %d, %q", status, stderr)
	}
	if _, err := exec.LookPath("mandoc"); err != nil {
		t.Skip("mandoc is not installed")
	}
	lint := exec.CommandContext(t.Context(), "mandoc", "-Tlint", "-Wwarning")
	lint.Stdin = strings.NewReader(page)
	if out, err := lint.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
	render := exec.CommandContext(t.Context(), "mandoc", "-Tutf8", "-Owidth=200")
	render.Stdin = strings.NewReader(page)
	out, err := render.Output()
	if err != nil {
		t.Fatal(err)
	}
	text := plainText(string(out))
	p := newProgram()
	for _, s := range p.table.settings {
		for _, want := range []string{"--" + s.name, s.variable(), s.about()[1:]} {
			if !strings.Contains(text, want) {
				t.Errorf("%q of --%s is not there", want, s.name)
			}
		}
		if d := s.fallback(); d != "" && !strings.Contains(text, "Default: "+d+".") {
			t.Errorf("the default of --%s is not there", s.name)
		}
	}
	for _, s := range p.commands {
		if !strings.Contains(text, s.manual) {
			t.Errorf("the text of %s is not there", s.name)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

// plainText is without the bold and the underlined of a typewriter, and with
// single spaces.
func plainText(s string) string {
	var b strings.Builder
	r := []rune(s)
	for i := range r {
		if r[i] != '\b' && (i+1 == len(r) || r[i+1] != '\b') {
			b.WriteRune(r[i])
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// Text from the table cannot become a request or an escape.
func TestTroffEscapes(t *testing.T) {
	for text, want := range map[string]string{
		"":            "",
		".so x":       `\&.so x`,
		"'so x":       `\(aqso x`,
		`a\nb`:        `a\enb`,
		"a\n.so x":    "a?.so x",
		"--x `^~` \"": `\-\-x \(ga\(ha\(ti\(ga \(dq`,
	} {
		if got := troffLine(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
