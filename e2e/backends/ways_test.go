package backends

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/cluster/node"
)

// patience is how long anything may take that is expected at once.
const patience = 30 * time.Second

const examples = "../../examples"

// way is one of the examples, and what starts it with further flags.
type way struct {
	name  string
	start func(t *testing.T, flags ...string) *node.Node
	tells bool // that people have left, also those of a worker that was killed
}

var ways = []way{
	{"nodejs", func(t *testing.T, flags ...string) *node.Node { n, _ := overNATS(t, 1, flags...); return n }, true},
	{"python", byWebhook, true},
	{"chat", within, false},
}

// overNATS starts so many processes of the application.
func overNATS(t *testing.T, processes int, flags ...string) (*node.Node, []*process) {
	t.Helper()
	dir := folder(t, "nodejs", "chat.mjs", "package.json")
	modules, err := filepath.Abs("../node_modules")
	if err == nil {
		err = os.Symlink(modules, filepath.Join(dir, "node_modules"))
	}
	if err != nil {
		t.Fatal(err)
	}
	n := serve(t, "nodejs", strings.NewReplacer("examples/nodejs", dir), flags...)
	all := make([]*process, processes)
	for i := range all {
		all[i] = start(t, dir, nil, "node", "chat.mjs")
	}
	for _, p := range all {
		p.says(t, "answers at")
	}
	return n, all
}

func byWebhook(t *testing.T, flags ...string) *node.Node {
	t.Helper()
	return byWebhookAt(t, func(_, _ string) {}, flags...)
}

// byWebhookAt starts the application first: it makes the secrets. It tells where
// they and the API are.
func byWebhookAt(t *testing.T, tell func(dir, api string), flags ...string) *node.Node {
	t.Helper()
	dir := folder(t, "python", "chat.py")
	hook, api := free(t), free(t)
	tell(dir, api)
	_, port, err := net.SplitHostPort(hook)
	if err != nil {
		t.Fatal(err)
	}
	start(t, dir, []string{"PORT=" + port, "API=http://" + api + "/api/", "no_proxy=*"}, "python3", "chat.py")
	answers(t, hook)
	return serve(t, "python", strings.NewReplacer("127.0.0.1:8000", hook, "127.0.0.1:3001", api,
		"hook.secret", filepath.Join(dir, "hook.secret"), "api.token", filepath.Join(dir, "api.token")), flags...)
}

func within(t *testing.T, flags ...string) *node.Node {
	t.Helper()
	return serve(t, "chat", strings.NewReplacer(), flags...)
}

// folder is a copy of an example's.
func folder(t *testing.T, example string, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range files {
		if err := os.WriteFile(filepath.Join(dir, name), read(t, filepath.Join(examples, example, name)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// serve starts the server of an example as its README says, but for addresses
// and files. It has to end well with the test.
func serve(t *testing.T, example string, change *strings.Replacer, flags ...string) *node.Node {
	t.Helper()
	for _, command := range commands(t, example) {
		words := strings.Fields(command)
		for len(words) > 0 && programs[words[0]] == "" {
			words = words[1:] // cd somewhere &&
		}
		if len(words) == 0 || strings.HasPrefix(command, "go build") {
			continue
		}
		said := words[1:]
		for i := range said {
			said[i] = change.Replace(said[i])
		}
		n, err := node.Start(programs[words[0]], nil, append(said, flags...)...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := n.Stop(); err != nil {
				t.Error(err)
			}
			if t.Failed() {
				t.Logf("log:\n%s", n.Log())
			}
		})
		return n
	}
	t.Fatalf("the README does not say how %s is started", example)
	return nil
}

// commands are those that start an example, as the README has them.
func commands(t *testing.T, example string) (all []string) {
	t.Helper()
	of := ""
	for _, row := range strings.Split(string(read(t, filepath.Join(examples, "README.md"))), "\n") {
		cells := strings.Split(row, "|")
		if len(cells) != 4 {
			continue
		}
		if name, _, ok := strings.Cut(strings.TrimPrefix(cells[1], " [`"), "`]"); ok {
			of = name
		}
		if command := strings.Trim(cells[2], " `"); of == example && command != "" {
			all = append(all, command)
		}
	}
	if len(all) != 2 {
		t.Fatalf("%s is started by %d commands: %q", example, len(all), all)
	}
	return all
}
