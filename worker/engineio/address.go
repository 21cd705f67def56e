package engineio

import (
	"log/slog"
	"net"
	"strings"
)

// address is a client's address as an attribute of a log line, which has none
// where the client has none.
func address(a net.Addr) slog.Attr {
	if a == nil {
		return slog.Attr{}
	}
	return slog.Any("address", loggedAddress{a})
}

// loggedAddress is spelled out only for a line that is written.
type loggedAddress struct{ net.Addr }

// LogValue is the address in words; nothing for an unnamed Unix socket.
func (a loggedAddress) LogValue() slog.Value {
	if s := strings.TrimSuffix(a.String(), ":0"); s != "" { // of a port that nobody has said
		return slog.StringValue(s)
	}
	return slog.GroupValue()
}
