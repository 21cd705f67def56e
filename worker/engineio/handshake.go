package engineio

import (
	"strings"
	"sync"

	"github.com/fasthttp/websocket"
	"github.com/ioserver/ioserver/protocol/ws"
	"github.com/valyala/fasthttp"
)

// upgrader answers the opening handshake. Its connections are taken from it at
// once, so that its buffers are small and shared.
var upgrader = websocket.FastHTTPUpgrader{
	ReadBufferSize:  256,
	WriteBufferSize: 256,
	WriteBufferPool: &sync.Pool{},
	CheckOrigin:     func(*fasthttp.RequestCtx) bool { return true }, // done by CORS
	Error: func(ctx *fasthttp.RequestCtx, _ int, reason error) {
		(&RequestError{Message: reason.Error()}).refuseUpgrade(ctx)
	},
}

// handshake answers 101 and passes the connection to take, which owns it.
func (r *request) handshake(take func(fd int, unread []byte)) {
	header := &r.ctx.Response.Header
	header.DisableNormalizing() // as RFC 6455 spells them, for clients that compare case
	protocol, bad := r.checkHandshake()
	if bad != "" {
		if strings.Contains(bad, "Version") {
			header.Set("Sec-WebSocket-Version", "13")
		}
		r.refused(&RequestError{Code: BadRequest, Message: bad, Detail: "no WebSocket handshake"}, true)
		return
	}
	if protocol != "" {
		header.Set("Sec-WebSocket-Protocol", protocol)
	}
	for _, l := range r.lines.lines {
		header.Add(l.name, l.value)
	}
	server, remote := r.server, r.head.Remote
	err := upgrader.Upgrade(r.ctx, func(c *websocket.Conn) {
		fd, unread, err := detach(c.NetConn())
		if err != nil {
			server.logger.Warn("take a WebSocket's connection", address(remote), "error", err)
			return
		}
		take(fd, unread)
	})
	if err != nil {
		server.note(r.head, &RequestError{Code: BadRequest, Message: refusals[BadRequest], Detail: err.Error()})
	}
}

// checkHandshake is stricter than the upgrader, and says what is wrong in the
// words of the reference's WebSocket library. Like that it takes the first
// subprotocol: browsers give up where they asked for one and get none.
func (r *request) checkHandshake() (protocol, bad string) {
	switch {
	case !ws.ValidKey(r.head.Get("Sec-WebSocket-Key")):
		return "", "Missing or invalid Sec-WebSocket-Key header"
	case r.head.Get("Sec-WebSocket-Version") != "13":
		return "", "Missing or invalid Sec-WebSocket-Version header"
	}
	offered := r.head.Get("Sec-WebSocket-Protocol")
	if offered == "" {
		return "", ""
	}
	for part := range strings.SplitSeq(offered, ",") {
		part = strings.TrimSpace(part)
		if part == "" || strings.ContainsFunc(part, notToken) {
			return "", "Invalid Sec-WebSocket-Protocol header"
		}
		if protocol == "" {
			protocol = part
		}
	}
	return protocol, ""
}
