package command

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"
)

// interspersed parses flags that come behind arguments, which package cli takes
// for arguments too, where the subcommand has flags of its own. What it returns
// are the arguments; nil where help was asked for, and printed.
func (p *program) interspersed(ctx *cli.Context, c *cli.Command, s *subcommand) ([]string, error) {
	rest, args := ctx.Args().Slice(), []string{}
	if s.own == nil {
		return rest, nil
	}
	for len(rest) > 0 {
		if rest[0] == "--" {
			return append(args, rest[1:]...), nil
		}
		if !strings.HasPrefix(rest[0], "-") {
			args, rest = append(args, rest[0]), rest[1:]
			continue
		}
		set := flag.NewFlagSet(s.name, flag.ContinueOnError)
		set.SetOutput(io.Discard)
		set.Usage = func() {}
		for _, f := range c.Flags {
			if err := f.Apply(set); err != nil {
				return nil, err
			}
		}
		err := set.Parse(rest)
		if h := set.Lookup("help"); errors.Is(err, flag.ErrHelp) || h != nil && h.Value.String() == "true" {
			_, err := fmt.Fprint(p.out, p.helpOf(s))
			return nil, err
		}
		if err != nil {
			return nil, p.refused(err, s)
		}
		rest = set.Args()
	}
	return args, nil
}

// take sets the subcommand's own flags as they were given.
func (s *subcommand) take(line given) error {
	if s.own == nil {
		return nil
	}
	for _, f := range s.own.settings {
		values, ok := line[f.name]
		if !ok {
			continue
		}
		if err := f.assign(values, source{kind: onCommandLine}); err != nil {
			return err
		}
	}
	return nil
}
