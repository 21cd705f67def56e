package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/ioserver/ioserver/bench/report"
)

// sweep measures every server with every number of clients.
func sweep(ctx context.Context, o *options) (*results, error) {
	for _, sub := range []string{"runs", "plots"} {
		if err := os.MkdirAll(filepath.Join(o.out, sub), 0o777); err != nil {
			return nil, err
		}
	}
	r := newResults(ctx, o)
	fmt.Printf("%s, %d cores, %s; a process may open %d files; others take %.2f cores\n",
		r.Machine.CPU, r.Machine.Cores, report.Bytes(r.Machine.Memory), o.limit, r.OthersBefore)
	for _, note := range r.Notes {
		fmt.Println("note:", note)
	}
	all := o.subjects()
	began, done, whole := time.Now(), 0, len(all)*len(o.clients)*o.repeat
	for _, clients := range o.clients {
		for _, s := range all {
			runs := make([]session, 0, o.repeat)
			for k := range o.repeat {
				done++
				told := fmt.Sprintf("[%d/%d] %s, %s clients", done, whole, s.name(), report.Count(int64(clients)))
				one, err := o.load(ctx, s, clients, k, told)
				if err != nil {
					return nil, err
				}
				runs = append(runs, one)
			}
			r.Rows = append(r.Rows, newRow(s, clients, runs))
		}
	}
	r.Seconds = time.Since(began).Round(time.Second).Seconds()
	r.OthersAfter = others(ctx)
	r.noteOthers()
	return r, ctx.Err()
}

// subjects are the servers, those of Node.js first.
func (o *options) subjects() (all []subject) {
	if o.node != "" {
		for _, n := range o.nodeWorkers {
			all = append(all, subject{kindNode, n})
		}
	}
	for _, n := range o.workers {
		all = append(all, subject{kindIOServer, n})
	}
	return all
}

// session is what bench said of a server: of all scenarios as fast as they go, and of
// echo at a rate.
type session struct {
	files       []string
	fast, paced *report.Report
}

// load starts a server and has it loaded, of which it tells.
func (o *options) load(ctx context.Context, s subject, clients, k int, told string) (session, error) {
	name := fmt.Sprintf("%s-%d-%d", s.kind, s.workers, clients)
	if o.repeat > 1 {
		name += "-" + strconv.Itoa(k+1)
	}
	base := filepath.Join(o.out, "runs", name)
	v, err := o.serve(ctx, s, base+".log")
	if err != nil {
		return session{}, err
	}
	fmt.Printf("%s: pid %d\n", told, v.cmd.Process.Pid)
	var one session
	one.fast, err = o.bench(ctx, v, clients, base, "connect", "idle", "echo", "broadcast", "polling")
	if err == nil {
		one.paced, err = o.bench(ctx, v, clients, base+"-paced", "echo", "--rate", strconv.FormatFloat(o.rate, 'f', -1, 64))
	}
	one.files = []string{name + ".json", name + "-paced.json"}
	if err != nil {
		err = fmt.Errorf("%s, %d clients: %w", s.name(), clients, err)
	}
	return one, errors.Join(err, v.stop())
}

// bench loads a server that serves. What it loses is in the report.
func (o *options) bench(ctx context.Context, v *server, clients int, base string, scenarios ...string) (*report.Report, error) {
	args := append([]string{o.binary, "bench"}, scenarios...)
	args = append(args, "--url", v.url, "--pid", strconv.Itoa(v.cmd.Process.Pid), "--clients", strconv.Itoa(clients),
		"--threads", strconv.Itoa(o.threads), "--duration", o.duration.String(), "--warmup", o.warmup.String(),
		"--trigger", v.trigger, "--json", base+".json", "--html", base+".html")
	if v.token != "" {
		args = append(args, "--trigger-header", "Authorization: Bearer "+v.token)
	}
	c := command(ctx, args...)
	table, err := os.Create(base + ".txt")
	if err != nil {
		return nil, err
	}
	defer table.Close()
	c.Stdout, c.Stderr = table, os.Stderr
	err = c.Run()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	// 1 says that something was lost, which the report has.
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == statusFailed) {
		return nil, fmt.Errorf("ioserver bench: %w", err)
	}
	b, err := os.ReadFile(base + ".json")
	if err != nil {
		return nil, err
	}
	r := new(report.Report)
	if err := json.Unmarshal(b, r); err != nil {
		return nil, fmt.Errorf("%s.json: %w", base, err)
	}
	return r, nil
}
