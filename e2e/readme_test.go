package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadme holds the README to tests that exist.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`(\\.\\./[\\w/]+|Test\\w+(?:/[^`]+)?)`")
	for _, row := range strings.Split(string(readme), "\n") {
		folder := "."
		for _, m := range named.FindAllStringSubmatch(row, -1) {
			name := m[1]
			if strings.HasPrefix(name, "../") {
				folder = name
				continue
			}
			test, subtest, _ := strings.Cut(name, "/")
			source := sources(t, folder)
			if !strings.Contains(source, "func "+test+"(") {
				t.Errorf("%s: no %s", folder, test)
			}
			if subtest != "" && !strings.Contains(source, `name: "`+subtest+`"`) {
				t.Errorf("%s: no %s", folder, name)
			}
		}
	}
}

func sources(t *testing.T, folder string) string {
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	return all.String()
}
