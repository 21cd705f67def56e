package broker

import (
	"bytes"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func newTestJoiner(t *testing.T, o NATSOptions) *joiner {
	o.Servers = []string{"nats://unused"}
	o, err := o.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	j := newJoiner(o)
	t.Cleanup(j.close)
	return j
}

func TestPartHeader(t *testing.T) {
	p := part{id: 1<<63 | 5, index: 2, count: 3, total: 1000}
	s := p.String()
	if got, ok := parsePart(s); !ok || got != p {
		t.Errorf("%q became %+v", s, got)
	}
	// Prefixes have fewer fields, or a smaller total, which may still be one.
	for n := range len(s) - 3 {
		if _, ok := parsePart(s[:n]); ok {
			t.Errorf("%q is enough", s[:n])
		}
	}
	for _, bad := range []string{
		"", "   ", "0 1 2 3", "000000000000000g 0 2 5", "0000000000000001 0 2 5 ", " 0000000000000001 0 2 5",
		"0000000000000001 2 2 5", "0000000000000001 -1 2 5", "0000000000000001 0 1 5", "0000000000000001 0 6 5",
		"0000000000000001 00 2 5", "0000000000000001 0 2 +5", "000000000000000A 0 2 5", "0000000000000001 0 2 99999999999999999999",
	} {
		if p, ok := parsePart(bad); ok {
			t.Errorf("%q is accepted as %+v", bad, p)
		}
	}
}

func FuzzPartHeader(f *testing.F) {
	f.Add(part{id: 1, index: 0, count: 2, total: 2}.String())
	f.Fuzz(func(t *testing.T, s string) {
		if p, ok := parsePart(s); ok && p.String() != s {
			t.Errorf("%q and %q are one", s, p)
		}
	})
}

// add is a part of a message of count parts of size bytes.
func (j *joiner) part(id uint64, index, count, size int) []byte {
	return j.add(nil, part{id, index, count, count * size}.String(), bytes.Repeat([]byte{byte(index)}, size))
}

func TestJoin(t *testing.T) {
	j := newTestJoiner(t, NATSOptions{})
	for i := range 3 {
		for id := range uint64(5) { // interleaved
			whole := j.part(id, i, 3, 10)
			if (whole != nil) != (i == 2) {
				t.Fatalf("message %d, part %d: %q", id, i, whole)
			}
			if i == 2 && !bytes.Equal(whole, []byte("\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02")) {
				t.Errorf("message %d: %q", id, whole)
			}
		}
	}
	if len(j.open) != 0 || j.bytes != 0 || j.dropped.Load() != 0 {
		t.Errorf("%d open, %d bytes, %d dropped", len(j.open), j.bytes, j.dropped.Load())
	}
}

// TestJoinGivesUp: each mistake costs one message and leaves nothing behind.
func TestJoinGivesUp(t *testing.T) {
	for name, parts := range map[string][]string{
		"hole":           {"0 3 6", "2 3 6"},
		"no beginning":   {"1 3 6", "2 3 6"},
		"twice":          {"0 3 6", "0 3 6"},
		"other count":    {"0 3 6", "1 4 6"},
		"other total":    {"0 3 6", "1 3 7"},
		"too short":      {"0 2 6", "1 2 6"},
		"too long":       {"0 3 5", "1 3 5", "2 3 5"},
		"early end":      {"0 3 4", "1 3 4"},
		"not a header":   {"0"},
		"over the limit": {"0 2 2000000"},
	} {
		j := newTestJoiner(t, NATSOptions{MaxMessage: 1 << 20})
		for _, p := range parts {
			if whole := j.add(nil, "0000000000000001 "+p, []byte("ab")); whole != nil {
				t.Errorf("%s: became %q", name, whole)
			}
		}
		if len(j.open) != 0 || j.bytes != 0 || j.dropped.Load() != 1 {
			t.Errorf("%s: %d open, %d bytes, %d dropped", name, len(j.open), j.bytes, j.dropped.Load())
		}
	}
}

func TestJoinBounds(t *testing.T) {
	j := newTestJoiner(t, NATSOptions{JoinMessages: 4, JoinBytes: 1000})
	for id := range uint64(10) {
		j.part(id, 0, 3, 10)
		if len(j.open) > 4 {
			t.Fatalf("%d open", len(j.open))
		}
	}
	if j.dropped.Load() != 6 {
		t.Errorf("%d dropped", j.dropped.Load())
	}
	for id := uint64(100); id < 110; id++ {
		j.part(id, 0, 3, 400)
		if j.bytes > 1000 {
			t.Fatalf("%d bytes", j.bytes)
		}
	}
	j.reset()
	if len(j.open) != 0 || j.bytes != 0 {
		t.Errorf("%d open, %d bytes", len(j.open), j.bytes)
	}
}

// TestJoinAge: an unfinished message does not stay, though nothing else comes.
func TestJoinAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // where the clock jumps
		j := newTestJoiner(t, NATSOptions{JoinAge: 10 * time.Second})
		j.part(1, 0, 2, 10)
		time.Sleep(6 * time.Second)
		j.part(2, 0, 2, 10)
		for i, want := range []int{1, 0} {
			time.Sleep(5 * time.Second)
			synctest.Wait()
			j.mu.Lock()
			if len(j.open) != want || j.bytes != 10*want || j.dropped.Load() != uint64(i+1) {
				t.Errorf("%d open, %d bytes, %d dropped", len(j.open), j.bytes, j.dropped.Load())
			}
			j.mu.Unlock()
		}
	})
}

func TestSubjects(t *testing.T) {
	for _, s := range []string{"a", "a-b", "A_9", fmt.Sprintf("%064d", 0)} {
		if !ValidToken(s) {
			t.Errorf("token %q", s)
		}
	}
	for _, s := range []string{"", "a.b", "a b", "*", ">", "ä", "a\x00", fmt.Sprintf("%065d", 0)} {
		if ValidToken(s) {
			t.Errorf("token %q", s)
		}
	}
	for _, test := range []struct {
		subject       string
		literal, wild bool
	}{
		{"a", true, true}, {"a.b.c", true, true}, {"$SYS.x", true, true}, {"a*b", true, true}, {"a>", true, true}, {"ä.ö", true, true},
		{"*", false, true}, {"a.*.b", false, true}, {"a.>", false, true}, {">", false, true},
		{"a.>.b", false, false}, {"", false, false}, {".", false, false}, {"a..b", false, false}, {"a. b", false, false}, {"a\n", false, false},
	} {
		if validSubject(test.subject, false) != test.literal || validSubject(test.subject, true) != test.wild {
			t.Errorf("subject %q", test.subject)
		}
	}
}
