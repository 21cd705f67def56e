package command

import (
	"fmt"
	"strings"
)

// zsh is the script for zsh: for a folder of its fpath, as _ioserver, or to be
// sourced.
func (p *program) zsh() string {
	var b strings.Builder
	b.WriteString(`#compdef ioserver
# zsh completion for ioserver, made by: ioserver completion zsh
_ioserver() {
  local curcontext=$curcontext state line
  local -a settings commands
  settings=(
`)
	for _, s := range p.table.settings {
		fmt.Fprintf(&b, "    %s\n", quoteShell(s.zsh()))
	}
	b.WriteString("  )\n  commands=(\n")
	for _, s := range p.commands {
		fmt.Fprintf(&b, "    %s\n", quoteShell(s.name+":"+s.usage))
	}
	b.WriteString(`  )
  _arguments -C -S $settings '(- *)'{-h,--help}'[print help]' '(- *)'{-v,--version}'[print the version]' \
    '1:command:->command' '*::argument:->argument' && return
  case $state in
    command) _describe -t commands command commands ;;
    argument)
      case $words[1] in
`)
	for _, s := range p.commands {
		fmt.Fprintf(&b, "        %s) _arguments -S%s ;;\n", s.name, s.zsh())
	}
	b.WriteString(`      esac ;;
  esac
}
if [[ $funcstack[1] == _ioserver ]]; then
  _ioserver "$@"
else
  compdef _ioserver ioserver
fi
`)
	return b.String()
}

var (
	zshText  = strings.NewReplacer(`\`, `\\`, `]`, `\]`, `[`, `\[`, `:`, `\:`)
	zshLists = map[bool]string{true: "*"}
)

// zsh is the setting as _arguments wants it.
func (s *setting) zsh() string {
	about := zshText.Replace(s.about())
	if s.isBool() {
		return fmt.Sprintf("--%s=-[%s]::value:(%s)", s.name, about, strings.Join(s.words, " "))
	}
	action := " "
	switch {
	case s.filename:
		action = "_files"
	case len(s.words) > 0 && s.isList():
		action = "_sequence compadd - " + strings.Join(s.words, " ")
	case len(s.words) > 0:
		action = "(" + strings.Join(s.words, " ") + ")"
	}
	return fmt.Sprintf("%s--%s=[%s]:%s:%s", zshLists[s.isList()], s.name, about, s.placeholder(), action)
}

// zsh is what _arguments wants to know of a subcommand.
func (s *subcommand) zsh() string {
	specs := " " + quoteShell("(- *)--help[print help]")
	if s.settings {
		specs += " $settings"
	}
	for _, f := range s.switches {
		specs += " " + quoteShell("--"+f.name+"["+zshText.Replace(f.usage)+"]")
	}
	if s.own != nil {
		for _, f := range s.own.settings {
			specs += " " + quoteShell(f.zsh())
		}
	}
	if s.many {
		return specs + " " + quoteShell("*:argument:("+strings.Join(s.words, " ")+")")
	}
	if len(s.words) > 0 {
		specs += " " + quoteShell("1:argument:("+strings.Join(s.words, " ")+")")
	}
	return specs
}
