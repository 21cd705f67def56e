package contract_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/contract"
)

// vectors are names and their tokens, for other languages too.
func vectors(t testing.TB) (rows []struct{ Name, Token string }) {
	t.Helper()
	b, err := os.ReadFile("testdata/names.json")
	if err == nil {
		err = json.Unmarshal(b, &rows)
	}
	if err != nil || len(rows) < 20 {
		t.Fatalf("%d vectors: %v", len(rows), err)
	}
	return rows
}

func TestTokens(t *testing.T) {
	for _, v := range vectors(t) {
		if got := contract.Token(v.Name); got != v.Token {
			t.Errorf("%q is %s, want %s", v.Name, got, v.Token)
		}
		name, hashed, ok := contract.Name(v.Token)
		if want := strings.HasPrefix(v.Token, "="); !ok || hashed != want || !hashed && name != v.Name {
			t.Errorf("%s stands for %q, %v, %v", v.Token, name, hashed, ok)
		}
	}
}

// The one-liners of docs/nats.md make the same tokens.
func TestTokensOfOtherLanguages(t *testing.T) {
	doc, err := os.ReadFile("../../docs/nats.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ program, argument, fence, call string }{
		{"node", "--input-type=module", "```js\n// token", "\nimport fs from 'node:fs';for(const v of JSON.parse(fs.readFileSync('testdata/names.json')))if(token(v.name)!==v.token)throw new Error(v.name+' '+token(v.name))"},
		{"python3", "-", "```python\n# token", "\nimport json\nfor v in json.load(open('testdata/names.json')):\n    assert token(v['name']) == v['token'], v"},
	} {
		_, code, found := strings.Cut(string(doc), x.fence)
		code, _, ended := strings.Cut(code, "```")
		if !found || !ended {
			t.Errorf("docs/nats.md has no %s function", x.program)
			continue
		}
		if _, err := exec.LookPath(x.program); err != nil {
			t.Logf("%s is not installed", x.program)
			continue
		}
		_, code, _ = strings.Cut(code, "\n")
		command := exec.Command(x.program, x.argument)
		command.Stdin = strings.NewReader(code + x.call)
		if out, err := command.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", x.program, err, out)
		}
	}
}

func TestNoTokens(t *testing.T) {
	for _, token := range []string{"", "*", ">", "a b", "a.b", "%", "%4", "%4g", "a%", "ü", "=", "=abc", "$", "a*", "=" + strings.Repeat("A", 64)} {
		if name, _, ok := contract.Name(token); ok {
			t.Errorf("%q stands for %q", token, name)
		}
	}
	// Spellings that we do not write are understood.
	for token, want := range map[string]string{"%61": "a", "%2e": ".", "%5f%5F": "__", "__": "__"} {
		if name, hashed, ok := contract.Name(token); name != want || hashed || !ok {
			t.Errorf("%q stands for %q", token, name)
		}
	}
}

func TestSubjects(t *testing.T) {
	for _, x := range []struct{ got, want string }{
		{contract.ConnectSubject("main", "/"), "ioserver.main.v1.on.connect._"},
		{contract.ConnectSubject("main", "/chat"), "ioserver.main.v1.on.connect.chat"},
		{contract.ConnectSubject("main", "/_"), "ioserver.main.v1.on.connect.%5F"},
		{contract.ConnectSubject("main", "//a/b"), "ioserver.main.v1.on.connect.%2Fa%2Fb"},
		{contract.EventSubject("c-1", "/", "chat message"), "ioserver.c-1.v1.on.event._.chat%20message"},
		{contract.EventSubject("main", "/x", ""), "ioserver.main.v1.on.event.x._"},
		{contract.DisconnectSubject("main", "/admin"), "ioserver.main.v1.on.disconnect.admin"},
	} {
		if x.got != x.want {
			t.Errorf("%s, want %s", x.got, x.want)
		}
	}
	long := contract.EventSubject(strings.Repeat("c", 64), "/"+strings.Repeat("ü", 500), strings.Repeat("x", 160))
	if len(long) > broker.MaxSubject {
		t.Errorf("a subject of %d bytes", len(long))
	}
}

func TestHome(t *testing.T) {
	k := sid.NewKey([16]byte{1})
	a := string(k.Append(nil, sid.SocketIO, sid.Home{Node: 7, Slot: 1}, [12]byte{1}))
	b := string(k.Append(nil, sid.EngineIO, sid.Home{Node: 7, Slot: 1}, [12]byte{2}))
	other := string(k.Append(nil, sid.SocketIO, sid.Home{Node: 7, Slot: 2}, [12]byte{1}))
	home := contract.HomeOf(a)
	if len(home) != 4 || !broker.ValidToken(home) || contract.HomeOf(b) != home || contract.HomeOf("/chat#"+b) != home || contract.HomeOf(other) == home {
		t.Errorf("%s of %s, %s of %s, %s of %s", home, a, contract.HomeOf(b), b, contract.HomeOf(other), other)
	}
	for _, id := range []string{"", "lobby", a[1:], strings.Repeat("!", sid.Len)} {
		if got := contract.HomeOf(id); got != "" {
			t.Errorf("%q lives at %s", id, got)
		}
	}
}

func FuzzName(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.Name)
		f.Add(v.Token)
	}
	f.Fuzz(func(t *testing.T, s string) {
		token := contract.Token(s)
		name, hashed, ok := contract.Name(token)
		if !ok || len(token) > 160 || strings.ContainsAny(token, ".*> \t\r\n") {
			t.Fatalf("%q becomes %q", s, token)
		}
		if !hashed && name != s {
			t.Fatalf("%q becomes %s, which is %q", s, token, name)
		}
		// What is taken for a token stands for a name that has a token.
		if name, hashed, ok := contract.Name(s); ok && !hashed {
			if back, hashed, ok := contract.Name(contract.Token(name)); !ok || !hashed && back != name {
				t.Fatalf("%q is %q, which becomes %q", s, name, back)
			}
		}
	})
}
