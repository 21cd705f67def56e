package roster

import (
	"time"

	"github.com/ioserver/ioserver/protocol/sid"
)

// Node is what all workers of a machine say alike.
type Node struct {
	ID    uint16
	Boot  uint64    // random at each start of the machine's master, never 0
	Began time.Time // that start
	Key   [16]byte  // that signs the ids of the node's sessions
	Slots int       // 1 to 256
	Name  string    // the host's, for people; cut after 255 bytes
}

// before is the order in which two nodes of one number keep it.
func (n Node) before(o Node) bool {
	if !n.Began.Equal(o.Began) {
		return n.Began.Before(o.Began)
	}
	return n.Boot < o.Boot
}

// Member is one life of one worker.
type Member struct {
	Node
	Slot uint8
	Life uint64 // grows with the lives of a slot; never 0
	PID  int
}

// Incarnation tells this life from all others, those of another machine with the
// same number too. It grows with the lives of a slot, and is never 0.
func (m Member) Incarnation() uint64 { return Incarnation(m.Boot, m.Life) }

// Incarnation is that of a life of a machine that was started with that boot.
func Incarnation(boot, life uint64) uint64 { return boot<<lifeBits | life&(1<<lifeBits-1) }

// lifeBits are enough for a worker that dies twice a second for three months.
const lifeBits = 24

// Home is where the member's sessions live.
func (m Member) Home() sid.Home { return sid.Home{Node: m.ID, Slot: m.Slot} }

// Counts are what a member holds now (the first three) and what the workers of
// its slot have done since its node began.
type Counts struct {
	Connections uint32
	Polling     uint32 // sessions
	WebSocket   uint32 // sessions
	Relayed     uint64 // requests that other workers of its node were asked to answer
	Across      uint64 // requests that workers of other nodes were asked to answer
	Tunnelled   uint64 // connections that it carries, or carried, for sessions of other machines
}

// Present is a member as it was heard last.
type Present struct {
	Member
	Counts Counts
	Server string    // the NATS server that it is connected to
	Heard  time.Time // the time of this machine
}
