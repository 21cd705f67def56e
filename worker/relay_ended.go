package worker

import (
	"bytes"
	"hash/maphash"
	"sync/atomic"

	"github.com/ioserver/ioserver/worker/engineio"
	"github.com/valyala/fasthttp"
)

// endedIDs is how many ids of sessions that have ended elsewhere are remembered.
const endedIDs = 4096

// ended remembers ids that their own homes did not know: no session has such an
// id ever again, so whoever keeps asking for one is refused where it asks, and
// costs no other worker anything. Methods may be called from any goroutine.
//
// An id takes the place of another one that falls on the same. They are kept as
// 64 bits of a keyed hash: that two ids share them is not to be expected while
// there are machines.
type ended struct {
	seed   maphash.Seed
	hashes [endedIDs]atomic.Uint64
}

func newEnded() *ended { return &ended{seed: maphash.MakeSeed()} }

func (e *ended) place(id string) (*atomic.Uint64, uint64) {
	h := maphash.String(e.seed, id)
	return &e.hashes[h%endedIDs], max(h, 1) // 0 is nobody's
}

func (e *ended) add(id string) {
	place, h := e.place(id)
	place.Store(h)
}

func (e *ended) has(id string) bool {
	place, h := e.place(id)
	return place.Load() == h
}

var (
	unknownBody    = engineio.SessionUnknown().Body
	unknownUpgrade = []byte(engineio.RefusalMessage(engineio.UnknownSID))
)

// learn looks at what an id's own home has answered to a request.
func (e *ended) learn(id string, a *engineio.Answer) {
	if a.Status == fasthttp.StatusBadRequest && bytes.Equal(a.Body, unknownBody) {
		e.add(id)
	}
}

// learnUpgrade looks at the first bytes that it has answered to an upgrade.
func (e *ended) learnUpgrade(id string, b []byte) {
	if bytes.HasPrefix(b, []byte("HTTP/1.1 400 ")) && bytes.HasSuffix(b, unknownUpgrade) {
		e.add(id)
	}
}
