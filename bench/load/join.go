package load

import "strconv"

// join puts each client into a room, with an event that the server acknowledges
// when it has.
type join struct {
	nothing
	t     *thread
	name  string // of the event
	rooms int
	next  int
}

// roomName is the name of a room that clients are put into.
func roomName(i int) string { return "bench-" + strconv.Itoa(i) }

func (j *join) due(int64) int64 {
	all := j.t.members()
	for ; j.next < len(all); j.next++ {
		cl := &all[j.next]
		if cl.state != ready {
			continue
		}
		cl.room = cl.index % int32(j.rooms)
		id := j.t.requests.add(cl.index, j.t.now)
		b := appendUint(append(append(j.t.packetBuffer[:0], "42"...), j.t.prefix...), id)
		b = append(append(append(b, `["`...), j.name...), `","`...)
		j.t.packetBuffer = append(append(b, roomName(int(cl.room))...), `"]`...)
		j.t.send(cl, j.t.packetBuffer)
	}
	return never
}

func (j *join) ack(cl *client, id uint64, _ []byte) { j.t.requests.take(cl.index, id) }
func (j *join) done() bool {
	return j.next == len(j.t.members()) && j.t.requests.open == 0
}

func appendUint(b []byte, v uint64) []byte { return strconv.AppendUint(b, v, 10) }
