package bench

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/ioserver/ioserver/bench/load"
	"github.com/ioserver/ioserver/bench/report"
	"golang.org/x/sys/unix"
)

const (
	plainEvery = 5 * time.Second // between lines where there is no terminal
	barWidth   = 24
)

// progress tells how it goes: a line that changes on a terminal, else a line now
// and then.
type progress struct {
	to       io.Writer
	terminal bool
	width    int
	shown    bool // there is something on the line
	last     time.Time
	name     string
	answers  int64 // of the look before
}

func newProgress(to io.Writer) *progress {
	p := &progress{to: to, last: time.Now()}
	if f, ok := to.(*os.File); ok {
		if size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ); err == nil {
			p.terminal, p.width = true, max(int(size.Col), 40)
		}
	}
	return p
}

// show tells of a look at a scenario, of which a part is done.
func (p *progress) show(name string, part float64, s load.Snapshot) {
	answers := s.Counts.Acks + s.Counts.Deliveries + s.Counts.Opened
	if name != p.name {
		p.name, p.answers = name, 0
	}
	rate := float64(answers-p.answers) / max(s.Interval.Seconds(), 1e-3)
	p.answers = answers
	text := p.text(name, s, rate)
	if p.terminal {
		p.line(bar(part) + " " + text)
		return
	}
	if time.Since(p.last) >= plainEvery {
		p.last = time.Now()
		fmt.Fprintf(p.to, "%3.0f%% %s\n", 100*min(max(part, 0), 1), text)
	}
}

func (p *progress) text(name string, s load.Snapshot, rate float64) string {
	text := fmt.Sprintf("%-9s %s clients", name, report.Count(s.Counts.Ready))
	if rate > 0 {
		text += ", " + report.Rate(rate) + " a second"
	}
	if s.Latency.TotalCount() > 0 {
		text += ", p99 " + report.Duration(report.Milliseconds(s.Latency.ValueAtPercentile(99)))
	}
	if s.Counts.LostClients > 0 {
		text += ", " + report.Count(s.Counts.LostClients) + " LOST"
	}
	if s.Elapsed < 0 {
		text += ", warming up"
	}
	return text
}

func bar(part float64) string {
	full := int(min(max(part, 0), 1) * barWidth)
	return "[" + strings.Repeat("#", full) + strings.Repeat(".", barWidth-full) + "]"
}

// say tells what is done beside the scenarios, on a terminal.
func (p *progress) say(text string) {
	if p.terminal {
		p.line(text)
	}
}

func (p *progress) line(text string) {
	if r := []rune(text); len(r) > p.width-1 {
		text = string(r[:p.width-1])
	}
	fmt.Fprintf(p.to, "\r\x1b[K%s", text)
	p.shown = true
}

// end leaves the line empty.
func (p *progress) end() {
	if p.shown {
		fmt.Fprint(p.to, "\r\x1b[K")
		p.shown = false
	}
}
