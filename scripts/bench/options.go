package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// What a process needs of descriptors: two for each client, which polls with one
// and posts with another, and some for everything else.
const (
	descriptorsEach  = 2
	descriptorsSpare = 256
)

// options are what is measured.
type options struct {
	binary string // ioserver
	node   string // the folder of the application on Node.js; "": it is not measured
	out    string // folder of the report
	docs   string // folder of the documentation; "": it stays as it is

	workers     numbers
	nodeWorkers numbers
	clients     numbers
	duration    time.Duration
	warmup      time.Duration
	rate        float64
	repeat      int
	threads     int

	limit   uint64 // descriptors a process may open
	reduced string // says how, where there are fewer clients than were asked for
}

// numbers are a list with commas between.
type numbers []int

func (n *numbers) String() string {
	words := make([]string, len(*n))
	for i, v := range *n {
		words[i] = strconv.Itoa(v)
	}
	return strings.Join(words, ",")
}

func (n *numbers) Set(text string) error {
	var all numbers
	for word := range strings.SplitSeq(text, ",") {
		v, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || v < 1 || v > 1e6 {
			return errors.New("accepted: numbers from 1 with commas between")
		}
		all = append(all, v)
	}
	slices.Sort(all)
	*n = slices.Compact(all)
	return nil
}

// parse reads the command line. What is wrong with it is the error, help is
// written to w.
func parse(args []string, w io.Writer) (*options, error) {
	cores := runtime.NumCPU()
	o := &options{}
	var quick bool
	f := flag.NewFlagSet("bench.sh", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.BoolVar(&quick, "quick", false, "a run of about a minute: one and as many workers as cores, 500 clients, 1s")
	f.Var(&o.workers, "workers", "`NUMBERS` of ioserver's workers (default: those of 1,2,4,8 up to four times the cores)")
	f.Var(&o.nodeWorkers, "node-workers", "`NUMBERS` of Node.js's (default: 1, and the cores, 2 to 8); 1 is no cluster")
	f.Var(&o.clients, "clients", "`NUMBERS` of clients (default: 1000,5000)")
	f.DurationVar(&o.duration, "duration", 0, "`TIME` of a scenario (default: 3s)")
	f.Float64Var(&o.rate, "rate", 2000, "`NUMBER` of acknowledgements a second, where their latency is measured")
	f.IntVar(&o.repeat, "repeat", 1, "`TIMES` that each is measured, of which the report has the median")
	f.IntVar(&o.threads, "threads", max(1, min(cores/4, 8)), "`NUMBER` of the load's threads")
	f.StringVar(&o.out, "out", "", "`FOLDER` for the report (default: benchmarks/ and the time)")
	f.StringVar(&o.docs, "docs", "", "")
	f.StringVar(&o.binary, "binary", "bin/ioserver", "")
	f.StringVar(&o.node, "node", "", "")
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			help(f, w)
		}
		return nil, err
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("unknown argument %q (--help lists them)", f.Arg(0))
	}
	if o.rate <= 0 || o.repeat < 1 || o.threads < 1 || o.duration < 0 {
		return nil, errors.New("--rate, --repeat, --threads and --duration have to be over 0")
	}
	o.complete(quick, cores)
	return o, o.descriptors()
}

// help is printed by hand: flags are written with two dashes everywhere else, and
// those that only the script gives are nobody's business.
func help(f *flag.FlagSet, w io.Writer) {
	fmt.Fprint(w, "scripts/bench.sh [FLAGS]\n\nMeasures ioserver on this machine, and Node.js beside it, and writes a report.\n\n")
	f.VisitAll(func(one *flag.Flag) {
		if one.Usage == "" {
			return
		}
		name, usage := flag.UnquoteUsage(one)
		if one.DefValue != "" && one.DefValue != "false" && !strings.Contains(usage, "(default") {
			usage += " (default: " + one.DefValue + ")"
		}
		fmt.Fprintf(w, "  %-24s %s\n", "--"+one.Name+" "+name, usage)
	})
	fmt.Fprintf(w, "  %-24s %s\n", "--no-node", "leave Node.js out; it is without npm, too")
	fmt.Fprintf(w, "  %-24s %s\n", "--docs", "write docs/benchmarks.md and its plots as well")
	fmt.Fprint(w, "\nThe exit status is 1 where ioserver lost anything. Nothing else should run meanwhile.\n")
}

// complete fills in what was not said.
func (o *options) complete(quick bool, cores int) {
	usual := func(n *numbers, all ...int) {
		if len(*n) == 0 {
			slices.Sort(all)
			*n = slices.Compact(all)
		}
	}
	if quick {
		usual(&o.workers, 1, max(2, cores))
		usual(&o.clients, 500)
		o.duration = cmp.Or(o.duration, time.Second)
	}
	usual(&o.workers, slices.DeleteFunc([]int{1, 2, 4, 8}, func(n int) bool { return n > 4*cores })...)
	usual(&o.nodeWorkers, 1, min(max(2, cores), 8))
	usual(&o.clients, 1000, 5000)
	o.duration = cmp.Or(o.duration, 3*time.Second)
	o.warmup = min(time.Second, o.duration)
	o.out = cmp.Or(o.out, "benchmarks/"+time.Now().Format("2006-01-02-150405"))
}

// descriptors has no more clients than the load, or a lone worker, can hold.
func (o *options) descriptors() error {
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
		return fmt.Errorf("descriptor limit: %w", err)
	}
	o.limit = l.Max
	most := (int(min(l.Max, 1<<30)) - descriptorsSpare) / descriptorsEach
	if most < 1 {
		return fmt.Errorf("a process may open %d files only: raise that (ulimit -n)", l.Max)
	}
	if asked := o.clients.String(); o.clients[len(o.clients)-1] > most {
		for i, n := range o.clients {
			o.clients[i] = min(n, most)
		}
		o.clients = slices.Compact(o.clients)
		o.reduced = fmt.Sprintf("clients reduced from %s to %s: a process may open %d files, and needs two for each client; raise that (ulimit -n) for more", asked, o.clients.String(), l.Max)
	}
	return nil
}
