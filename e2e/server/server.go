package server

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"syscall"
	"time"
)

const (
	startTimeout = 30 * time.Second
	stopTimeout  = 15 * time.Second
)

// Server is a running server. Its creator stops it.
type Server struct {
	Name string // "reference" or "ioserver", for messages
	Addr string // host:port

	cmd    *exec.Cmd
	out    *output
	events *listener
	exited chan struct{}
	err    error // of the process, after exited
}

// Command is how to start one kind of server.
type Command struct {
	Name  string
	Args  []string       // program and arguments
	Dir   string         // working directory
	Ready *regexp.Regexp // a line of output; its group 1 is the port
}

// Start runs the command and returns when it is ready.
func Start(c Command) (*Server, error) {
	events, err := newListener()
	if err != nil {
		return nil, fmt.Errorf("listen for events: %w", err)
	}
	ready := make(chan string, 1)
	s := &Server{Name: c.Name, events: events, exited: make(chan struct{})}
	s.out = &output{line: func(line string) {
		if m := c.Ready.FindStringSubmatch(line); m != nil {
			select {
			case ready <- m[1]:
			default:
			}
		}
	}}
	s.cmd = exec.Command(c.Args[0], c.Args[1:]...)
	s.cmd.Dir = c.Dir
	s.cmd.Env = append(os.Environ(), "E2E_EVENTS="+events.conn.LocalAddr().String())
	s.cmd.Stdout, s.cmd.Stderr = s.out, s.out
	// a group of its own, so that a process that is left over can be found; and it dies with the tests, however they end
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		events.close()
		return nil, fmt.Errorf("start %s: %w", c.Name, err)
	}
	go func() {
		s.err = s.cmd.Wait()
		close(s.exited)
	}()
	select {
	case port := <-ready:
		s.Addr = "127.0.0.1:" + port
		return s, nil
	case <-s.exited:
		err = fmt.Errorf("%s ended before it was ready: %v\n%s", c.Name, s.err, s.out)
	case <-time.After(startTimeout):
		err = fmt.Errorf("%s was not ready within %v\n%s", c.Name, startTimeout, s.out)
	}
	s.kill()
	return nil, err
}

// PID is the server's first process.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Output is all that the server's processes have written.
func (s *Server) Output() string { return s.out.String() }

// URL is the server's address as clients take it.
func (s *Server) URL() string { return "http://" + s.Addr }

// Stop ends the server as a service manager does and returns an error when it
// does not end well or leaves a process behind.
func (s *Server) Stop() error {
	select {
	case <-s.exited:
		s.kill()
		return fmt.Errorf("%s had ended: %v", s.Name, s.err)
	default:
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop %s: %w", s.Name, err)
	}
	select {
	case <-s.exited:
	case <-time.After(stopTimeout):
		s.kill()
		return fmt.Errorf("%s did not end within %v", s.Name, stopTimeout)
	}
	err := s.err
	if leftOver := syscall.Kill(-s.PID(), 0); !errors.Is(leftOver, syscall.ESRCH) {
		err = errors.Join(err, fmt.Errorf("%s left processes behind", s.Name))
	}
	s.kill()
	return err
}

// kill ends whatever is left of the server's process group.
func (s *Server) kill() {
	if err := syscall.Kill(-s.PID(), syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		panic(err)
	}
	<-s.exited
	s.events.close()
}
