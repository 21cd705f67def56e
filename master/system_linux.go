package master

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// system is what supervision asks of the operating system, so that it can be tested without processes.
type system struct {
	// start runs this program again under the given title; its descriptors 3, 4, 5... are duplicates of files.
	start func(title string, files []int) (process, error)
	// descriptors is how many this process may have; 0: any number.
	descriptors int
}

// process is a started child.
type process interface {
	Pid() int
	Wait() string // until it has ended, once; says how it ended
	Kill()        // SIGKILL; harmless when it has ended
}

// private begins the environment variables that children do not get. IOSERVER_ sets ioserver's own options: children have theirs over
// the control channel, and what they cannot see they cannot leak. The others are the service manager's words to the master alone.
var private = []string{"IOSERVER_", "NOTIFY_SOCKET=", "LISTEN_", "WATCHDOG_"}

func realSystem() system {
	sys := system{start: startProcess}
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) == nil {
		sys.descriptors = int(min(limit.Cur, 1<<30))
	}
	return sys
}

func startProcess(title string, files []int) (process, error) {
	null, err := unix.Open(os.DevNull, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("open", err)
	}
	defer unix.Close(null)
	inherited := []uintptr{uintptr(null), 1, 2}
	for _, fd := range files {
		inherited = append(inherited, uintptr(fd))
	}
	p := &linuxProcess{pidfd: -1}
	// The running binary itself, whatever has been put in its place since.
	p.pid, _, err = syscall.StartProcess("/proc/self/exe", []string{title}, &syscall.ProcAttr{
		Env: childEnvironment(), Files: inherited, Sys: &syscall.SysProcAttr{PidFD: &p.pidfd},
	})
	if err != nil {
		return nil, os.NewSyscallError("fork/exec", err)
	}
	return p, nil
}

func childEnvironment() []string {
	var kept []string
	for _, v := range os.Environ() {
		if !slices.ContainsFunc(private, func(prefix string) bool { return strings.HasPrefix(v, prefix) }) {
			kept = append(kept, v)
		}
	}
	return kept
}

type linuxProcess struct {
	pid, pidfd int
	mu         sync.Mutex
	ended      bool // the pid may be another's from now on
}

func (p *linuxProcess) Pid() int { return p.pid }

func (p *linuxProcess) Kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ended {
		_ = unix.Kill(p.pid, unix.SIGKILL)
	}
}

// Wait waits in Go's poller, so that 256 children do not hold 256 threads; on a kernel without pidfd it holds one.
func (p *linuxProcess) Wait() string {
	if p.pidfd >= 0 {
		if unix.SetNonblock(p.pidfd, true) == nil {
			file := os.NewFile(uintptr(p.pidfd), "pidfd")
			defer file.Close()
			if raw, err := file.SyscallConn(); err == nil {
				_ = raw.Read(func(fd uintptr) bool {
					fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
					n, err := unix.Poll(fds, 0)
					return n > 0 || err != nil && err != unix.EINTR
				})
			}
		} else {
			defer unix.Close(p.pidfd)
		}
	}
	return p.reap()
}

func (p *linuxProcess) reap() string {
	var info unix.Siginfo
	for unix.Waitid(unix.P_PID, p.pid, &info, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	var status syscall.WaitStatus
	for {
		_, err := syscall.Wait4(p.pid, &status, 0, nil)
		switch {
		case err == syscall.EINTR:
			continue
		case err != nil:
			return "unknown: " + err.Error()
		case status.Signaled():
			return "signal: " + status.Signal().String()
		}
		return "exit status " + strconv.Itoa(status.ExitStatus())
	}
}
