package systemd_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/ioserver/ioserver/command/systemd"
)

// service is a service that says which sockets it was given, and what is left of
// it in its environment. LISTEN_PID cannot be known before there is a process: it
// is "self" until then.
func service() int {
	if os.Getenv("LISTEN_PID") == "self" {
		os.Setenv("LISTEN_PID", strconv.Itoa(os.Getpid()))
	}
	sockets, err := systemd.Inherited()
	if err != nil {
		fmt.Println("error:", err)
	}
	for _, s := range sockets {
		flags, err := unix.FcntlInt(s.File.Fd(), unix.F_GETFD, 0)
		if err != nil {
			fmt.Println("error:", err)
		}
		l, err := net.FileListener(s.File)
		if err != nil {
			fmt.Println("error:", err)
			continue
		}
		fmt.Printf("%s api=%v closed on exec=%v %s\n", s.Name, s.API, flags&unix.FD_CLOEXEC != 0, l.Addr())
	}
	for _, v := range os.Environ() {
		if strings.HasPrefix(v, "LISTEN_") {
			fmt.Println("left:", v)
		}
	}
	return 0
}

func TestInherited(t *testing.T) {
	var files []*os.File
	var addresses []string
	for range 2 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		f, err := l.(*net.TCPListener).File()
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		files, addresses = append(files, f), append(addresses, l.Addr().String())
	}
	tests := map[string]struct {
		env  []string
		want []string
	}{
		"named": {
			[]string{"LISTEN_PID=self", "LISTEN_FDS=2", "LISTEN_FDNAMES=clients:api"},
			[]string{"clients api=false closed on exec=true " + addresses[0], "api api=true closed on exec=true " + addresses[1]},
		},
		"one of them": {
			[]string{"LISTEN_PID=self", "LISTEN_FDS=1", "LISTEN_FDNAMES=ioserver.socket"},
			[]string{"ioserver.socket api=false closed on exec=true " + addresses[0]},
		},
		"without names": {
			[]string{"LISTEN_PID=self", "LISTEN_FDS=1"},
			[]string{"LISTEN_FD_3 api=false closed on exec=true " + addresses[0]},
		},
		"another process's": {[]string{"LISTEN_PID=1", "LISTEN_FDS=2"}, nil},
		"none":              {nil, nil},
		"none of ours":      {[]string{"LISTEN_PID=self", "LISTEN_FDS=0"}, nil},
		"no number": {
			[]string{"LISTEN_PID=self", "LISTEN_FDS=two"},
			[]string{`error: systemd: LISTEN_FDS="two": not a number of sockets from 0 to 256`},
		},
		"too many": {
			[]string{"LISTEN_PID=self", "LISTEN_FDS=100000"},
			[]string{`error: systemd: LISTEN_FDS="100000": not a number of sockets from 0 to 256`},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command("/proc/self/exe")
			cmd.Env = append(append(os.Environ(), helperEnv+"=1", "GORACE=atexit_sleep_ms=0"), test.env...)
			cmd.ExtraFiles = files
			cmd.Stderr = os.Stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.TrimSpace(string(out)); got != strings.Join(test.want, "\n") {
				t.Errorf("says\n%s\nwant\n%s", got, strings.Join(test.want, "\n"))
			}
		})
	}
}
