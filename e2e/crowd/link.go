package crowd

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fasthttp/websocket"
)

const (
	// openDeadline bounds the opening of a connection.
	openDeadline = 15 * time.Second
	// batch is how many packets at most share a POST.
	batch = 64
)

// link is one Engine.IO connection, from its opening to its end. Packets
// arrive at in; what is put on out is sent, in order. When it ends, ctx does,
// with the reason as its cause.
type link struct {
	kind   Kind
	server string
	dialer *net.Dialer
	ctx    context.Context
	end    context.CancelCauseFunc
	in     chan string
	out    chan string
	wg     sync.WaitGroup

	opened struct {
		SID                       string `json:"sid"`
		PingInterval, PingTimeout int    // milliseconds
	}
	http    *http.Client
	sending sync.Mutex
	ws      *websocket.Conn // once it is what packets are sent over; behind sending
	pausing atomic.Bool     // the poll that is under way is to be the last
	polled  chan struct{}   // closed when polling is over
}

// open opens a connection. The caller closes it.
func open(ctx context.Context, o *Options) (*link, error) {
	l := &link{
		kind:   o.Kind,
		server: o.Server,
		dialer: &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(o.From)}},
		in:     make(chan string, batch),
		out:    make(chan string, batch),
		polled: make(chan struct{}),
	}
	l.ctx, l.end = context.WithCancelCause(ctx)
	transport := &http.Transport{DialContext: l.dialer.DialContext, DisableKeepAlives: !o.KeepAlive, DisableCompression: true}
	l.http = &http.Client{Transport: transport}
	opening, done := context.WithTimeout(l.ctx, openDeadline)
	defer done()
	var err error
	if o.Transport == WebSocket {
		err = l.openWebSocket(opening)
	} else {
		err = l.openPolling(opening)
	}
	if err != nil {
		l.close(err)
		return nil, err
	}
	l.wg.Go(l.write)
	if o.Transport == Upgrade {
		l.wg.Go(func() {
			if err := l.upgrade(); err != nil {
				l.end(fmt.Errorf("upgrade: %w", err))
			}
		})
	}
	return l, nil
}

func (l *link) url(scheme, transport string) string {
	u := fmt.Sprintf("%s://%s/socket.io/?EIO=%d&transport=%s", scheme, l.server, l.kind.Revision, transport)
	if l.opened.SID != "" {
		u += "&sid=" + l.opened.SID
	}
	return u
}

func (l *link) begin(packet string) error {
	if len(packet) == 0 || packet[0] != '0' {
		return fmt.Errorf("%w, wanted open: %.60q", errUnexpected, packet)
	}
	return json.Unmarshal([]byte(packet[1:]), &l.opened)
}

// silence is how long a living server may say nothing.
func (l *link) silence() time.Duration {
	return time.Duration(l.opened.PingInterval+l.opened.PingTimeout) * time.Millisecond
}

// send has a packet sent, or returns why the connection ended.
func (l *link) send(packet string) error {
	select {
	case l.out <- packet:
		return nil
	case <-l.ctx.Done():
		return context.Cause(l.ctx)
	}
}

// arrived passes a packet on.
func (l *link) arrived(packet string) bool {
	select {
	case l.in <- packet:
		return true
	case <-l.ctx.Done():
		return false
	}
}

// write sends what is to be sent, over the transport of the moment.
func (l *link) write() {
	for {
		packets := make([]string, 1, batch)
		select {
		case packets[0] = <-l.out:
		case <-l.ctx.Done():
			return
		}
		for len(packets) < batch && len(l.out) > 0 {
			packets = append(packets, <-l.out) // this goroutine is the only reader
		}
		if err := l.transmit(packets); err != nil {
			if !l.isWebSocket() { // what reads there still has to hear what came before the end
				l.end(err)
			}
			return
		}
	}
}

func (l *link) isWebSocket() bool {
	l.sending.Lock()
	defer l.sending.Unlock()
	return l.ws != nil
}

func (l *link) transmit(packets []string) error {
	l.sending.Lock()
	defer l.sending.Unlock()
	if l.ws == nil {
		return l.post(l.ctx, packets)
	}
	for _, p := range packets {
		if err := l.ws.WriteMessage(websocket.TextMessage, []byte(p)); err != nil {
			return fmt.Errorf("write: %w", err)
		}
	}
	return nil
}

// close ends the connection for that reason, unless it has ended, and waits
// for its goroutines.
func (l *link) close(reason error) {
	l.end(reason)
	l.wg.Wait()
	l.http.CloseIdleConnections()
	if l.ws != nil {
		l.ws.Close()
	}
}
