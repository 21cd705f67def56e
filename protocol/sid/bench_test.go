package sid_test

import (
	"testing"

	"github.com/ioserver/ioserver/protocol/sid"
)

func BenchmarkAppend(b *testing.B) {
	k := sid.NewKey(secret)
	dst := make([]byte, 0, sid.Len)
	b.ReportAllocs()
	for b.Loop() {
		dst = k.Append(dst[:0], sid.EngineIO, home, random)
	}
}

func BenchmarkHome(b *testing.B) {
	k := sid.NewKey(secret)
	id := string(k.Append(nil, sid.EngineIO, home, random))
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := k.Home(sid.EngineIO, id); !ok {
			b.Fatal("refused")
		}
	}
}
