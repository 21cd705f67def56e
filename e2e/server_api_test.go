package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const serverAPI = "../docs/api.md"

// TestServerAPI holds docs/api.md to tests that exist, in each cell.
func TestServerAPI(t *testing.T) {
	page := string(content(t, serverAPI))
	test := regexp.MustCompile(`\[(Test\w+)\]\(([^)]+)\)`)
	note := regexp.MustCompile(`\[\^\w+\]`)
	for _, cells := range tableRows(page) {
		for i, cell := range cells[1:] {
			named := test.FindAllStringSubmatch(cell, -1)
			for _, m := range named {
				if !strings.Contains(string(content(t, filepath.Join(filepath.Dir(serverAPI), m[2]))), "func "+m[1]+"(") {
					t.Errorf("%s: no %s in %s", cells[0], m[1], m[2])
				}
			}
			notes := note.FindAllString(cell, -1)
			for _, n := range notes {
				if !strings.Contains(page, "\n"+n+": ") {
					t.Errorf("%s: %s says nothing", cells[0], n)
				}
			}
			if len(named) == 0 && len(notes) == 0 {
				t.Errorf("%s: nothing shows %q, column %d", cells[0], cell, i+2)
			}
		}
	}
}

// TestServerAPIIsWhole holds it to the classes that socket.io declares.
func TestServerAPIIsWhole(t *testing.T) {
	var known strings.Builder
	for _, cells := range tableRows(string(content(t, serverAPI))) {
		known.WriteString(cells[0] + "\n")
	}
	class := regexp.MustCompile(`(?s)export declare class (\w+)(.*?)\n}`)
	member := regexp.MustCompile(`\n    (?:readonly |get )?([a-zA-Z]\w*)[(<:?]`)
	names := map[string]string{
		"Server": "io", "Namespace": "nsp", "ParentNamespace": "parent", "Socket": "socket", "BroadcastOperator": "operator", "RemoteSocket": "remote",
	}
	found := 0
	for _, source := range []string{"index", "namespace", "parent-namespace", "socket", "broadcast-operator"} {
		for _, c := range class.FindAllStringSubmatch(string(content(t, "node_modules/socket.io/dist/"+source+".d.ts")), -1) {
			for _, m := range member.FindAllStringSubmatch(c[2], -1) {
				if m[1] == "constructor" || names[c[1]] == "" {
					continue
				}
				found++
				name := names[c[1]] + "." + m[1]
				if !regexp.MustCompile("`" + regexp.QuoteMeta(name) + `\b`).MatchString(known.String()) {
					t.Errorf("%s is not there", name)
				}
			}
		}
	}
	if found < 100 {
		t.Errorf("%d names are declared", found)
	}
}

// tableRows are the cells of all rows of a page's tables, without their heads.
func tableRows(page string) (rows [][]string) {
	for _, table := range regexp.MustCompile(`(?m)(^\|.*\n)+`).FindAllString(page, -1) {
		for _, row := range strings.Split(strings.TrimSpace(table), "\n")[2:] {
			cells := strings.Split(strings.Trim(row, "| "), " | ")
			rows = append(rows, cells)
		}
	}
	return rows
}

func content(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
