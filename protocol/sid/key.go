package sid

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"sync"
)

// Key makes and checks ids. It is safe for concurrent use. All workers of a node hold the same key.
type Key struct {
	block cipher.Block
	// blocks holds scratch *[aes.BlockSize]byte: what is passed to an interface method escapes, and a check may not allocate.
	blocks sync.Pool
}

// NewKey returns the Key of 16 secret bytes.
func NewKey(secret [16]byte) *Key {
	block, err := aes.NewCipher(secret[:])
	if err != nil {
		panic("sid: " + err.Error()) // only a wrong key length fails, and the type rules that out
	}
	k := &Key{block: block}
	k.blocks.New = func() any { return new([aes.BlockSize]byte) }
	return k
}

func (k *Key) mac(d Domain, signed *[signedLen]byte) (mac [macLen]byte) {
	b := k.blocks.Get().(*[aes.BlockSize]byte)
	copy(b[:], signed[:])
	b[signedLen] = byte(d)
	k.block.Encrypt(b[:], b[:])
	copy(mac[:], b[:])
	k.blocks.Put(b)
	return mac
}

func equal(a, b [macLen]byte) bool {
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
