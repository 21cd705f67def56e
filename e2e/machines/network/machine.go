package network

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// Machine is a namespace with a loopback and one cable. It ends with its network.
type Machine struct {
	Name      string // as given
	Namespace string // as `ip netns` has it
	Addr      string // IPv4

	network *Network
	port    string // the cable's other end, at the bridge
}

// Machine adds a machine; the name is short, of letters and digits.
func (n *Network) Machine(name string) (*Machine, error) {
	n.mu.Lock()
	number := n.machines
	n.machines++
	n.mu.Unlock()
	if number >= maxMachines {
		return nil, fmt.Errorf("network: more than %d machines", maxMachines)
	}
	m := &Machine{
		Name: name, Namespace: n.namespace(name), Addr: n.address(firstMachine + number),
		network: n, port: fmt.Sprintf("port%d", number),
	}
	at, hub := m.Namespace, n.namespace(switchMachine)
	return m, run(
		"netns add "+at,
		"link add eth0 netns "+at+" type veth peer name "+m.port+" netns "+hub,
		"-n "+at+" addr add "+m.Addr+"/24 dev eth0",
		"-n "+at+" link set lo up",
		"-n "+at+" link set eth0 up",
		"-n "+hub+" link set "+m.port+" master "+bridge,
		"-n "+hub+" link set "+m.port+" up",
	)
}

// Cut cuts the cable: what the machine and the others send each other from now
// on is lost. Connections are not told.
func (m *Machine) Cut() error { return m.link("down") }

// Mend undoes Cut.
func (m *Machine) Mend() error { return m.link("up") }

func (m *Machine) link(state string) error {
	return run("-n " + m.network.namespace(switchMachine) + " link set " + m.port + " " + state)
}

// Do calls f on a thread that is on the machine: processes that f starts, and
// sockets that it opens itself, are there. Goroutines that it starts are not.
func (m *Machine) Do(f func() error) (err error) {
	runtime.LockOSThread()
	home, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("network: %w", err)
	}
	defer home.Close()
	there, err := os.Open("/run/netns/" + m.Namespace)
	if err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("network: machine %s: %w", m.Name, err)
	}
	defer there.Close()
	if err := unix.Setns(int(there.Fd()), unix.CLONE_NEWNET); err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("network: enter machine %s: %w", m.Name, err)
	}
	defer func() {
		if back := unix.Setns(int(home.Fd()), unix.CLONE_NEWNET); back != nil {
			// The thread stays locked, so that it ends with its goroutine.
			err = errors.Join(err, fmt.Errorf("network: leave machine %s: %w", m.Name, back))
			return
		}
		runtime.UnlockOSThread()
	}()
	return f()
}
