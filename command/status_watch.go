package command

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	workerapi "github.com/ioserver/ioserver/worker/api"
)

const (
	// watchInterval is between two looks.
	watchInterval = time.Second
	// goneFor is how long a node is told of that is not there any more.
	goneFor = time.Minute
	// goneShown is of how many such nodes, the latest ones.
	goneShown = 5
)

// watch shows the cluster every second. What cannot be reached is shown as that,
// with what was seen last, and asked again.
type watch struct {
	caller *caller
	screen *screen
	nodes  []workerapi.Node // that were there at the last look
	gone   []absence        // the latest last
	seen   *workerapi.Status
	seenAt time.Time
}

// absence is a node that was there, and is not.
type absence struct {
	node  workerapi.Node
	since time.Time
}

// run ends with ctx, or where the screen takes nothing any more.
func (w *watch) run(ctx context.Context) error {
	s := w.screen
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	if s.terminal {
		if _, err := io.WriteString(s.out, otherScreen); err != nil {
			return err
		}
	}
	last, err := "", error(nil)
	for err == nil {
		_, status, failed := w.caller.ask(ctx)
		if ctx.Err() == nil {
			last = w.look(time.Now(), status, failed)
			err = s.show(last)
		}
		select {
		case <-tick.C:
			continue
		case <-ctx.Done():
		}
		break
	}
	if s.terminal { // what was seen last stays
		_, werr := io.WriteString(s.out, backAgain+last)
		if err == nil {
			err = werr
		}
	}
	return err
}

// look is what there is to see now.
func (w *watch) look(now time.Time, status *workerapi.Status, failed error) string {
	width, red := w.screen.width(), red
	if !w.screen.colours {
		red = ""
	}
	var b strings.Builder
	tell := func(text string) {
		for _, line := range wrapped(text, width) {
			b.WriteString(painted(line, red) + "\n")
		}
	}
	at := now.Format(time.TimeOnly)
	if failed == nil {
		w.compare(now, status)
		w.seen, w.seenAt = status, now
		b.WriteString(cut(at, width) + "\n")
	} else {
		tell(fmt.Sprintf("%s %v", at, failed))
		if w.seen == nil || !w.screen.terminal { // there it stands above
			return b.String()
		}
		b.WriteString(strings.Join(wrapped("as it was at "+w.seenAt.Format(time.TimeOnly)+":", width), "\n") + "\n")
	}
	for _, a := range w.gone {
		tell(fmt.Sprintf("node %d (%s) has been gone since %s", a.node.ID, oneLine(a.node.Host), a.since.Format(time.TimeOnly)))
	}
	b.WriteString(statusText(w.seen, width, w.screen.colours))
	return b.String()
}

// compare finds the nodes that are gone since the last look, and forgets those
// that have come back or are gone for long.
func (w *watch) compare(now time.Time, s *workerapi.Status) {
	there := func(n workerapi.Node) bool {
		return slices.ContainsFunc(s.Nodes, func(other workerapi.Node) bool { return other.Boot == n.Boot })
	}
	w.gone = slices.DeleteFunc(w.gone, func(a absence) bool { return now.Sub(a.since) > goneFor || there(a.node) })
	for _, n := range w.nodes {
		if !there(n) {
			w.gone = append(w.gone, absence{n, now})
		}
	}
	w.gone = w.gone[max(0, len(w.gone)-goneShown):]
	w.nodes = s.Nodes
}
