package command

import (
	"io"
	"strings"
)

// completion prints the script for a shell, which completes commands, flags, the
// words that a flag takes, and file names where it takes one.
func (p *program) completion(shell string) error {
	script := p.bash
	switch shell {
	case "zsh":
		script = p.zsh
	case "fish":
		script = p.fish
	}
	_, err := io.WriteString(p.out, script())
	return err
}

// commandNames are the subcommands' names with spaces between.
func (p *program) commandNames() string {
	var names []string
	for _, s := range p.commands {
		names = append(names, s.name)
	}
	return strings.Join(names, " ")
}

// flagNames are the server's flags, as typed, with spaces between: all of them,
// or those that are picked.
func (p *program) flagNames(pick func(*setting) bool, between string) string {
	var names []string
	for _, s := range p.table.settings {
		if pick == nil || pick(s) {
			names = append(names, "--"+s.name)
		}
	}
	return strings.Join(names, between)
}

// ownSettings are the flags of subcommands that the server does not have by the
// same name, for shells that look at the word before only.
func (p *program) ownSettings() (all []*setting) {
	for _, c := range p.commands {
		if c.own == nil {
			continue
		}
		for _, s := range c.own.settings {
			if p.table.setting(s.name) == nil {
				all = append(all, s)
			}
		}
	}
	return all
}

// switchNames are the flags of a subcommand beside the server's.
func (s *subcommand) switchNames() string {
	names := []string{"--help"}
	if s.own != nil {
		for _, f := range s.own.settings {
			names = append(names, "--"+f.name)
		}
	}
	for _, f := range s.switches {
		names = append(names, "--"+f.name)
	}
	return strings.Join(names, " ")
}

// quoteShell makes one word of a text, for all three shells.
func quoteShell(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
