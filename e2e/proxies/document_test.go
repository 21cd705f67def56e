package proxies

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// settings is where the document has its files; the test has copies of its own.
const settings = "/etc/ioserver"

// TestCommandsOfTheDocument has the binary check each command line that
// docs/clustering.md and the files' comments show, and runs the one that makes
// the secret. The files that the document names are there.
func TestCommandsOfTheDocument(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(repository, "docs", "clustering.md"))
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for _, line := range commands(string(text)) {
		line = strings.ReplaceAll(line, settings, folder)
		flags, ours := strings.CutPrefix(line, "ioserver ")
		cmd := exec.Command("sh", "-ec", line)
		if ours {
			cmd = exec.Command(program, append([]string{"check-config"}, strings.Fields(flags)...)...)
		}
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", line, err, said)
		}
	}
	for _, file := range configurations(t) {
		cmd := exec.Command(program, append([]string{"check-config"}, flagsIn(t, file)...)...)
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", file, err, said)
		}
		if name := filepath.Base(file); !strings.Contains(string(text), name+"](") {
			t.Errorf("the document does not name %s", name)
		}
	}
	for _, link := range regexp.MustCompile(`\]\(([^)#]+)`).FindAllStringSubmatch(string(text), -1) {
		if _, err := os.Stat(filepath.Join(repository, "docs", link[1])); err != nil {
			t.Error(err)
		}
	}
}

// TestOthersLinkIntoTheDocument finds the headings that other documents link to.
func TestOthersLinkIntoTheDocument(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(repository, "docs", "clustering.md"))
	if err != nil {
		t.Fatal(err)
	}
	headings := map[string]bool{}
	for _, h := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(string(text), -1) {
		name := regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(h[1]), "")
		headings[strings.ReplaceAll(name, " ", "-")] = true
	}
	files, err := filepath.Glob(filepath.Join(repository, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, filepath.Join(repository, "README.md")) {
		others, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		pattern := `clustering\.md#([\w-]+)\)`
		if filepath.Base(file) == "clustering.md" {
			pattern = `\]\(#([\w-]+)\)`
		}
		for _, link := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(others), -1) {
			if !headings[link[1]] {
				t.Errorf("%s links to #%s, which is no heading", file, link[1])
			}
		}
	}
}

// commands are the lines of a document's blocks of shell.
func commands(document string) (lines []string) {
	blocks := strings.Split(document, "```sh\n")
	for _, b := range blocks[1:] {
		block, _, _ := strings.Cut(b, "```")
		for line := range strings.Lines(block) {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

func configurations(t *testing.T) (files []string) {
	t.Helper()
	for _, pattern := range []string{"nginx/*.conf", "haproxy/*.cfg"} {
		found, err := filepath.Glob(scripts(t, pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v, %v", pattern, found, err)
		}
		files = append(files, found...)
	}
	return files
}
