package command

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"github.com/ioserver/ioserver/command/logging"
	"github.com/ioserver/ioserver/command/systemd"
	"github.com/ioserver/ioserver/master"
)

// serve is the master role: until a signal, or a second one.
func serve(line given) error {
	// From now on, since a SIGHUP that nobody heeds ends the process. One that waits
	// covers those behind it.
	hangup := newHangup()
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	c, err := load(line)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	// A log or a banner that nobody reads any more must not end the server.
	signal.Ignore(syscall.SIGPIPE)
	kill := make(chan struct{})
	ended := make(chan struct{})
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(ended)
	wg.Go(func() { obeySignals(cancel, func() { close(kill) }, ended) })

	mo, err := c.master()
	if err != nil {
		return err
	}
	if err := c.inherit(&mo); err != nil {
		return err
	}
	if err := errors.Join(c.peering.probe(), c.probeCredentials()); err != nil {
		return err
	}
	log := logging.New(os.Stderr, c.logging)
	defer log.Close()
	mo.Logger, mo.Kill = log.Logger(), kill
	c.caution(mo.Logger)
	r := newReloader(line, c, log, attend(&mo, c))
	mo.Reload = r.out
	stop := r.start(hangups, hangup, cancel)
	defer stop()
	debug.SetGCPercent(masterGarbage)
	return master.Run(ctx, mo)
}

// masterGarbage, in percent of the 4 MB that the runtime else lets pile up: a
// master keeps next to nothing, and what a rush of connections leaves behind
// would stay for good.
const masterGarbage = 20

// sameSignal is how soon after the first a signal of the same kind is still that
// one: timeout(1) and others send theirs to a process and then to its group.
const sameSignal = 500 * time.Millisecond

// obeySignals lets the first signal end the server in order, and a second one at
// once.
func obeySignals(end, kill func(), ended <-chan struct{}) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	defer signal.Stop(signals)
	var first os.Signal
	var since time.Time
	for {
		select {
		case s := <-signals:
			switch {
			case first == nil:
				first, since = s, time.Now()
				end()
			case s != first || time.Since(since) > sameSignal:
				kill()
				return
			}
		case <-ended:
			return
		}
	}
}

// inherit gives the master the sockets that the service manager has opened.
// Those for clients take the place of the address that nobody has asked for.
func (c *configuration) inherit(mo *master.Options) error {
	sockets, err := systemd.Inherited()
	if err != nil {
		return err
	}
	for _, s := range sockets {
		mo.Inherited = append(mo.Inherited, master.Inherited{File: s.File, Name: s.Name, API: s.API})
		if !s.API && c.setting("listen").from.kind == byDefault {
			mo.Listen = nil
		}
		if s.API && len(c.tokens.hashes) == 0 && !isUnix(s.File) {
			return errors.Join(&usageError{what: "the API's socket " + oneLine(s.Name), problem: tokenNeeded}, closeAll(sockets))
		}
	}
	return nil
}

func isUnix(f *os.File) bool {
	raw, err := f.SyscallConn()
	if err != nil {
		return false
	}
	unix := false
	err = raw.Control(func(fd uintptr) {
		address, err := syscall.Getsockname(int(fd))
		_, is := address.(*syscall.SockaddrUnix)
		unix = err == nil && is
	})
	return err == nil && unix
}

func closeAll(sockets []systemd.Socket) error {
	var errs []error
	for _, s := range sockets {
		errs = append(errs, s.File.Close())
	}
	return errors.Join(errs...)
}
