package ws

import (
	"encoding/binary"
	"math/bits"
)

// Mask masks or unmasks b in place (RFC 6455, section 5.3), where b begins pos bytes into the frame's payload. It returns
// the position of the byte after b, modulo 4, to go on with.
func Mask(key [4]byte, pos int, b []byte) int {
	end := (pos + len(b)) & 3
	// The key turned so that its first byte is the one for b[0], twice.
	k := uint64(bits.RotateLeft32(binary.LittleEndian.Uint32(key[:]), -8*(pos&3)))
	k |= k << 32
	for len(b) >= 32 {
		w := (*[32]byte)(b)
		binary.LittleEndian.PutUint64(w[0:], binary.LittleEndian.Uint64(w[0:])^k)
		binary.LittleEndian.PutUint64(w[8:], binary.LittleEndian.Uint64(w[8:])^k)
		binary.LittleEndian.PutUint64(w[16:], binary.LittleEndian.Uint64(w[16:])^k)
		binary.LittleEndian.PutUint64(w[24:], binary.LittleEndian.Uint64(w[24:])^k)
		b = b[32:]
	}
	for len(b) >= 8 {
		binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)^k)
		b = b[8:]
	}
	for i := range b {
		b[i] ^= byte(k)
		k >>= 8
	}
	return end
}
