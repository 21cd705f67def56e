package proxies

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/await"
)

// proxy is nginx or HAProxy with one of the files.
type proxy struct {
	file    string   // absolute
	command []string // serves, in the foreground
	check   []string // checks the configuration, and ends
	access  string   // path of nginx's log of requests
}

// find is the program's path. Debian puts it where only root looks.
func find(t *testing.T, name string) string {
	t.Helper()
	for _, path := range []string{name, "/usr/sbin/" + name, "/usr/local/sbin/" + name} {
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	t.Fatalf("no %s here: apt-get install %s (scripts/test.sh does it)", name, name)
	return ""
}

func scripts(t *testing.T, file string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(repository, "scripts", file))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// frame is the least of an nginx.conf that includes a file as Debian's includes
// those of conf.d. Paths are the test's own, so that nothing of the machine's
// nginx is used or changed.
const frame = `daemon off;
%[3]s
worker_processes 2;
pid %[1]s/pid;
error_log stderr notice;
events { worker_connections 4096; }
http {
	log_format statuses '$status $upstream_addr $request';
	access_log %[1]s/access statuses;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
	include %[2]s;
}
`

func nginx(t *testing.T, name string) proxy {
	t.Helper()
	return nginxWith(t, scripts(t, filepath.Join("nginx", name)))
}

func nginxWith(t *testing.T, file string) proxy {
	t.Helper()
	program, into := find(t, "nginx"), t.TempDir()
	user := ""
	if os.Getuid() == 0 {
		user = "user root root;" // its processes write into the test's folder
	}
	configuration := filepath.Join(into, "nginx.conf")
	if err := os.WriteFile(configuration, fmt.Appendf(nil, frame, into, file, user), 0o600); err != nil {
		t.Fatal(err)
	}
	command := []string{program, "-e", "stderr", "-p", into, "-c", configuration}
	return proxy{file: file, command: command, check: append(command[:len(command):len(command)], "-t"), access: filepath.Join(into, "access")}
}

func haproxy(t *testing.T, name string) proxy {
	t.Helper()
	program, file := find(t, "haproxy"), scripts(t, filepath.Join("haproxy", name))
	return proxy{file: file, command: []string{program, "-db", "-f", file}, check: []string{program, "-c", "-f", file}}
}

// output is what a proxy writes.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// run has the proxy serve, and returns when it does. stop ends it, else the
// test's end does.
func (p proxy) run(t *testing.T) (stop func()) {
	t.Helper()
	var said output
	cmd := exec.Command(p.command[0], p.command[1:]...)
	cmd.Stdout, cmd.Stderr = &said, &said
	// SIGTERM, since nginx ends its own processes then
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	stop = sync.OnceFunc(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(patience):
			t.Errorf("%s does not end", p.command[0])
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			<-ended
		}
		if t.Failed() {
			t.Logf("%s:\n%s", p.command[0], &said)
		}
	})
	t.Cleanup(stop)
	await.Eventually(t, patience, "the proxy serves", func() (bool, string) {
		select {
		case <-ended:
			t.Fatalf("%s has ended:\n%s", p.command[0], &said)
		default:
		}
		c, err := net.Dial("tcp", "127.0.0.1:80")
		if err != nil {
			return false, err.Error()
		}
		return c.Close() == nil, "closing"
	})
	return stop
}

// TestFilesAreGood has the programs themselves check the files: they are good,
// and there is nothing to warn of.
func TestFilesAreGood(t *testing.T) {
	for _, folder := range []struct {
		pattern string
		with    func(*testing.T, string) proxy
	}{{"nginx/*.conf", nginx}, {"haproxy/*.cfg", haproxy}} {
		files, err := filepath.Glob(scripts(t, folder.pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", folder.pattern, files, err)
		}
		for _, file := range files {
			t.Run(filepath.Base(file), func(t *testing.T) {
				p := folder.with(t, filepath.Base(file))
				said, err := exec.Command(p.check[0], p.check[1:]...).CombinedOutput()
				if err != nil {
					t.Errorf("%v\n%s", err, said)
				}
				for _, word := range []string{"[warn]", "[WARNING]", "[ALERT]", "[emerg]"} {
					if strings.Contains(string(said), word) {
						t.Errorf("%s", said)
					}
				}
			})
		}
	}
}
