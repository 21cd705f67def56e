package command

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// configLimit is how long a configuration file may be, in bytes.
const configLimit = 256 << 10

// entry is one line of a configuration file: a name, and a value or several.
type entry struct {
	name   string
	values []string
	list   bool
	from   source
}

// readConfig reads a configuration file: YAML, one document, a mapping of names
// to values or lists of them.
func readConfig(file string) ([]entry, error) {
	content, _, err := readFile(file, configLimit)
	if err != nil {
		return nil, fmt.Errorf("--config: %w", err)
	}
	return parseConfig(file, content)
}

// parseConfig is readConfig for what the file holds. Each name is there once.
func parseConfig(file string, content []byte) ([]entry, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	var document, second yaml.Node
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, notYAML(file, err)
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		return nil, &usageError{what: place(file, &second), problem: "a second document; accepted: one"}
	case !errors.Is(err, io.EOF):
		return nil, notYAML(file, err)
	}
	top := document.Content[0]
	if isNull(top) {
		return nil, nil
	}
	if top.Kind != yaml.MappingNode {
		return nil, &usageError{what: place(file, top), problem: "not a mapping; accepted: lines of NAME: VALUE"}
	}
	if err := plain(file, top); err != nil {
		return nil, err
	}
	var entries []entry
	lines := make(map[string]int)
	for i := 0; i+1 < len(top.Content); i += 2 {
		e, err := parseEntry(file, top.Content[i], top.Content[i+1])
		if err != nil {
			return nil, err
		}
		if before, twice := lines[e.name]; twice {
			return nil, &usageError{what: e.from.String() + ": setting", given: e.name, problem: fmt.Sprintf("a second time, after line %d", before)}
		}
		lines[e.name] = e.from.line
		entries = append(entries, e)
	}
	return entries, nil
}

func parseEntry(file string, key, value *yaml.Node) (entry, error) {
	e := entry{from: source{kind: inFile, file: file, line: key.Line}}
	if err := plain(file, key); err != nil {
		return e, err
	}
	if key.Kind != yaml.ScalarNode {
		return e, &usageError{what: place(file, key), problem: "not the name of a setting"}
	}
	e.name = key.Value
	items := []*yaml.Node{value}
	if value.Kind == yaml.SequenceNode {
		e.list, items = true, value.Content
	}
	// The list itself first: it may be an anchor.
	for _, n := range append([]*yaml.Node{value}, items...) {
		if err := plain(file, n); err != nil {
			return e, err
		}
	}
	for _, n := range items {
		if n.Kind != yaml.ScalarNode || isNull(n) {
			return e, &usageError{what: place(file, n) + ": setting", given: e.name, problem: "accepted: a value, or a list of values where it may have several"}
		}
		e.values = append(e.values, n.Value)
	}
	return e, nil
}

// plain refuses what makes one place of a file mean another.
func plain(file string, n *yaml.Node) error {
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		return &usageError{what: place(file, n), problem: "anchors and aliases (& and *) are not taken; a value that begins so needs quotes"}
	case n.Style&yaml.TaggedStyle != 0:
		return &usageError{what: place(file, n), problem: "tags (!) are not taken; a value that begins so needs quotes"}
	}
	return nil
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

func place(file string, n *yaml.Node) string { return fmt.Sprintf("%s:%d", oneLine(file), n.Line) }

var yamlError = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// notYAML words the parser's error. The commonest is a * that is not quoted.
func notYAML(file string, err error) error {
	text := strings.TrimSpace(err.Error())
	m := yamlError.FindStringSubmatch(text)
	what := oneLine(file)
	if m != nil {
		text = text[len(m[0]):]
		if line, err := strconv.Atoi(m[1]); err == nil {
			what = fmt.Sprintf("%s:%d", what, line)
		}
	}
	problem := "not YAML: " + clip(oneLine(text))
	if strings.Contains(text, "alphabetic or numeric") || strings.Contains(text, "unknown anchor") {
		problem += "; a value that begins with * or & needs quotes"
	}
	return &usageError{what: what, problem: problem}
}
