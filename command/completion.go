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

// switchNames are the flags of a subcommand beside the server's.
func (s *subcommand) switchNames() string {
	names := []string{"--help"}
	for _, f := range s.switches {
		names = append(names, "--"+f.name)
	}
	return strings.Join(names, " ")
}

// quoteShell makes one word of a text, for all three shells.
func quoteShell(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
