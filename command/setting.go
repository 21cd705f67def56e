package command

import "strings"

// setting is one row of the table: a flag, a variable and a name in the
// configuration file.
type setting struct {
	name     string
	group    string
	usage    string // has the `NAME` of its value in it
	value    value
	accepted string   // what values are good, in words
	words    []string // what completion offers
	standing string   // the default, in words, where it depends on the machine
	reloads  bool     // may change while the server runs
	required bool     // a list that must not be empty
	filename bool     // the value is a file's name
	secrets  bool     // the value may hold a password
	from     source
}

// table is all settings, in the order of --help.
type table struct {
	settings []*setting
}

func (t *table) add(name, group, usage string, v value, accepted string) *setting {
	s := &setting{name: name, group: group, usage: usage, value: v, accepted: accepted}
	t.settings = append(t.settings, s)
	return s
}

func (t *table) flag(name, group, usage string, target *bool) *setting {
	return t.add(name, group, usage, boolean(target), "true or false").of("true", "false")
}

func (t *table) list(name, group, usage string, target *[]string, check func(string) error, accepted string) *setting {
	return t.add(name, group, usage, &listValue{target: target, check: check}, accepted)
}

func (t *table) word(name, group, usage string, target *string, words ...string) *setting {
	last := len(words) - 1
	return t.add(name, group, usage, word(target, words...), strings.Join(words[:last], ", ")+" or "+words[last]).of(words...)
}

func (t *table) file(name, group, usage string, target *string) *setting {
	s := t.add(name, group, usage, text(target, named), "the name of a file")
	s.filename = true
	return s
}

// setting is the one with a name, or nil.
func (t *table) setting(name string) *setting {
	for _, s := range t.settings {
		if s.name == name {
			return s
		}
	}
	return nil
}

func (t *table) names() []string {
	var names []string
	for _, s := range t.settings {
		names = append(names, s.name)
	}
	return names
}

// groups are the groups in order.
func (t *table) groups() []string {
	var groups []string
	for _, s := range t.settings {
		if len(groups) == 0 || groups[len(groups)-1] != s.group {
			groups = append(groups, s.group)
		}
	}
	return groups
}

func (s *setting) file() *setting               { s.filename = true; return s }
func (s *setting) live() *setting               { s.reloads = true; return s }
func (s *setting) needed() *setting             { s.required = true; return s }
func (s *setting) secret() *setting             { s.secrets = true; return s }
func (s *setting) of(words ...string) *setting  { s.words = words; return s }
func (s *setting) usually(text string) *setting { s.standing = text; return s }

// variablePrefix begins every variable of ours.
const variablePrefix = "IOSERVER_"

// variable is the setting's environment variable.
func (s *setting) variable() string {
	return variablePrefix + strings.ToUpper(strings.ReplaceAll(s.name, "-", "_"))
}

// about is the usage without the marks around the value's name.
func (s *setting) about() string { return strings.ReplaceAll(s.usage, "`", "") }

// placeholder is what stands for the value in help; "" for a boolean.
func (s *setting) placeholder() string {
	if s.isBool() {
		return ""
	}
	_, after, _ := strings.Cut(s.usage, "`")
	name, _, _ := strings.Cut(after, "`")
	return name
}

// fallback is the default for a text that is the same on every machine. It has
// to be asked before anything is set.
func (s *setting) fallback() string {
	if s.standing != "" {
		return s.standing
	}
	return s.value.String()
}

func (s *setting) isBool() bool {
	_, ok := s.value.(*boolValue)
	return ok
}

func (s *setting) isList() bool {
	_, ok := s.value.(*listValue)
	return ok
}

// assign replaces the value, as one source has it.
func (s *setting) assign(values []string, from source) error {
	s.value.reset()
	for _, v := range values {
		if s.value.set(v) != nil {
			return &usageError{what: from.label(s), given: s.shown(v), accepted: s.accepted}
		}
	}
	if s.required && len(values) == 0 {
		return &usageError{what: from.label(s), given: "[]", accepted: s.accepted}
	}
	s.from = from
	return nil
}

// shown is a value that is refused, for an error: it may get into a log.
func (s *setting) shown(v string) string {
	if at := strings.LastIndexByte(v, '@'); s.secrets && at >= 0 {
		return "..." + v[at:]
	}
	return v
}
