package feed

import (
	"fmt"
	"testing"
)

// TestBucketOfIsStable: these values are part of the wire format.
func TestBucketOfIsStable(t *testing.T) {
	for _, test := range []struct {
		namespace, room string
		want            uint16
	}{
		{"/", "", 3677},
		{"/", "room", 1504},
		{"/a", "b", 2221},
		{"/", "ab", 3892},
		{"/admin", "日本語", 3519},
	} {
		if got := BucketOf(test.namespace, test.room); got != test.want {
			t.Errorf("%q %q: %d, want %d", test.namespace, test.room, got, test.want)
		}
	}
	if BucketOf("/a", "b") == BucketOf("/", "ab") {
		t.Error("the border does not count")
	}
}

func TestBucketOfSpreads(t *testing.T) {
	var count [NumBuckets]int
	const rooms = 40 * NumBuckets
	for i := range rooms {
		count[BucketOf("/", fmt.Sprintf("room-%d", i))]++
	}
	for b, n := range count {
		if n < 10 || n > 90 { // 40 on average; 7 standard deviations
			t.Errorf("bucket %d: %d rooms", b, n)
		}
	}
}

func BenchmarkBucketOf(b *testing.B) {
	for b.Loop() {
		BucketOf("/admin", "a room of forty bytes, as rooms may be.")
	}
}
