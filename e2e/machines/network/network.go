package network

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
)

const (
	numbers       = 200 // networks that there can be at once
	firstMachine  = 10
	firstClient   = 129
	clients       = 126
	maxMachines   = firstClient - firstMachine
	switchMachine = "switch" // the namespace with the bridge
	bridge        = "bridge"
)

// Network is a bridge and what hangs on it. Its maker closes it. Methods may be
// called from any goroutine.
type Network struct {
	number  int
	lock    *os.File
	closing sync.Once

	mu       sync.Mutex
	machines int
}

// New makes a network with no machines.
func New() (*Network, error) {
	if err := sweep(); err != nil {
		return nil, err
	}
	for number := range numbers {
		n, err := take(number)
		if err != nil {
			return nil, err
		}
		if n == nil {
			continue
		}
		if err := n.build(); err != nil {
			return nil, errors.Join(err, n.Close())
		}
		return n, nil
	}
	return nil, fmt.Errorf("network: %d networks are in use already", numbers)
}

// take locks a number; nil: it is somebody's.
func take(number int) (*Network, error) {
	lock, err := os.OpenFile(filepath.Join(os.TempDir(), fmt.Sprintf("ioserver-machines-%d.lock", number)), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("network: %w", err)
	}
	err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return nil, lock.Close()
	case err != nil:
		return nil, errors.Join(fmt.Errorf("network: lock %s: %w", lock.Name(), err), lock.Close())
	}
	return &Network{number: number, lock: lock}, nil
}

// sweep removes the networks of processes that have ended.
func sweep() error {
	names, err := namespaces()
	if err != nil {
		return err
	}
	seen := make(map[int]bool)
	for _, name := range names {
		var number int
		if _, err := fmt.Sscanf(name, "ioserver%d-", &number); err != nil || number < 0 || number >= numbers || seen[number] {
			continue
		}
		seen[number] = true
		n, err := take(number)
		if err == nil && n != nil {
			err = n.Close()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// build makes the bridge, in a namespace of its own where no filter of this
// machine's looks at what crosses it, and this machine's cable to it.
func (n *Network) build() error {
	if err := n.remove(); err != nil { // a cable without a namespace, it may be
		return err
	}
	at := n.namespace(switchMachine)
	return run(
		"netns add "+at,
		"-n "+at+" link add "+bridge+" type bridge",
		"-n "+at+" link set "+bridge+" up",
		"link add "+n.cable()+" type veth peer name uplink netns "+at,
		"-n "+at+" link set uplink master "+bridge,
		"-n "+at+" link set uplink up",
		"addr add "+n.address(1)+"/24 dev "+n.cable(),
		"link set "+n.cable()+" up",
		// All of them are this machine's, without an entry for each.
		"route add local "+n.address(firstClient-1)+"/25 dev "+n.cable(),
	)
}

// Close removes the machines and everything else. Processes that still run in
// them go on, without a network. Closing again is harmless.
func (n *Network) Close() (err error) {
	n.closing.Do(func() {
		err = errors.Join(n.remove(), n.lock.Close()) // the lock's file stays: another may hold it by now
	})
	return err
}

// remove removes whatever there is of this number.
func (n *Network) remove() error {
	names, err := namespaces()
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range names {
		if strings.HasPrefix(name, n.namespace("")) {
			errs = append(errs, run("netns del "+name))
		}
	}
	// The end of a cable goes with the other one's namespace, but not at once.
	if _, err := os.Stat("/sys/class/net/" + n.cable()); err == nil {
		if err := run("link del " + n.cable()); err != nil && !strings.Contains(err.Error(), "Cannot find device") {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Own is this machine's address in the network.
func (n *Network) Own() string { return n.address(1) }

// Client is the i-th of this machine's addresses from which clients may come.
func (n *Network) Client(i int) string { return n.address(firstClient + i%clients) }

func (n *Network) address(host int) string { return fmt.Sprintf("198.18.%d.%d", n.number, host) }

func (n *Network) cable() string { return fmt.Sprintf("ioserver%d", n.number) }

func (n *Network) namespace(machine string) string {
	return fmt.Sprintf("ioserver%d-%s", n.number, machine)
}
