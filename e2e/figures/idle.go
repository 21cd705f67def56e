package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

const (
	idleKB     = 3.5
	idleCPU    = 8 // % of a core
	idleCrowds = 4
)

// idle keeps clients for minutes, in several processes because of the limit on
// descriptors, and lets each ask for an acknowledgement at the end.
func idle(b *bench) error {
	t, err := b.demo(b.count(8, 2))
	if err != nil {
		return err
	}
	if err := restful(b); err != nil {
		return err
	}
	before, err := t.pss()
	if err != nil {
		return err
	}
	each := b.count(16_000, 50)
	var crowds crowds
	defer crowds.kill()
	clients, err := crowds.start(t.addr.String(), each)
	if err != nil {
		return err
	}
	if err := restful(b); err != nil { // the last heartbeats of connecting
		return err
	}
	length := b.options.idle
	if b.tiny {
		length = b.span(length)
	}
	spent, err := t.spent(func() error {
		select {
		case <-b.ctx.Done():
			return b.ctx.Err()
		case <-time.After(length):
			return nil
		}
	})
	if err != nil {
		return err
	}
	after, err := t.pss()
	if err != nil {
		return err
	}
	alive, err := crowds.alive()
	if err != nil {
		return err
	}
	if alive != clients || clients != each*idleCrowds {
		err = fmt.Errorf("%d of %d clients connected, %d alive after %v", clients, each*idleCrowds, alive, length)
	}
	b.tell(figure{name: fmt.Sprintf("memory a client, of %d", clients), value: (after - before) / float64(clients), unit: "kB PSS", how: alone, target: idleKB})
	b.tell(figure{name: "memory before, all processes", value: before / 1000, unit: "MB PSS", how: alone, open: true})
	b.tell(figure{name: "memory with them, all processes", value: after / 1000, unit: "MB PSS", how: alone, open: true})
	b.tell(figure{name: "CPU", value: 100 * spent.Seconds() / length.Seconds(), unit: "% core", how: alone, target: idleCPU})
	b.tell(figure{name: "clients not alive after " + length.String(), value: float64(each*idleCrowds - alive), unit: "clients", how: alone, target: 0})
	return err
}

// crowds are the processes with clients.
type crowds []*crowdProcess

// start starts them all with so many clients each, and counts those.
func (all *crowds) start(addr string, each int) (clients int, err error) {
	for i := range idleCrowds {
		c, err := startCrowd(addr, i*each, each)
		if err != nil {
			return clients, err
		}
		*all = append(*all, c)
		n, err := c.number("ready")
		if err != nil {
			return clients, err
		}
		clients += n
	}
	return clients, nil
}

func (all crowds) alive() (clients int, err error) {
	for _, c := range all {
		n, err := c.ask("alive")
		if err != nil {
			return clients, err
		}
		clients += n
	}
	return clients, nil
}

func (all *crowds) kill() {
	for _, c := range *all {
		c.kill()
	}
}

// crowdProcess is a process with clients.
type crowdProcess struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func startCrowd(addr string, first, count int) (*crowdProcess, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &crowdProcess{cmd: exec.Command(self, crowdCommand, addr, fmt.Sprint(first), fmt.Sprint(count))}
	c.cmd.Stderr = os.Stderr
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = bufio.NewReader(out)
	return c, c.cmd.Start()
}

// number reads a line "WORD NUMBER".
func (c *crowdProcess) number(word string) (n int, err error) {
	line, err := c.out.ReadString('\n')
	if err != nil {
		return 0, fmt.Errorf("clients' process: %w", err)
	}
	if _, err := fmt.Sscanf(line, word+" %d\n", &n); err != nil {
		return 0, fmt.Errorf("clients' process says %q: %w", line, err)
	}
	return n, nil
}

func (c *crowdProcess) ask(word string) (int, error) {
	if _, err := io.WriteString(c.in, word+"\n"); err != nil {
		return 0, err
	}
	return c.number(word)
}

func (c *crowdProcess) kill() {
	err := errors.Join(c.in.Close(), c.cmd.Process.Kill())
	_ = errors.Join(err, c.cmd.Wait()) // it was killed
}
