package worker

import (
	"sync"

	"github.com/ioserver/ioserver/fdpass/turnstile"
	"github.com/ioserver/ioserver/worker/engineio"
	"github.com/ioserver/ioserver/worker/loop"
)

// guests tells the master what becomes of the client connections that it passes here: whose each descriptor is, from the inbox until it
// is closed, or handed to another slot. A nil guests is for a server that counts no connections, and does nothing.
//
// The lock is taken when a connection comes or goes, or changes its descriptor, never for what it carries. Its methods are for any
// goroutine.
type guests struct {
	notes *turnstile.Writer

	mu   sync.Mutex
	open []guest // by descriptor
}

type guest struct {
	site uint64
	here bool
}

// came takes a connection out of the inbox.
func (g *guests) came(fd int, site uint64) {
	if g == nil {
		return
	}
	g.notes.Note(turnstile.Event{Kind: turnstile.Taken, Site: site})
	g.mu.Lock()
	defer g.mu.Unlock()
	g.put(fd, site)
}

// put notes whose fd is. Whoever had it before has ended, without a word.
func (g *guests) put(fd int, site uint64) {
	for fd >= len(g.open) {
		g.open = append(g.open, make([]guest, max(64, len(g.open)))...)
	}
	if old := g.open[fd]; old.here {
		g.notes.Note(turnstile.Event{Kind: turnstile.Ended, Site: old.site})
	}
	g.open[fd] = guest{site, true}
}

// take forgets fd.
func (g *guests) take(fd int) (site uint64, here bool) {
	if fd < 0 || fd >= len(g.open) || !g.open[fd].here {
		return 0, false
	}
	site = g.open[fd].site
	g.open[fd] = guest{}
	return site, true
}

// moved has the connection of one descriptor go on with another.
func (g *guests) moved(from, to int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if site, here := g.take(from); here {
		g.put(to, site)
	}
}

// closing notes that a connection ends. Descriptors of others are passed over.
func (g *guests) closing(fd int) {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if site, here := g.take(fd); here {
		g.notes.Note(turnstile.Event{Kind: turnstile.Ended, Site: site})
	}
}

// handing notes that a connection is about to be put into another slot's inbox, and returns what it is to count for there. Where that
// fails, lost has to be told.
func (g *guests) handing(fd int, slot uint8) (site uint64, counted bool) {
	if g == nil {
		return 0, false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if site, counted = g.take(fd); counted {
		g.notes.Note(turnstile.Event{Kind: turnstile.Handed, To: slot, Site: site})
	}
	return site, counted
}

// lost notes that one could not be handed over, and is closed.
func (g *guests) lost(site uint64, slot uint8) {
	g.notes.Note(turnstile.Event{Kind: turnstile.Lost, To: slot, Site: site})
}

// flush writes what found no room before.
func (g *guests) flush() {
	if g != nil {
		g.notes.Flush()
	}
}

// countGuests begins to count, where the master wants that.
func (w *worker) countGuests() error {
	if !w.hello.Turnstile {
		return nil
	}
	board, err := turnstile.Open(w.control.Turnstile(w.hello.Slots), w.hello.Slots)
	if err != nil {
		return err
	}
	w.guests = &guests{notes: board.Writer(w.hello.Slot)} // the memory is this process's until its end
	return nil
}

func (w *worker) loopOptions() loop.Options {
	o := loop.Options{Logger: w.logger}
	if w.guests != nil {
		o.Closing = w.guests.closing
	}
	return o
}

func (w *worker) watch() *engineio.Watch {
	if w.guests == nil {
		return nil
	}
	return &engineio.Watch{Moved: w.guests.moved, Closing: w.guests.closing}
}
