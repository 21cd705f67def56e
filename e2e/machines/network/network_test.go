package network_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/machines/network"
)

const patience = 30 * time.Second

// listen answers every connection to a machine with who has come.
func listen(t *testing.T, m *network.Machine) (address string) {
	t.Helper()
	var l net.Listener
	err := m.Do(func() (err error) {
		l, err = net.Listen("tcp4", m.Addr+":0")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			host, _, _ := net.SplitHostPort(c.RemoteAddr().String())
			io.WriteString(c, host)
			c.Close()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return l.Addr().String()
}

// visit returns as whom the listener has seen the visitor.
func visit(ctx context.Context, address, from string) (string, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	c, err := d.DialContext(ctx, "tcp4", address)
	if err != nil {
		return "", err
	}
	defer c.Close()
	b, err := io.ReadAll(c)
	return string(b), err
}

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestNetwork(t *testing.T) {
	n, err := network.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	other, err := network.New() // at the same time
	if err != nil {
		t.Fatal(err)
	}
	if other.Client(0) == n.Client(0) {
		t.Error("two networks of one number")
	}
	if err := other.Close(); err != nil {
		t.Error(err)
	}
	var m [2]*network.Machine
	for i, name := range []string{"here", "there"} {
		if m[i], err = n.Machine(name); err != nil {
			t.Fatal(err)
		}
	}
	address := listen(t, m[0])
	for _, i := range []int{0, 1, 125} { // from this machine
		if who, err := visit(within(t, patience), address, n.Client(i)); err != nil || who != n.Client(i) {
			t.Errorf("client %d came as %q: %v", i, who, err)
		}
	}
	err = m[1].Do(func() error { // from one machine to the other
		who, err := visit(within(t, patience), address, "")
		if who != m[1].Addr {
			t.Errorf("came as %q", who)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if err := m[0].Cut(); err != nil {
		t.Fatal(err)
	}
	if who, err := visit(within(t, 100*time.Millisecond), address, n.Client(0)); err == nil {
		t.Errorf("%q came over a cable that is cut", who)
	}
	if err := m[0].Mend(); err != nil {
		t.Fatal(err)
	}
	if _, err := visit(within(t, patience), address, n.Client(0)); err != nil {
		t.Errorf("over the mended cable: %v", err)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	for _, m := range m { // names that nobody else gives
		if _, err := os.Stat("/run/netns/" + m.Namespace); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is left: %v", m.Namespace, err)
		}
	}
}

// TestPart loses what goes from some machines to others, in both directions, and
// nothing else.
func TestPart(t *testing.T) {
	n, err := network.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	var all []*network.Machine
	var addresses []string
	for _, name := range []string{"a", "b", "c"} {
		m, err := n.Machine(name)
		if err != nil {
			t.Fatal(err)
		}
		all, addresses = append(all, m), append(addresses, listen(t, m))
	}
	reaches := func(parted bool) {
		t.Helper()
		for i, from := range all {
			for k := range all {
				cut := parted && (i == 2) != (k == 2)
				limit := patience
				if cut {
					limit = 100 * time.Millisecond
				}
				var err error
				if there := from.Do(func() error { _, err = visit(within(t, limit), addresses[k], ""); return nil }); there != nil {
					t.Fatal(there)
				}
				if (err != nil) != cut {
					t.Errorf("from %s to %s: %v", from.Name, all[k].Name, err)
				}
			}
			if _, err := visit(within(t, patience), addresses[i], n.Client(i)); err != nil {
				t.Errorf("a client of %s: %v", from.Name, err)
			}
		}
	}
	reaches(false)
	if err := network.Part(all[:2], all[2:]); err != nil {
		t.Fatal(err)
	}
	reaches(true)
	if err := network.Unite(all[:2], all[2:]); err != nil {
		t.Fatal(err)
	}
	reaches(false)
}

// TestLeftOver: what a process leaves behind is removed by whoever makes a
// network next.
func TestLeftOver(t *testing.T) {
	const left = "ioserver199-leftover" // a number that nobody gets as far as
	if out, err := exec.Command("ip", "netns", "add", left).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	n, err := network.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	if _, err := os.Stat("/run/netns/" + left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is left: %v", left, err)
	}
}
