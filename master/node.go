package master

import (
	"crypto/rand"
	"encoding/binary"
)

// prepareNode makes up who this machine is among the others of its cluster.
func (r *run) prepareNode() {
	r.node = r.drawNode()
	for r.boot == 0 {
		var b [8]byte
		rand.Read(b[:])
		r.boot = binary.BigEndian.Uint64(b[:])
	}
	rand.Read(r.idKey[:])
}

func randomNode() uint16 {
	var b [2]byte
	rand.Read(b[:])
	return binary.BigEndian.Uint16(b[:])
}
