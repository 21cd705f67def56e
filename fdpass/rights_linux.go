package fdpass

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// maxRights is how many descriptors the control buffer has room for: more than any kind carries, so that a few too many arrive
// and can be named and closed; the kernel itself drops those beyond.
const maxRights = 4

// oobSize is the control buffer's size: header and descriptors, in whole words.
const oobSize = (unix.SizeofCmsghdr + 4*maxRights + 7) &^ 7

// rights is what the control data of one message held. Plain data: parsing it allocates nothing.
type rights struct {
	fds     [maxRights]int32
	n       int
	foreign bool // something else was there, or the data is malformed
}

// parseRights reads control data as the kernel lays it out, cmsg(3).
func parseRights(oob []byte) (r rights) {
	for len(oob) > 0 {
		header, data, rest, err := unix.ParseOneSocketControlMessage(oob)
		if err != nil {
			r.foreign = true
			return r
		}
		if header.Level == unix.SOL_SOCKET && header.Type == unix.SCM_RIGHTS {
			r.add(data)
		} else {
			r.foreign = true
		}
		oob = rest
	}
	return r
}

func (r *rights) add(data []byte) {
	for ; len(data) >= 4; data = data[4:] {
		if r.n == maxRights {
			r.foreign = true
			return
		}
		r.fds[r.n] = int32(binary.NativeEndian.Uint32(data))
		r.n++
	}
}

func (r *rights) close() {
	for _, fd := range r.fds[:r.n] {
		_ = unix.Close(int(fd))
	}
	r.n = 0
}
