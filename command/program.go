package command

import (
	"flag"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// program is the command line: the table, the subcommands, and what is typed.
type program struct {
	table    *table // with the defaults
	commands []*subcommand
	line     given
	switches map[string]bool // flags of the subcommand that are on
	free     []string        // arguments of a subcommand that takes any
	out      io.Writer
}

// subcommand is what ioserver does instead of serving.
type subcommand struct {
	name      string
	usage     string
	words     []string // what its one argument may be; none: there is no argument
	many      bool     // there may be several arguments, or none
	own       *table   // flags of its own
	free      string   // what stands for arguments that may be anything; "": there are none
	least     int      // of these
	settings  bool     // it takes the server's flags
	switches  []switchFlag
	run       func(*program, string) error
	manual    string // a paragraph for the man page
	arguments string // in help
}

// switchFlag is a flag of a subcommand that is on or off.
type switchFlag struct{ name, usage string }

func newProgram() *program {
	return &program{
		table:    newTable(defaults()),
		commands: subcommands(),
		line:     make(given),
		switches: make(map[string]bool),
		out:      os.Stdout,
	}
}

// run does what the arguments say. The first of them is the program's name.
func (p *program) run(args []string) error {
	app := &cli.App{
		Name:                  "ioserver",
		Version:               version(),
		HideHelpCommand:       true,
		CustomAppHelpTemplate: literally(p.help()),
		Flags:                 p.table.flags(p.line),
		OnUsageError:          func(_ *cli.Context, err error, _ bool) error { return p.refused(err, nil) },
		ExitErrHandler:        func(*cli.Context, error) {}, // the status is ours to choose
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return p.unknown(c.Args().First())
			}
			return serve(p.line)
		},
	}
	for _, s := range p.commands {
		app.Commands = append(app.Commands, p.cli(s))
	}
	return app.Run(args)
}

// unknown refuses an argument that names no subcommand.
func (p *program) unknown(name string) error {
	var names []string
	list := ""
	for _, s := range p.commands {
		names = append(names, s.name)
		list += s.name + ", "
	}
	if near := nearest(name, names); near != "" {
		return &usageError{what: "command", given: name, problem: "there is no such, did you mean " + near + "?"}
	}
	return &usageError{what: "command", given: name, accepted: list + "or flags only (ioserver --help lists them)"}
}

// cli is a subcommand as package cli wants it.
func (p *program) cli(s *subcommand) *cli.Command {
	c := &cli.Command{
		Name:               s.name,
		HideHelpCommand:    true,
		CustomHelpTemplate: literally(p.helpOf(s)),
		OnUsageError: func(_ *cli.Context, err error, _ bool) error {
			return p.refused(err, s)
		},
	}
	own := make(given)
	c.Action = func(ctx *cli.Context) error {
		args, err := p.interspersed(ctx, c, s)
		if err != nil || args == nil {
			return err
		}
		if s.free != "" {
			if len(args) < s.least {
				return &usageError{what: s.name, accepted: s.free}
			}
			p.free, args = args, nil
		}
		argument, err := s.argument(args)
		if err != nil {
			return err
		}
		if err := s.take(own); err != nil {
			return err
		}
		return s.run(p, argument)
	}
	if s.own != nil {
		c.Flags = s.own.flags(own)
	}
	if s.settings {
		c.Flags = p.table.flags(p.line)
	}
	for _, f := range s.switches {
		c.Flags = append(c.Flags, &onOff{BoolFlag: cli.BoolFlag{Name: f.name}, switches: p.switches})
	}
	return c
}

// argument is the subcommand's argument, "" where it takes none.
func (s *subcommand) argument(args []string) (string, error) {
	if len(s.words) == 0 {
		if len(args) > 0 {
			return "", &usageError{what: s.name, given: args[0], accepted: "no argument"}
		}
		return "", nil
	}
	if s.many {
		for _, a := range args {
			if !slices.Contains(s.words, a) {
				return "", &usageError{what: s.name, given: a, accepted: s.arguments + didYouMean(a, s.words)}
			}
		}
		return strings.Join(args, " "), nil
	}
	if len(args) > 1 {
		return "", &usageError{what: s.name, given: args[1], accepted: "one argument"}
	}
	for _, w := range s.words {
		if len(args) == 1 && args[0] == w {
			return w, nil
		}
	}
	return "", &usageError{what: s.name, given: first(args), accepted: s.arguments}
}

func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

// onOff is a switchFlag as package cli wants it.
type onOff struct {
	cli.BoolFlag
	switches map[string]bool
}

// Apply registers the flag.
func (f *onOff) Apply(set *flag.FlagSet) error {
	set.BoolFunc(f.Name, "", func(v string) error {
		var on bool
		err := boolean(&on).set(v)
		f.switches[f.Name] = on
		return err
	})
	return nil
}
