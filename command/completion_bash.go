package command

import (
	"fmt"
	"strings"
)

// bash is the script for bash. Bash has cut the line into words at = too, so that
// --flag=value is three of them.
func (p *program) bash() string {
	var b strings.Builder
	fmt.Fprintf(&b, `# bash completion for ioserver, made by: ioserver completion bash
_ioserver() {
  local word=${COMP_WORDS[COMP_CWORD]} before= joined= command= i
  ((COMP_CWORD > 0)) && before=${COMP_WORDS[COMP_CWORD-1]}
  if [[ $word == = ]]; then
    joined=yes word=
  elif [[ $before == = ]]; then
    joined=yes before=${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i-1]} in
      %s) continue ;;
    esac
    case ${COMP_WORDS[i]} in
      %s) command=${COMP_WORDS[i]}; break ;;
    esac
  done
  COMPREPLY=()
`, p.flagNames(func(s *setting) bool { return !s.isBool() }, "|"), strings.ReplaceAll(p.commandNames(), " ", "|"))
	b.WriteString("  case $before in\n")
	p.bashValues(&b)
	b.WriteString("  esac\n  case $command in\n")
	for _, s := range p.commands {
		offered := s.switchNames()
		if s.settings {
			offered += " " + p.flagNames(nil, " ")
		}
		offered = strings.TrimSpace(strings.Join(s.words, " ") + " " + offered)
		fmt.Fprintf(&b, "    %s) COMPREPLY=($(compgen -W %s -- \"$word\")); return ;;\n", s.name, quoteShell(offered))
	}
	fmt.Fprintf(&b, `  esac
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W %s -- "$word"))
  else
    COMPREPLY=($(compgen -W %s -- "$word"))
  fi
}
complete -F _ioserver ioserver
`, quoteShell(p.flagNames(nil, " ")+" --help --version"), quoteShell(p.commandNames()))
	return b.String()
}

// bashValues are the values of the flag before the word.
func (p *program) bashValues(b *strings.Builder) {
	for _, s := range append(p.ownSettings(), p.table.settings...) {
		switch words := quoteShell(strings.Join(s.words, " ")); {
		case s.filename:
			fmt.Fprintf(b, "    --%s) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$word\"); return ;;\n", s.name)
		case s.isBool():
			fmt.Fprintf(b, "    --%s) if [[ $joined ]]; then COMPREPLY=($(compgen -W %s -- \"$word\")); return; fi ;;\n", s.name, words)
		case len(s.words) > 0:
			fmt.Fprintf(b, "    --%s) COMPREPLY=($(compgen -W %s -- \"$word\")); return ;;\n", s.name, words)
		default:
			fmt.Fprintf(b, "    --%s) return ;;\n", s.name)
		}
	}
}
