package feed

// stream names what an origin numbers separately: a bucket, or the direct
// messages to one home. On the wire it is a number of at most 25 bits: a bucket
// b is 2b, a home is 2(node<<8 | slot)+1.
type stream uint32

const maxStream = stream(1<<25 - 1)

func bucketStream(b uint16) stream { return stream(b) << 1 }

func homeStream(node uint16, slot uint8) stream { return stream(node)<<9 | stream(slot)<<1 | 1 }

func (s stream) direct() bool { return s&1 != 0 }

func (s stream) bucket() uint16 { return uint16(s >> 1) }

func (s stream) valid() bool {
	return s <= maxStream && (s.direct() || s>>1 <= stream(All))
}

// home is the stream of direct messages to this worker.
func (o Origin) home() stream { return homeStream(o.Node, o.Slot) }

// buckets is a set of buckets, All aside.
type buckets [NumBuckets / 8]byte

func (s *buckets) has(b uint16) bool { return b < NumBuckets && s[b/8]&(1<<(b%8)) != 0 }

func (s *buckets) set(b uint16, in bool) {
	if in {
		s[b/8] |= 1 << (b % 8)
	} else {
		s[b/8] &^= 1 << (b % 8)
	}
}

// wants reports whether a worker at home, that has joined s, receives st.
func (s *buckets) wants(st, home stream) bool {
	if st.direct() {
		return st == home
	}
	return st.bucket() == All || s.has(st.bucket())
}
