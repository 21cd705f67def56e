package sid

import "encoding/binary"

// Len is the length of an id in characters.
const Len = 28

const (
	rawLen    = 21
	macLen    = 6
	signedLen = rawLen - macLen
)

// Home names a worker: a machine of the cluster and a slot on it.
type Home struct {
	Node uint16
	Slot uint8
}

// Domain says what an id identifies. It is part of what the MAC covers.
type Domain byte

const (
	// EngineIO is the domain of Engine.IO session ids. Clients of revision 3 use theirs as Socket.IO id too.
	EngineIO Domain = 1
	// SocketIO is the domain of Socket.IO socket ids, which protocol 5 makes distinct from the session's.
	SocketIO Domain = 2
)

// Append appends an id of h to dst and returns the extended slice. random must come from a cryptographic source and be
// used once: the id is as hard to guess as these bytes are.
func (k *Key) Append(dst []byte, d Domain, h Home, random [12]byte) []byte {
	var raw [rawLen]byte
	binary.BigEndian.PutUint16(raw[0:], h.Node)
	raw[2] = h.Slot
	copy(raw[3:signedLen], random[:])
	mac := k.mac(d, (*[signedLen]byte)(raw[:signedLen]))
	copy(raw[signedLen:], mac[:])
	return appendText(dst, &raw)
}

// Home returns where the session of an id lives. It reports false for anything that this key did not make for this
// domain: a wrong length, a foreign character, a wrong MAC.
func (k *Key) Home(d Domain, id string) (Home, bool) {
	var raw [rawLen]byte
	if !decodeText(&raw, id) {
		return Home{}, false
	}
	mac := k.mac(d, (*[signedLen]byte)(raw[:signedLen]))
	if !equal(mac, [macLen]byte(raw[signedLen:])) {
		return Home{}, false
	}
	return Home{Node: binary.BigEndian.Uint16(raw[0:]), Slot: raw[2]}, true
}

// Claim returns the home that an id names, without looking at its MAC: whose key is to check it. It reports false for what
// has not the form of an id.
func Claim(id string) (Home, bool) {
	var raw [rawLen]byte
	if !decodeText(&raw, id) {
		return Home{}, false
	}
	return Home{Node: binary.BigEndian.Uint16(raw[0:]), Slot: raw[2]}, true
}

// Shape reports whether id has the form of an id, whatever its MAC.
func Shape(id string) bool {
	var raw [rawLen]byte
	return decodeText(&raw, id)
}
