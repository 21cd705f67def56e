package sid_test

import (
	"testing"

	"github.com/ioserver/ioserver/protocol/sid"
)

func FuzzHome(f *testing.F) {
	k := sid.NewKey(secret)
	f.Add(string(k.Append(nil, sid.EngineIO, home, random)))
	f.Add(string(k.Append(nil, sid.SocketIO, home, random)))
	f.Add("__proto__")
	f.Add("-_-_-_-_-_-_-_-_-_-_-_-_-_-_")
	f.Fuzz(func(t *testing.T, id string) {
		h, ok := k.Home(sid.EngineIO, id)
		if !ok {
			return
		}
		if !sid.Shape(id) {
			t.Fatalf("valid id %q has no shape", id)
		}
		// The seeds are all that the key has made: a second valid spelling would be a forgery.
		if want := string(k.Append(nil, sid.EngineIO, home, random)); id != want {
			t.Fatalf("forged %q for %v", id, h)
		}
	})
}
