package backends

import (
	"os"
	"path/filepath"
	"testing"
)

// sit has somebody come to a chat with the client of the examples.
func sit(t *testing.T, name, addr string) *process {
	t.Helper()
	dir := folder(t, "client", "chat.mjs", "package.json")
	client, err := filepath.Abs("../node_modules/socket.io-client-4")
	if err == nil {
		err = os.Mkdir(filepath.Join(dir, "node_modules"), 0o700)
	}
	if err == nil {
		err = os.Symlink(client, filepath.Join(dir, "node_modules", "socket.io-client"))
	}
	if err != nil {
		t.Fatal(err)
	}
	return start(t, dir, nil, "node", "chat.mjs", name, "http://"+addr)
}

// TestTerminal has two people talk at their terminals.
func TestTerminal(t *testing.T) {
	n := within(t, "--workers=2")
	ann := sit(t, "Ann", n.Addr)
	ann.says(t, "(you are in lobby)")
	bob := sit(t, "Bob", n.Addr)
	ann.says(t, "(Bob joins lobby)")
	bob.says(t, "(you are in lobby)")
	ann.types(t, "tea?")
	bob.says(t, "lobby, Ann: tea?")
	bob.types(t, "/join kitchen")
	bob.says(t, "(you are in kitchen)")
	bob.types(t, "/who")
	bob.says(t, "(Bob)")
	ann.types(t, "/join kitchen")
	bob.says(t, "(Ann joins kitchen)")
	bob.types(t, "milk?")
	ann.says(t, "kitchen, Bob: milk?")
	sit(t, "", n.Addr).says(t, "(who are you?)")
}
