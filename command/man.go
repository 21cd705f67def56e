package command

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"
)

// man prints the manual page, in man(7)'s macros.
func (p *program) man(string) error {
	var b strings.Builder
	fmt.Fprintf(&b, ".\\\" Made by: ioserver man\n.TH IOSERVER 1 %s %s\n", manDate(), troffWord("ioserver "+version()))
	b.WriteString(manBefore)
	b.WriteString(".SH COMMANDS\n")
	for _, s := range p.commands {
		p.manCommand(&b, s)
	}
	b.WriteString(".SH OPTIONS\n" + manOptions)
	for _, group := range p.table.groups() {
		fmt.Fprintf(&b, ".SS %s\n", troffWord(group))
		for _, s := range p.table.settings {
			if s.group == group {
				manSetting(&b, s)
			}
		}
	}
	b.WriteString(manAfter)
	_, err := io.WriteString(p.out, b.String())
	return err
}

func (p *program) manCommand(b *strings.Builder, s *subcommand) {
	arguments := ""
	if s.settings || s.own != nil && !s.many {
		arguments += ` [\fIoptions\fR]`
	}
	for _, f := range s.switches {
		arguments += ` [\fB` + troff("--"+f.name) + `\fR]`
	}
	if s.free != "" {
		arguments += ` \fI` + troff(s.free) + `\fR`
	}
	if s.many {
		arguments += ` [\fIoptions\fR] [\fB` + strings.Join(s.words, `\fR|\fB`) + `\fR ...]`
	} else if len(s.words) > 0 {
		arguments += ` \fB` + strings.Join(s.words, `\fR|\fB`) + `\fR`
	}
	fmt.Fprintf(b, ".TP\n\\fB%s\\fR%s\n%s\n", troff(s.name), arguments, troffLine(s.manual))
	for _, f := range s.switches {
		fmt.Fprintf(b, "With \\fB%s\\fR: %s.\n", troff("--"+f.name), troff(f.usage))
	}
	if s.own != nil {
		b.WriteString(".RS\n")
		for _, f := range s.own.settings {
			manOwn(b, f)
		}
		b.WriteString(".RE\n")
	}
}

// manOwn is a subcommand's own flag.
func manOwn(b *strings.Builder, s *setting) {
	fmt.Fprintf(b, ".TP\n\\fB%s\\fR \\fI%s\\fR\n%s.\n", troff("--"+s.name), troff(s.placeholder()), troffLine(sentence(s.about())))
	if d := s.fallback(); d != "" {
		fmt.Fprintf(b, "Default: %s.\n", troff(d))
	}
}

func manSetting(b *strings.Builder, s *setting) {
	fmt.Fprintf(b, ".TP\n\\fB%s\\fR", troff("--"+s.name))
	if s.isBool() {
		b.WriteString(`[=\fItrue\fR|\fIfalse\fR]`)
	} else {
		fmt.Fprintf(b, ` \fI%s\fR`, troff(s.placeholder()))
	}
	fmt.Fprintf(b, "\n%s.\n", troffLine(sentence(s.about())))
	if !s.isBool() {
		fmt.Fprintf(b, "Accepted: %s.\n", troff(s.accepted))
	}
	if d := s.fallback(); d != "" {
		fmt.Fprintf(b, "Default: %s.\n", troff(d))
	}
	if s.reloads {
		b.WriteString("A reload takes it up.\n")
	}
	fmt.Fprintf(b, "Variable: \\fB%s\\fR.\n", troff(s.variable()))
}

// manDate is the day of the commit, or where the build does not know it, of the
// binary.
func manDate() string {
	if day, _, ok := strings.Cut(readBuild().Time, "T"); ok {
		return day
	}
	day := time.Unix(0, 0)
	if info, err := os.Stat("/proc/self/exe"); err == nil {
		day = info.ModTime()
	}
	return day.UTC().Format(time.DateOnly)
}

var troffEscapes = strings.NewReplacer(`\`, `\e`, `-`, `\-`, `'`, `\(aq`, "`", `\(ga`, `^`, `\(ha`, `~`, `\(ti`, `"`, `\(dq`)

// troff escapes a text for the middle of a line.
func troff(s string) string { return troffEscapes.Replace(oneLine(s)) }

// troffLine escapes a text that begins a line, where a dot would be a request.
func troffLine(s string) string {
	if strings.HasPrefix(s, ".") {
		return `\&` + troff(s)
	}
	return troff(s)
}

// sentence begins with a capital letter.
func sentence(s string) string {
	if s == "" {
		return s
	}
	return string(unicode.ToUpper(rune(s[0]))) + s[1:]
}

// troffWord escapes a request's argument.
func troffWord(s string) string { return `"` + troff(s) + `"` }
