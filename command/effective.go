package command

import (
	"fmt"
	"net/url"
	"strings"

	"go.yaml.in/yaml/v3"
)

// effective is the configuration in force as a configuration file, with the
// source of each value as a comment. Passwords are left out.
func (c *configuration) effective() (string, error) {
	var b strings.Builder
	for _, group := range c.groups() {
		fmt.Fprintf(&b, "\n# %s\n", group)
		for _, s := range c.settings {
			if s.group != group {
				continue
			}
			line, err := c.line(s)
			if err != nil {
				return "", fmt.Errorf("print --%s: %w", s.name, err)
			}
			b.WriteString(line)
		}
	}
	return b.String(), nil
}

func (c *configuration) line(s *setting) (string, error) {
	from := s.from.String()
	switch s.from.kind {
	case inEnvironment:
		from = s.variable()
	case onCommandLine:
		from = "--" + s.name
	}
	if s.name == "api-token-file" && len(c.tokens.hashes) > 0 {
		from += fmt.Sprintf("; tokens in force: %d", len(c.tokens.hashes))
	}
	value, said := s.value.String(), s.value.String()
	if value == "" {
		said = "none"
	}
	// Not for a file: nothing to say, or not to be said there.
	if s.name == "config" || value == "" && !s.isList() {
		return fmt.Sprintf("# %s: %s # %s\n", s.name, oneLine(said), from), nil
	}
	key := &yaml.Node{Kind: yaml.ScalarNode, Value: s.name}
	node := &yaml.Node{Kind: yaml.ScalarNode, Value: value, LineComment: from}
	if s.isList() {
		node = &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle, LineComment: from}
		for _, one := range s.value.(*listValue).values() {
			if open := withoutPassword(one); s.secrets && open != one {
				one, node.LineComment = open, from+"; credentials left out"
			}
			node.Content = append(node.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: one, Style: yaml.DoubleQuotedStyle})
		}
	} else if _, isText := s.value.(*parsed[string]); isText {
		node.SetString(value)
		node.LineComment = from
	}
	b, err := yaml.Marshal(&yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{key, node}})
	return string(b), err
}

// withoutPassword leaves out who a URL says it is.
func withoutPassword(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.User == nil {
		return s
	}
	u.User = nil
	return u.String()
}
