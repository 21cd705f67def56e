package api

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	natsserver "github.com/nats-io/nats-server/v2/server"

	"github.com/ioserver/ioserver/e2e/await"
	"github.com/ioserver/ioserver/e2e/crowd"
)

// types runs ioserver's command line against a server's API.
func (p *place) types(args ...string) (out string, code int) {
	p.t.Helper()
	cmd := exec.CommandContext(within(p.t, patience), program, append(args, "--api=unix:"+p.unix)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		p.t.Fatal(err)
	}
	return stdout.String() + stderr.String(), cmd.ProcessState.ExitCode()
}

// says checks what the command line prints, and that it went well.
func (p *place) says(want string, args ...string) {
	p.t.Helper()
	if out, code := p.types(args...); out != want || code != 0 {
		p.t.Errorf("%q: status %d, %q, want %q", args, code, out, want)
	}
}

// twoNodes are two machines' servers, one of eight workers, each with clients.
func twoNodes(t *testing.T) (places []*place, members []*member) {
	t.Helper()
	_, port := runNATS(t, natsserver.RANDOM_PORT)
	nats := fmt.Sprintf("--nats=nats://127.0.0.1:%d", port)
	places = []*place{serve(t, nil, nats, "--balance=round-robin"), serve(t, nil, nats, "--balance=round-robin", "--workers=2")}
	until(t, "both machines serve", places, func(_ int, s status, code int) string {
		if len(s.Nodes) != 2 || !s.Serving || code != 0 || s.Bus.Peers != workers+1 {
			return "not all serve"
		}
		return ""
	})
	members = append(places[0].gather(2*workers, crowd.Kinds()...), places[1].gather(4, crowd.Kinds()...)...)
	everywhere(t, members[:2*workers])
	return places, members
}

// What is typed at either machine is done at both, on all workers.
func TestTerminal(t *testing.T) {
	t.Parallel()
	places, members := twoNodes(t)
	var ids []string
	for _, m := range members {
		ids = append(ids, m.ID)
	}
	slices.Sort(ids)
	for i, p := range places {
		listed := func(args ...string) (got []string) {
			t.Helper()
			out, code := p.types(append([]string{"sockets", "--json"}, args...)...)
			if code != 0 {
				t.Errorf("%q: status %d, %s", args, code, out)
			}
			for line := range strings.Lines(out) {
				var s struct{ ID string }
				if err := json.Unmarshal([]byte(line), &s); err != nil {
					t.Errorf("%s: %v", line, err)
				}
				got = append(got, s.ID)
			}
			return got
		}
		times := 0 // in succession: until then a worker that has just begun may not know all others
		await.Eventually(t, patience, "every worker lists all sockets", func() (bool, string) {
			got := listed()
			if times++; !slices.Equal(got, ids) {
				times = 0
			}
			return times == workers, fmt.Sprintf("machine %d lists %d sockets of %d", i, len(got), len(ids))
		})
		room := fmt.Sprint("room ", i)
		first, last := members[0], members[len(members)-1]
		p.says("", "join", "--room", first.ID, "--room", last.ID, room, "both")
		await.Eventually(t, patience, "the room is there", func() (bool, string) {
			out, _ := p.types("rooms")
			return strings.Contains(out, room+"  2\n"), out
		})
		if got := listed("--room", room); len(got) != 2 || !slices.Contains(got, first.ID) || !slices.Contains(got, last.ID) {
			t.Errorf("%q are in the room", got)
		}
		p.says("", "emit", crowd.Numbers, fmt.Sprint("terminal", i), "1", "--room", room)
		for j, m := range []*member{first, last, members[1]} {
			if heard := j < 2; heard && !m.Await(within(t, patience).Done(), fmt.Sprint("terminal", i), 1) {
				t.Errorf("member %d has not heard", j)
			} else if !heard && m.Total() != 0 {
				t.Errorf("member %d has heard what is not for it", j)
			}
		}
		p.says("", "leave", "--socket", first.ID, room)
		await.Eventually(t, patience, "one is left", func() (bool, string) {
			out, _ := p.types("rooms")
			return strings.Contains(out, room+"  1\n"), out
		})
	}
	endAndRefuse(t, places, members[len(members)-1])
}

// endAndRefuse ends one, and types what cannot be done.
func endAndRefuse(t *testing.T, places []*place, gone *member) {
	t.Helper()
	if out, code := places[0].types("disconnect"); code != 2 || !strings.Contains(out, "for whom?") {
		t.Errorf("everybody is disconnected: %d, %s", code, out)
	}
	places[0].says("", "disconnect", "--socket", gone.ID)
	await.Eventually(t, patience, "it has ended", func() (bool, string) {
		out, code := places[0].types("disconnect", "--socket", gone.ID)
		return code == 1 && strings.Contains(out, "there is no socket"), out
	})
	if out, code := places[1].types("emit", "disconnect"); code != 1 || !strings.Contains(out, "belongs to the protocol") {
		t.Errorf("%d, %s", code, out)
	}
	if out, code := places[1].types("sockets", "--limit=3"); code != 1 || strings.Count(out, "\n") != 1+3+1 || !strings.Contains(out, "raise --limit") {
		t.Errorf("%d, %s", code, out)
	}
}

// tailed is a tail in a terminal.
type tailed struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines *bufio.Scanner
}

func (p *place) tail(args ...string) *tailed {
	p.t.Helper()
	cmd := exec.CommandContext(within(p.t, 2*patience), program, append([]string{"tail", "--json", "--api=unix:" + p.unix}, args...)...)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return &tailed{p.t, cmd, bufio.NewScanner(out)}
}

type tailRecord struct {
	Kind, ID, Event, Reason string
	Node, Slot              int
	Args                    []any
}

func (l *tailed) next() (r tailRecord) {
	l.t.Helper()
	for l.lines.Scan() {
		r = tailRecord{}
		if err := json.Unmarshal(l.lines.Bytes(), &r); err != nil {
			l.t.Fatalf("%s: %v", l.lines.Bytes(), err)
		}
		if r.Kind != "alive" {
			return r
		}
	}
	l.t.Fatalf("no more lines: %v", l.lines.Err())
	return r
}

// stop ends it as a person does.
func (l *tailed) stop() {
	l.t.Helper()
	_ = l.cmd.Process.Signal(syscall.SIGINT)
	_, _ = io.Copy(io.Discard, &scanned{l.lines})
	if err := l.cmd.Wait(); err != nil {
		l.t.Errorf("tail: %v", err)
	}
}

// scanned reads the rest of what a scanner has.
type scanned struct{ *bufio.Scanner }

func (s *scanned) Read([]byte) (int, error) {
	if s.Scan() {
		return 0, nil
	}
	return 0, io.EOF
}

// A tail at one machine shows what the clients of both do, on all workers, in
// the order of each.
func TestTailOfTwoMachines(t *testing.T) {
	t.Parallel()
	places, members := twoNodes(t)
	l := places[1].tail("--kind=event", "--kind=disconnect", "--event=remember")
	tells := make(map[[2]int]bool)
	for len(tells) < workers+2 {
		r := l.next()
		if r.Kind != "watching" {
			t.Fatalf("%+v", r)
		}
		tells[[2]int{r.Node, r.Slot}] = true
	}
	const words = 5
	for _, m := range members {
		for n := 1; n <= words; n++ {
			if err := m.Emit("remember", m.ID, n); err != nil {
				t.Fatal(err)
			}
		}
	}
	heard := make(map[string]int)
	for range words * len(members) {
		r := l.next()
		if heard[r.ID]++; r.Event != "remember" || len(r.Args) != 2 || r.Args[0] != r.ID || r.Args[1] != float64(heard[r.ID]) || !tells[[2]int{r.Node, r.Slot}] {
			t.Fatalf("%+v", r)
		}
	}
	places[0].says("", "disconnect", "--all")
	for range members {
		if r := l.next(); r.Kind != "disconnect" || heard[r.ID] != words || r.Reason == "" {
			t.Errorf("%+v", r)
		} else {
			heard[r.ID] = 0
		}
	}
	l.stop()
	for _, p := range places {
		await.Eventually(t, patience, "nobody looks", func() (bool, string) {
			m := p.metrics()
			return m.sum("ioserver_api_tails") == 0, fmt.Sprint(m.sum("ioserver_api_tails"))
		})
	}
}

// What was asked for is not there any more when the server ends: the command
// says so.
func TestTailOfAServerThatEnds(t *testing.T) {
	t.Parallel()
	p := serve(t, nil, "--workers=2")
	l := p.tail()
	for range 2 {
		l.next()
	}
	p.stopped = true
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, &scanned{l.lines})
	if err := l.cmd.Wait(); err == nil || l.cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("%v", err)
	}
}
