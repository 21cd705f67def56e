package machines

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/ioserver/ioserver/e2e/await"
	"github.com/ioserver/ioserver/e2e/machines/network"
)

// natsEnv makes the test binary a NATS server, of the configuration in it.
const natsEnv = "E2E_MACHINES_NATS"

// Ports of the NATS servers, each on a machine of its own.
const (
	natsPort        = 4222
	natsClusterPort = 6222
	natsMonitorPort = 8222
)

type natsConfig struct {
	Name, Host string
	Routes     []string // hosts
}

// serveNATS runs until SIGTERM, or the end of the standard input.
func serveNATS() {
	err := runNATS(os.Getenv(natsEnv))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func runNATS(config string) error {
	var c natsConfig
	if err := json.Unmarshal([]byte(config), &c); err != nil {
		return err
	}
	o := &server.Options{
		ServerName: c.Name, Host: c.Host, Port: natsPort, HTTPHost: c.Host, HTTPPort: natsMonitorPort, NoSigs: true, NoLog: true,
		Cluster: server.ClusterOpts{Name: "outside", Host: c.Host, Port: natsClusterPort},
	}
	for _, host := range c.Routes {
		o.Routes = append(o.Routes, &url.URL{Scheme: "nats", Host: fmt.Sprintf("%s:%d", host, natsClusterPort)})
	}
	s, err := server.NewServer(o)
	if err != nil {
		return err
	}
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // its end is the test's
		end <- syscall.SIGTERM
	}()
	s.Start()
	if !s.ReadyForConnections(patience) {
		return fmt.Errorf("NATS server %s does not start", c.Name)
	}
	fmt.Println("ready")
	<-end
	s.Shutdown()
	s.WaitForShutdown()
	return nil
}

// natsServer is a NATS server in a process of its own on a machine of its own.
type natsServer struct {
	*network.Machine
	t      *testing.T
	config natsConfig
	cmd    *exec.Cmd
	stdin  io.Closer
}

// url is where clients connect to.
func (s *natsServer) url() string { return fmt.Sprintf("nats://%s:%d", s.Addr, natsPort) }

// natsCluster runs so many NATS servers that route to each other.
func natsCluster(t *testing.T, n *network.Network, size int) []*natsServer {
	t.Helper()
	var all []*natsServer
	var hosts []string
	for i := range size {
		m := machine(t, n, fmt.Sprintf("nats%d", i+1))
		all = append(all, &natsServer{Machine: m, t: t})
		hosts = append(hosts, m.Addr)
	}
	for _, s := range all {
		s.config = natsConfig{Name: s.Name, Host: s.Addr, Routes: hosts}
		s.start()
		t.Cleanup(s.kill)
	}
	for _, s := range all {
		s.routed(size - 1)
	}
	return all
}

// start returns when clients can connect.
func (s *natsServer) start() {
	s.t.Helper()
	config, err := json.Marshal(s.config)
	if err != nil {
		s.t.Fatal(err)
	}
	s.cmd = exec.Command(os.Args[0])
	s.cmd.Env = append(os.Environ(), natsEnv+"="+string(config))
	s.cmd.Stderr = os.Stderr
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		s.t.Fatal(err)
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.Do(s.cmd.Start); err != nil {
		s.t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		s.t.Fatalf("NATS server %s: %q, %v", s.Name, line, err)
	}
}

// stop ends the server as an administrator does.
func (s *natsServer) stop() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		s.t.Errorf("NATS server %s: %v", s.Name, err)
	}
}

func (s *natsServer) kill() {
	if s.cmd.ProcessState == nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait() // of the signal
	}
	_ = s.stdin.Close()
}

// routed waits until the server has routes to so many others.
func (s *natsServer) routed(others int) {
	s.t.Helper()
	await.Eventually(s.t, patience, "NATS server "+s.Name+" has found the others", func() (bool, string) {
		answer, err := http.Get(fmt.Sprintf("http://%s:%d/varz", s.Addr, natsMonitorPort))
		if err != nil {
			return false, err.Error()
		}
		defer answer.Body.Close()
		var varz server.Varz
		if err := json.NewDecoder(answer.Body).Decode(&varz); err != nil {
			return false, err.Error()
		}
		return varz.Remotes == others, fmt.Sprint(varz.Remotes, " others")
	})
}
