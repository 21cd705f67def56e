package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/ioserver/ioserver/e2e/server"
)

const apiToken = "figures-on-loopback"

// target is a server under load.
type target struct {
	addr, api netip.AddrPort
	pid       int
	end       func() error
}

func (t *target) cpu() (time.Duration, error) { return cpu(t.pid) }
func (t *target) pss() (float64, error)       { return pss(t.pid) }

// spent is the processor time of all the server's processes while f runs.
func (t *target) spent(f func() error) (time.Duration, error) { return spentBy([]*target{t}, f) }

var (
	serves    = regexp.MustCompile(`serves \S+ on 127\.0\.0\.1:(\d+)`)
	servesAPI = regexp.MustCompile(`HTTP API on 127\.0\.0\.1:(\d+)`)
	listening = regexp.MustCompile(`^listening (\d+)$`)
)

// serve starts the binary under test, or the application, and waits until it is
// ready. It ends with the row.
func (b *bench) serve(binary string, workers int, flags ...string) (*target, error) {
	s, err := server.Start(server.Command{
		Name:  "ioserver",
		Args:  append([]string{binary, "--listen=127.0.0.1:0", "--api-listen=127.0.0.1:0", "--log-level=error", fmt.Sprintf("--workers=%d", workers)}, flags...),
		Ready: servesAPI, // the last line of the banner that is always there
	})
	if err != nil {
		return nil, err
	}
	t := &target{pid: s.PID(), end: s.Stop}
	b.running = append(b.running, t)
	if t.api, err = netip.ParseAddrPort(s.Addr); err != nil {
		return nil, err
	}
	m := serves.FindStringSubmatch(s.Output())
	if m == nil {
		return nil, fmt.Errorf("banner without address: %q", s.Output())
	}
	if t.addr, err = loopback(m[1]); err != nil {
		return nil, err
	}
	return t, t.awaitReady()
}

// demo is the binary under test with its own handlers.
func (b *bench) demo(workers int, flags ...string) (*target, error) {
	return b.serve(b.ioserver, workers, append(flags, "--demo")...)
}

func (t *target) awaitReady() error {
	return poll(func() (bool, error) {
		status, _, err := t.ask("/readyz")
		return status == http.StatusOK, err
	})
}

// ask is a GET of the HTTP API.
func (t *target) ask(path string) (status int, body string, err error) {
	request, err := http.NewRequest(http.MethodGet, "http://"+t.api.String()+path, nil)
	if err != nil {
		return 0, "", err
	}
	request.Header.Set("Authorization", "Bearer "+apiToken)
	request.Close = true // the next one may meet another worker
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(text), err
}

// metric is one of GET /metrics, of any labels that contain the given ones.
func (t *target) metric(name, labels string) (float64, error) {
	status, body, err := t.ask("/metrics")
	if err != nil || status != http.StatusOK {
		return 0, errors.Join(fmt.Errorf("metrics: %d", status), err)
	}
	sum, found := 0.0, false
	for line := range strings.SplitSeq(body, "\n") {
		key, value, _ := strings.Cut(line, " ")
		n, l, _ := strings.Cut(key, "{")
		if n != name || !strings.Contains(l, labels) {
			continue
		}
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return 0, fmt.Errorf("metric %q: %w", line, err)
		}
		sum, found = sum+v, true
	}
	if !found {
		return 0, fmt.Errorf("no metric %s", name)
	}
	return sum, nil
}

// cluster starts the reference with its workers.
func (b *bench) cluster(workers int) (*target, error) {
	env := []string{"WORKERS=" + strconv.Itoa(workers)}
	if b.node != "" {
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		env = append(env, "PORT="+strconv.Itoa(port))
		return b.silent(port, env, "/socket.io/?EIO=4&transport=polling", "node", b.node)
	}
	s, err := server.Start(server.Command{
		Name:  "reference",
		Args:  append(append([]string{"env"}, env...), "node", filepath.Join("figures", "reference", "cluster.mjs")),
		Dir:   b.module,
		Ready: listening,
	})
	if err != nil {
		return nil, err
	}
	t := &target{pid: s.PID(), end: s.Stop}
	b.running = append(b.running, t)
	t.addr, err = netip.ParseAddrPort(s.Addr)
	return t, err
}

// bare starts the floor. Its trigger takes the next port.
func (b *bench) bare() (*target, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	return b.silent(port, nil, "", b.floor, "-port", strconv.Itoa(port))
}

// silent starts a server that does not say when it is ready: it is once it takes
// a connection, or answers a request of the path.
func (b *bench) silent(port int, env []string, path string, args ...string) (*target, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	addr, err := loopback(strconv.Itoa(port))
	t := &target{addr: addr, pid: cmd.Process.Pid, end: func() error { return kill(cmd) }}
	b.running = append(b.running, t)
	return t, errors.Join(err, poll(func() (bool, error) {
		if path == "" {
			c, err := net.Dial("tcp", addr.String())
			if err == nil {
				c.Close()
			}
			return err == nil, nil
		}
		answer, err := http.Get("http://" + addr.String() + path)
		if err == nil {
			answer.Body.Close()
		}
		return err == nil && answer.StatusCode == http.StatusOK, nil
	}))
}

// kill ends a tree that is not ours to end well.
func kill(cmd *exec.Cmd) error {
	pids, err := tree(cmd.Process.Pid)
	for _, pid := range pids {
		err = errors.Join(err, syscall.Kill(pid, syscall.SIGKILL))
	}
	_ = cmd.Wait() // it was killed
	return err
}

// poll asks until it is so.
func poll(so func() (bool, error)) error {
	for end := time.Now().Add(patience); time.Now().Before(end); <-time.After(5 * time.Millisecond) {
		if yes, err := so(); yes || err != nil {
			return err
		}
	}
	return errors.New("server not ready in time")
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func loopback(port string) (netip.AddrPort, error) { return netip.ParseAddrPort("127.0.0.1:" + port) }
