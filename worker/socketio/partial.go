package socketio

import (
	"errors"
	"slices"

	"github.com/ioserver/ioserver/protocol/sio"
)

var errStray = errors.New("an attachment of no packet")

// partial is a packet whose attachments are still to come.
type partial struct {
	socket      *Socket
	packet      sio.Packet // with data of its own
	received    int
	attachments [][]byte // none for a socket that has ended meanwhile
}

// await begins a packet with attachments. Its socket is connected, so that
// nobody who was not let in can make the server wait and hold.
func (c *client) await(s *Socket, p *sio.Packet) {
	if err := sio.Placeholders(p.Data, p.Attachments); err != nil {
		c.violated(err)
		return
	}
	c.partial = &partial{socket: s, packet: *p}
	c.partial.packet.Data = slices.Clone(p.Data)
	c.partial.packet.Namespace = s.ns.name
	c.expectAttachment()
}

func (c *client) expectAttachment() {
	c.server.loop.Arm(&c.timer, c.server.loop.Now().Add(c.server.options.AttachmentTimeout), c)
}

// attachment takes the next attachment of the packet that waits for it.
func (c *client) attachment(data []byte) {
	w := c.partial
	if w == nil {
		c.violated(errStray)
		return
	}
	here := w.socket.phase.Load() == connected
	if here {
		w.attachments = append(w.attachments, slices.Clone(data))
	}
	if w.received++; w.received < w.packet.Attachments {
		c.expectAttachment()
		return
	}
	c.partial = nil
	c.server.loop.Disarm(&c.timer)
	if !here {
		c.misplaced()
		return
	}
	w.socket.dispatch(&w.packet, w.attachments)
}
