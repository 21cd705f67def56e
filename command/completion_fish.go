package command

import (
	"fmt"
	"strings"
)

// fish is the script for fish. What a quote in a text looks like is the same in
// its single quotes as in the other shells'.
func (p *program) fish() string {
	var b strings.Builder
	b.WriteString("# fish completion for ioserver, made by: ioserver completion fish\ncomplete -c ioserver -f\n")
	none := "not __fish_seen_subcommand_from " + p.commandNames()
	without := none // subcommands that do not take the server's flags
	for _, s := range p.commands {
		if s.settings {
			without = strings.ReplaceAll(without, " "+s.name, "")
		}
		fmt.Fprintf(&b, "complete -c ioserver -n %s -a %s -d %s\n", quoteShell(none), s.name, quoteShell(s.usage))
	}
	for _, s := range p.table.settings {
		fmt.Fprintf(&b, "complete -c ioserver -n %s -l %s%s -d %s\n", quoteShell(without), s.name, s.fish(), quoteShell(s.about()))
	}
	fmt.Fprintf(&b, "complete -c ioserver -n %s -s v -l version -d 'print the version'\n", quoteShell(none))
	b.WriteString("complete -c ioserver -s h -l help -d 'print help'\n")
	for _, s := range p.commands {
		seen := quoteShell("__fish_seen_subcommand_from " + s.name)
		for _, f := range s.switches {
			fmt.Fprintf(&b, "complete -c ioserver -n %s -l %s -d %s\n", seen, f.name, quoteShell(f.usage))
		}
		if s.own != nil {
			for _, f := range s.own.settings {
				fmt.Fprintf(&b, "complete -c ioserver -n %s -l %s%s -d %s\n", seen, f.name, f.fish(), quoteShell(f.about()))
			}
		}
		if len(s.words) > 0 {
			fmt.Fprintf(&b, "complete -c ioserver -n %s -a %s\n", seen, quoteShell(strings.Join(s.words, " ")))
		}
	}
	return b.String()
}

// fish says what values the flag takes.
func (s *setting) fish() string {
	words := " -a " + quoteShell(strings.Join(s.words, " "))
	switch {
	case s.filename:
		return " -r -F"
	case s.isBool():
		return words // after = only
	case len(s.words) > 0:
		return " -x" + words
	}
	return " -x"
}
