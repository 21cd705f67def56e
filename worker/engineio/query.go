package engineio

import (
	"strings"

	"github.com/ioserver/ioserver/protocol/eio"
	"github.com/valyala/fasthttp"
)

// query is what a request's query says to the engine.
type query struct {
	transport string
	sid       string
	jsonp     *string
	revision  eio.Revision
	b64       bool
}

func parseQuery(args *fasthttp.Args) query {
	q := query{revision: eio.V3}
	switch transport := last(args, "transport"); string(transport) {
	case Polling:
		q.transport = Polling
	case WebSocket:
		q.transport = WebSocket
	default:
		q.transport = string(transport)
	}
	q.sid = string(last(args, "sid"))
	if string(last(args, "EIO")) == "4" {
		q.revision = eio.V4
	}
	q.b64 = len(last(args, "b64")) > 0
	if args.Has("j") {
		index := strings.Map(func(r rune) rune {
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, string(last(args, "j")))
		q.jsonp = &index
	}
	return q
}

// last is the value of a name that is given several times, as in the reference.
func last(args *fasthttp.Args, name string) []byte {
	all := args.PeekMulti(name)
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1]
}
