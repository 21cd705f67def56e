package command

import (
	"flag"
	"strings"

	"github.com/urfave/cli/v2"
)

// recorder is a setting as a flag of the command line. It only notes what is
// given: what it means is known when file and environment are read, and at a
// reload again.
type recorder struct {
	cli.GenericFlag
	setting *setting
	line    given
}

// flags are the table's, noting into line.
func (t *table) flags(line given) []cli.Flag {
	var flags []cli.Flag
	for _, s := range t.settings {
		flags = append(flags, &recorder{
			GenericFlag: cli.GenericFlag{Name: s.name, Category: s.group, Usage: s.usage},
			setting:     s,
			line:        line,
		})
	}
	return flags
}

// Apply registers the flag.
func (r *recorder) Apply(set *flag.FlagSet) error {
	set.Var(r, r.Name, r.Usage)
	return nil
}

// Set notes one value.
func (r *recorder) Set(v string) error {
	r.line[r.Name] = append(r.line[r.Name], v)
	return nil
}

// String is what the flag package takes for the default.
func (r *recorder) String() string { return "" }

// IsBoolFlag lets a boolean be given without a value.
func (r *recorder) IsBoolFlag() bool { return r.setting != nil && r.setting.isBool() }

// refused words what the flag package says of a command line, of the server or
// of a subcommand.
func (p *program) refused(err error, s *subcommand) error {
	help, known := "ioserver --help", []string{"help"}
	if s != nil {
		help = "ioserver " + s.name + " --help"
		for _, f := range s.switches {
			known = append(known, f.name)
		}
	} else {
		known = append(known, "version")
	}
	if s != nil && s.own != nil {
		known = append(known, s.own.names()...)
	}
	if s == nil || s.settings {
		known = append(known, p.table.names()...)
	}
	text := err.Error()
	if name, ok := strings.CutPrefix(text, "flag provided but not defined: -"); ok {
		name = strings.TrimLeft(name, "-")
		if near := nearest(name, known); near != "" {
			return &usageError{what: "--" + clip(oneLine(name)), problem: "there is no such flag, did you mean --" + near + "?"}
		}
		return &usageError{what: "flag", given: "--" + name, accepted: "those that " + help + " lists"}
	}
	if name, ok := strings.CutPrefix(text, "flag needs an argument: -"); ok {
		name = strings.TrimLeft(name, "-")
		table := p.table
		if s != nil && s.own != nil {
			table = s.own
		}
		if s := table.setting(name); s != nil {
			return &usageError{what: "--" + name + " without a value", accepted: s.accepted}
		}
	}
	return &usageError{what: clip(oneLine(text)), accepted: "what " + help + " says"}
}
