package api

import (
	"maps"
	"slices"
	"time"

	"github.com/ioserver/ioserver/worker/contract"
	"github.com/valyala/fasthttp"
)

// Limited is New with limits of the test's own; a zero leaves one as it is.
func Limited(o Options, connections, atWork int, head, body, idle time.Duration) (*Server, error) {
	l := defaultLimits
	if connections > 0 {
		l.connections = connections
	}
	if atWork > 0 {
		l.atWork = atWork
	}
	for _, d := range []struct{ to, from *time.Duration }{{&l.head, &head}, {&l.body, &body}, {&l.idle, &idle}} {
		if *d.from > 0 {
			*d.to = *d.from
		}
	}
	return newServer(o, l)
}

// Lingering is New with connections that may be open, and patience with those
// that are turned away.
func Impatient(o Options, answer time.Duration) (*Server, error) {
	l := defaultLimits
	l.answer = answer
	return newServer(o, l)
}

func NoQueries(o Options) (*Server, error) {
	l := defaultLimits
	l.queries = 0
	return newServer(o, l)
}

func Lingering(o Options, connections int, patience time.Duration) (*Server, error) {
	l := defaultLimits
	l.connections, l.linger = connections, patience
	return newServer(o, l)
}

// The bounds, for tests to go beyond.
// Paths are those that are served, in order.
func Paths() []string { return slices.Sorted(maps.Keys(routes)) }

// SocketsFields is what a query of /api/sockets becomes, or the code of what is
// wrong with it.
func SocketsFields(query string) (body []byte, code string) {
	var ctx fasthttp.RequestCtx
	ctx.Request.URI().SetQueryString(query)
	fields, r := fieldsOf(&ctx, socketsParameters)
	if r != nil {
		return nil, r.code
	}
	return encode(fields), ""
}

const (
	LeastBody   = leastBody
	HeaderBytes = headerBytes
	MaxRooms    = contract.MaxRooms
	MaxRoomName = contract.MaxRoomName
	Connections = connections
)
