package feed

// BucketOf is the bucket of a room. It is stable: workers of different versions
// must agree. Two rooms in one bucket cost locality, nothing else, so it needs
// no key.
func BucketOf(namespace, room string) uint16 {
	const offset, prime = 14695981039346656037, 1099511628211 // FNV-1a, 64 bits
	h := uint64(offset)
	for i := 0; i < len(namespace); i++ {
		h = (h ^ uint64(namespace[i])) * prime
	}
	h = (h ^ 0xff) * prime // no byte of UTF-8: keeps ("/a", "b") from ("/", "ab")
	for i := 0; i < len(room); i++ {
		h = (h ^ uint64(room[i])) * prime
	}
	h ^= h >> 32 // the low bits of FNV alone are weak
	h *= 0x9e3779b97f4a7c15
	return uint16(h >> 52) // 12 bits: NumBuckets
}
