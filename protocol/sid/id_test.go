package sid_test

import (
	"bytes"
	"crypto/aes"
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/ioserver/ioserver/protocol/sid"
)

var (
	secret = [16]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	random = [12]byte{0xf0, 0xe1, 0xd2, 0xc3, 0xb4, 0xa5, 0x96, 0x87, 0x78, 0x69, 0x5a, 0x4b}
	home   = sid.Home{Node: 0xbeef, Slot: 7}
)

// reference builds an id from the published layout with nothing of the package.
func reference(t *testing.T, secret [16]byte, d byte, h sid.Home, random [12]byte) string {
	t.Helper()
	raw := append([]byte{byte(h.Node >> 8), byte(h.Node), h.Slot}, random[:]...)
	block, err := aes.NewCipher(secret[:])
	if err != nil {
		t.Fatal(err)
	}
	out := make([]byte, 16)
	block.Encrypt(out, append(bytes.Clone(raw), d))
	return base64.RawURLEncoding.EncodeToString(append(raw, out[:6]...))
}

func TestLayout(t *testing.T) {
	k := sid.NewKey(secret)
	for _, d := range []sid.Domain{sid.EngineIO, sid.SocketIO} {
		got := string(k.Append([]byte("prefix "), d, home, random))
		if want := "prefix " + reference(t, secret, byte(d), home, random); got != want {
			t.Errorf("domain %d: got %q, want %q", d, got, want)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	k := sid.NewKey(secret)
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		h := sid.Home{Node: uint16(r.Uint32()), Slot: uint8(r.Uint32())}
		var b [12]byte
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		id := string(k.Append(nil, sid.SocketIO, h, b))
		if len(id) != sid.Len || !sid.Shape(id) {
			t.Fatalf("id %q has no proper shape", id)
		}
		if got, ok := k.Home(sid.SocketIO, id); !ok || got != h {
			t.Fatalf("id %q: got %v, %v, want %v", id, got, ok, h)
		}
	}
}

func TestRefused(t *testing.T) {
	k := sid.NewKey(secret)
	id := string(k.Append(nil, sid.EngineIO, home, random))
	other := sid.NewKey([16]byte{1})
	if _, ok := k.Home(sid.SocketIO, id); ok {
		t.Error("an id of one domain is valid in the other")
	}
	if _, ok := other.Home(sid.EngineIO, id); ok {
		t.Error("an id of one key is valid under another")
	}
	for i := range len(id) {
		changed := []byte(id)
		for _, c := range []byte{id[i] ^ 1, '!', '=', '+', '/', ' ', '\n', 0, 0xff} {
			if c == id[i] {
				continue
			}
			changed[i] = c
			if h, ok := k.Home(sid.EngineIO, string(changed)); ok {
				t.Errorf("changed id %q is valid, home %v", changed, h)
			}
		}
		if _, ok := k.Home(sid.EngineIO, id[:i]); ok {
			t.Errorf("truncated id %q is valid", id[:i])
		}
	}
}

func TestShape(t *testing.T) {
	id := string(sid.NewKey(secret).Append(nil, sid.EngineIO, home, random))
	for _, test := range []struct {
		id   string
		want bool
	}{
		{id, true},
		{strings.Repeat("-", sid.Len), true},
		{strings.Repeat("_", sid.Len), true},
		{"", false},
		{"__proto__", false},
		{"constructor", false},
		{strings.Repeat("A", 20), false}, // the reference's length
		{id + "A", false},
		{id[:27] + "=", false},
		{id[:27] + "\n", false},
		{id + "\n", false},
		{id[:27] + "%", false},
		{id[:26] + "é", false},
		{"../../../../../../../../../x", false},
	} {
		if got := sid.Shape(test.id); got != test.want {
			t.Errorf("Shape(%q) = %v, want %v", test.id, got, test.want)
		}
	}
}

// One set bit of any of the 21 bytes must matter: nothing of an id lies outside of the MAC.
func TestEveryBitCounts(t *testing.T) {
	k := sid.NewKey(secret)
	raw, err := base64.RawURLEncoding.DecodeString(string(k.Append(nil, sid.EngineIO, home, random)))
	if err != nil {
		t.Fatal(err)
	}
	for bit := range len(raw) * 8 {
		flipped := bytes.Clone(raw)
		flipped[bit/8] ^= 1 << (bit % 8)
		if _, ok := k.Home(sid.EngineIO, base64.RawURLEncoding.EncodeToString(flipped)); ok {
			t.Errorf("bit %d does not matter", bit)
		}
	}
}

func TestConcurrent(t *testing.T) {
	k := sid.NewKey(secret)
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			h := sid.Home{Node: uint16(g), Slot: uint8(g)}
			for range 500 {
				id := string(k.Append(nil, sid.EngineIO, h, random))
				if got, ok := k.Home(sid.EngineIO, id); !ok || got != h {
					t.Errorf("got %v, %v, want %v", got, ok, h)
					return
				}
			}
		})
	}
	all.Wait()
}
