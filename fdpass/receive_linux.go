package fdpass

import (
	"io"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// Receiver reads an inbox. Receive and TryReceive are for one goroutine at a time; Close and the counters are for any.
type Receiver struct {
	end *End
	buf []byte // one kind byte and the longest payload
	oob [oobSize]byte

	received, bad, lost atomic.Uint64

	mu     sync.Mutex // guards what Close needs
	file   *os.File   // made by the first Receive
	raw    syscall.RawConn
	closed bool
}

// NewReceiver makes a Receiver on e. Closing the Receiver closes e.
func NewReceiver(e *End) *Receiver { return &Receiver{end: e} }

// Received counts whole messages, Bad those that ended as *BadMessage, Lost those that ended as ErrDescriptorLost.
func (r *Receiver) Received() uint64 { return r.received.Load() }

// Bad counts messages that ended as *BadMessage.
func (r *Receiver) Bad() uint64 { return r.bad.Load() }

// Lost counts messages that ended as ErrDescriptorLost.
func (r *Receiver) Lost() uint64 { return r.lost.Load() }

// Close closes the end and ends a Receive that waits.
func (r *Receiver) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	if r.file != nil {
		_ = r.file.Close()
	}
	return r.end.Close()
}

// endReceive makes what is queued the last that is received.
func (r *Receiver) endReceive() error {
	return r.end.use(func(fd int) error { return os.NewSyscallError("shutdown", unix.Shutdown(fd, unix.SHUT_RD)) })
}

// Receive waits for the next message. Its errors: *BadMessage and ErrDescriptorLost, after which the next message can be
// received; io.EOF when no process holds a write end any more; ErrClosed after Close; a system error.
func (r *Receiver) Receive() (Message, error) {
	raw, err := r.polled() // first, not when there is nothing: by then the table may be full
	if err != nil {
		return Message{FD: -1}, err
	}
	var m Message
	var got error
	err = raw.Read(func(fd uintptr) bool {
		m, got = r.receive(int(fd))
		return got != ErrEmpty
	})
	if err != nil {
		return Message{FD: -1}, r.closedOr(err)
	}
	return m, got
}

// closedOr is ErrClosed after Close, whatever the poller calls it.
func (r *Receiver) closedOr(err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return ErrClosed
	}
	return err
}

// TryReceive is Receive that answers ErrEmpty instead of waiting.
func (r *Receiver) TryReceive() (Message, error) {
	m := Message{FD: -1}
	err := r.end.use(func(fd int) (err error) {
		m, err = r.receive(fd)
		return err
	})
	return m, err
}

// polled registers the end with Go's poller on first use.
func (r *Receiver) polled() (syscall.RawConn, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, ErrClosed
	}
	if r.file == nil {
		file, raw, err := r.end.poller()
		if err != nil {
			return nil, err
		}
		r.file, r.raw = file, raw
	}
	return r.raw, nil
}

// receive reads one message and judges what came with it.
func (r *Receiver) receive(fd int) (Message, error) {
	if r.buf == nil {
		r.buf = make([]byte, 1+MaxPayload)
	}
	n, oobn, flags, err := recvmsg(fd, r.buf, r.oob[:])
	switch {
	case err == unix.EAGAIN:
		return Message{FD: -1}, ErrEmpty
	case err == unix.ECONNRESET || err == nil && n == 0 && oobn == 0 && flags&unix.MSG_CTRUNC == 0:
		return Message{FD: -1}, io.EOF
	case err != nil:
		return Message{FD: -1}, os.NewSyscallError("recvmsg", err)
	}
	got := parseRights(r.oob[:oobn])
	m, err := judge(r.buf[:n], &got, flags)
	switch {
	case err == nil:
		r.received.Add(1)
	case err == ErrDescriptorLost:
		r.lost.Add(1)
	default:
		r.bad.Add(1)
	}
	if err != nil {
		got.close()
	}
	return m, err
}

func recvmsg(fd int, p, oob []byte) (n, oobn, flags int, err error) {
	for {
		n, oobn, flags, _, err = unix.Recvmsg(fd, p, oob, unix.MSG_DONTWAIT|unix.MSG_CMSG_CLOEXEC)
		if err != unix.EINTR {
			return n, oobn, flags, err
		}
	}
}

// judge compares what arrived with what the kind's row expects. It closes nothing.
func judge(b []byte, got *rights, flags int) (Message, error) {
	none := Message{FD: -1}
	if len(b) == 0 {
		return none, &BadMessage{Reason: "no kind"}
	}
	kind := Kind(b[0])
	bad := func(reason string) (Message, error) { return none, &BadMessage{Kind: kind, Reason: reason} }
	switch want := kind.Descriptors(); {
	case !kind.Valid():
		return bad("unknown kind")
	case flags&unix.MSG_TRUNC != 0:
		return bad("longer than a message may be")
	case got.foreign:
		return bad("control data other than descriptors")
	case flags&unix.MSG_CTRUNC != 0 && got.n == 0 && want > 0:
		return Message{Kind: kind, Payload: b[1:], FD: -1}, ErrDescriptorLost
	case flags&unix.MSG_CTRUNC != 0:
		return bad("control data truncated")
	case got.n < want:
		return bad("descriptor missing")
	case got.n > want:
		return bad("more descriptors than expected")
	case want == 0:
		return Message{Kind: kind, Payload: b[1:], FD: -1}, nil
	case !isStream(int(got.fds[0])):
		return bad("descriptor is not a stream socket")
	}
	return Message{Kind: kind, Payload: b[1:], FD: int(got.fds[0])}, nil
}

func isStream(fd int) bool {
	kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	return err == nil && kind == unix.SOCK_STREAM
}
