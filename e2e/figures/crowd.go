package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"time"

	"github.com/ioserver/ioserver/e2e/figures/lean"
)

// crowdCommand is the first argument of a process that is clients of another's.
const crowdCommand = "crowd"

const crowdSources = 500

// crowd connects clients, says "ready N", answers heartbeats, and where it is told
// "alive" has every client ask something and says "alive N". It ends with its input.
func crowd(args []string, in io.Reader, out io.Writer) error {
	if len(args) != 3 {
		return errors.New("ADDRESS FIRST COUNT")
	}
	addr, err1 := netip.ParseAddrPort(args[0])
	first, err2 := strconv.Atoi(args[1])
	count, err3 := strconv.Atoi(args[2])
	l, err4 := lean.NewLoop()
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return err
	}
	defer l.Close()
	f, err := lean.Open(l, lean.Options{Target: addr, Clients: count, First: first, Sources: lean.Sources(crowdSources)}, patience)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "ready %d\n", f.Ready)
	asked := make(chan string)
	go func() {
		defer close(asked)
		for s := bufio.NewScanner(in); s.Scan(); {
			asked <- s.Text()
		}
	}()
	for {
		select {
		case _, more := <-asked:
			if !more {
				return nil
			}
			fmt.Fprintf(out, "alive %d\n", living(f))
		default:
			if err := f.Turn(100 * time.Millisecond); err != nil {
				return err
			}
		}
	}
}

// living counts the clients that get an answer.
func living(f *lean.Fleet) int {
	var ready []*lean.Client
	for _, c := range f.Clients {
		if c.Ready() {
			ready = append(ready, c)
		}
	}
	answered, next := 0, 0
	f.OnAck = func(*lean.Client, []byte) { answered++ }
	for next < len(ready) {
		ready[next].Ask(echo)
		next++
		if err := f.Until(patience, func() bool { return next-answered < 64 || f.Lost > 0 }); err != nil {
			return answered
		}
	}
	_ = f.Until(patience, func() bool { return answered == len(ready) || f.Lost > 0 }) // the number tells
	return answered
}
