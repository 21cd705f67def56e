package command

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestConfigFile(t *testing.T) {
	for _, c := range []struct {
		text string
		want []entry
	}{
		{"", nil},
		{"# nothing\n", nil},
		{"---\n", nil},
		{"null", nil},
		{"{}", nil},
		{"workers: 8", []entry{{name: "workers", values: []string{"8"}}}},
		{"\ufeffworkers: 8\r\n", []entry{{name: "workers", values: []string{"8"}}}},
		{"\n\n{\"workers\": \"8\", cookie: ''}", []entry{{name: "workers", values: []string{"8"}, from: source{line: 3}}, {name: "cookie", values: []string{""}, from: source{line: 3}}}},
		{"a: 25000\nb: 1e6 # c\nc: 2026-01-02\nd: yes\ne: 0x8\nf: \"*\"\ng: >-\n  x\n  y", []entry{
			{name: "a", values: []string{"25000"}}, {name: "b", values: []string{"1e6"}, from: source{line: 2}}, {name: "c", values: []string{"2026-01-02"}, from: source{line: 3}},
			{name: "d", values: []string{"yes"}, from: source{line: 4}}, {name: "e", values: []string{"0x8"}, from: source{line: 5}}, {name: "f", values: []string{"*"}, from: source{line: 6}},
			{name: "g", values: []string{"x y"}, from: source{line: 7}},
		}},
		{"l: [a, b]\nm:\n  - a\n  # b\n  - c,d\nn: []", []entry{
			{name: "l", values: []string{"a", "b"}, list: true}, {name: "m", values: []string{"a", "c,d"}, list: true, from: source{line: 2}}, {name: "n", list: true, from: source{line: 6}},
		}},
	} {
		got, err := parseConfig("f", []byte(c.text))
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		for i := range c.want {
			w := &c.want[i].from
			w.kind, w.file, w.line = inFile, "f", max(1, w.line)
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q:\n%+v, want\n%+v", c.text, got, c.want)
		}
	}
}

func TestConfigFileRefused(t *testing.T) {
	deep := strings.Repeat("[", 20_000)
	for text, want := range map[string]string{
		"- workers":                          "f:1: not a mapping",
		"workers":                            "f:1: not a mapping",
		"a: 1\nb: 2\na: 3":                   `f:3: setting "a": a second time, after line 1`,
		"\"a\": 1\na: 3":                     `f:2: setting "a": a second time, after line 1`,
		"a: 1\n---\nb: 2":                    "f:2: a second document",
		"a: 1\n...\n---\n":                   "a second document",
		"a: 1\n---\n[":                       "f:3: not YAML",
		"a: &x 1":                            "f:1: anchors and aliases",
		"a: &x [1]":                          "f:1: anchors and aliases",
		"a: 1\nb: [&x 1]":                    "f:2: anchors and aliases",
		"&x a: 1":                            "f:1: anchors and aliases",
		"&x {a: 1}":                          "f:1: anchors and aliases",
		"a: &x 1\nb: *x":                     "f:1: anchors and aliases",
		"a: *x":                              "needs quotes",
		"a: *":                               "needs quotes",
		"a: 1\nb: 2\ncors-origin: *":         "f:3: not YAML",
		"a: !!str 1":                         "f:1: tags",
		"a: !x 1":                            "f:1: tags",
		"a: !!binary eA==":                   "f:1: tags",
		"!x {a: 1}":                          "f:1: tags",
		"a:":                                 `f:1: setting "a": accepted: a value`,
		"a: ~":                               `f:1: setting "a": accepted: a value`,
		"a: {b: c}":                          `f:1: setting "a": accepted: a value`,
		"a:\n  - b\n  - c: d":                `f:3: setting "a": accepted: a value`,
		"a:\n  - b\n  - [c]":                 `f:3: setting "a": accepted: a value`,
		"a:\n  - b\n  -":                     `f:3: setting "a": accepted: a value`,
		"? [a]\n: b":                         "f:1: not the name of a setting",
		"a: b: c":                            "not YAML",
		"\ta: b":                             "not YAML",
		"a: 'b":                              "not YAML",
		"a: \x00":                            "not YAML",
		"a: \xff":                            "not YAML",
		"a: \"\x1b[31m\"":                    "not YAML",
		"a: " + deep:                         "not YAML",
		"a: &a [x]\nb: &b [*a, *a]\nc: [*b]": "anchors and aliases",
		"<<: {a: 1}":                         `f:1: setting "<<": accepted: a value`,
	} {
		_, err := parseConfig("f", []byte(text))
		var usage *usageError
		if !errors.As(err, &usage) || !strings.Contains(err.Error(), want) || strings.ContainsAny(err.Error(), "\n\x1b") || len(err.Error()) > 300 {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
	}
}

// Whatever a file holds, it is read to its end or refused in one line.
func FuzzConfigFile(f *testing.F) {
	for _, s := range []string{
		"", "workers: 8\n", "listen: [\":3000\", unix:/s]\n# x\ncors-origin:\n  - \"*\"\n", "a: &a 1\nb: *a", "a: 1\n---\nb: 2", "a: !!str 1", "? a\n: b",
		"a: |\n  x\n", "{a: [b, {c: d}]}", "a: 'b", "%YAML 1.2\n---\na: 1", "a: \"\\u2028\"",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		if len(content) > configLimit {
			return
		}
		entries, err := parseConfig("f", content)
		if err != nil {
			if s := err.Error(); len(s) > 400 || strings.ContainsAny(s, "\n\r\x1b") {
				t.Fatalf("not one line: %q", s)
			}
			return
		}
		seen := make(map[string]bool)
		for _, e := range entries {
			if seen[e.name] || e.from.line < 1 || !e.list && len(e.values) != 1 {
				t.Fatalf("%q: %+v", content, entries)
			}
			seen[e.name] = true
		}
		c := &configuration{options: defaults()}
		c.table = newTable(c.options)
		if err := c.apply(entries); err == nil {
			if _, err := c.effective(); err != nil {
				t.Fatalf("%q: %v", content, err)
			}
		}
	})
}
