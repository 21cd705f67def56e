package command

import (
	"fmt"
	"strconv"
	"strings"
)

// helpColumn is where what is said of a flag begins.
const helpColumn = 33

// help is the text of --help.
func (p *program) help() string {
	var b strings.Builder
	b.WriteString(`NAME:
   ioserver - serves Socket.IO clients on every core

USAGE:
   ioserver [flags]
   ioserver COMMAND [flags]

COMMANDS:
`)
	for _, s := range p.commands {
		column(&b, s.name, s.usage)
	}
	b.WriteString("\nFLAGS, each with its default and its environment variable:\n")
	p.helpOfSettings(&b)
	b.WriteString("\n   Others\n")
	column(&b, "--help, -h", "print this and exit")
	column(&b, "--version, -v", "print the version and exit")
	return b.String()
}

// helpOf is the text of a subcommand's --help.
func (p *program) helpOf(s *subcommand) string {
	var b strings.Builder
	fmt.Fprintf(&b, "NAME:\n   ioserver %s - %s\n\nUSAGE:\n   ioserver %s", s.name, s.usage, s.name)
	if s.settings || s.own != nil || len(s.switches) > 0 {
		b.WriteString(" [flags]")
	}
	switch {
	case s.free != "":
		b.WriteString(" " + s.free)
	case s.many:
		b.WriteString(" [" + strings.Join(s.words, "|") + " ...]")
	case len(s.words) > 0:
		b.WriteString(" " + strings.Join(s.words, "|"))
	}
	b.WriteString("\n\nFLAGS:\n")
	for _, f := range s.switches {
		column(&b, "--"+f.name, f.usage)
	}
	column(&b, "--help, -h", "print this and exit")
	if s.own != nil {
		b.WriteString("\n")
		helpOfSettings(&b, s.own, func(f *setting) string { return f.fallback() }, nil)
	}
	if s.settings {
		b.WriteString("\nand those of the server:\n")
		p.helpOfSettings(&b)
	}
	return b.String()
}

func (p *program) helpOfSettings(b *strings.Builder) {
	helpOfSettings(b, p.table, func(s *setting) string { return s.value.String() }, (*setting).variable)
}

// helpOfSettings lists a table's settings, with their defaults and, where they
// have them, their variables.
func helpOfSettings(b *strings.Builder, t *table, byDefault, variable func(*setting) string) {
	for i, group := range t.groups() {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(b, "   %s\n", group)
		for _, s := range t.settings {
			if s.group != group {
				continue
			}
			text := s.about()
			if d := byDefault(s); d != "" {
				text += " (default: " + d + ")"
			}
			if variable != nil {
				text += " [$" + variable(s) + "]"
			}
			column(b, strings.TrimSpace("--"+s.name+" "+s.placeholder()), text)
		}
	}
}

func column(b *strings.Builder, name, text string) {
	if len(name) > helpColumn-2 {
		fmt.Fprintf(b, "     %s\n     %*s%s\n", name, helpColumn, "", text)
		return
	}
	fmt.Fprintf(b, "     %-*s%s\n", helpColumn, name, text)
}

// literally is a template that is executed to the text.
func literally(text string) string { return "{{" + strconv.Quote(text) + "}}" }
