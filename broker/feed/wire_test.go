package feed

import (
	"bytes"
	"reflect"
	"testing"
)

var (
	testOrigin  = Origin{Node: 513, Slot: 7, Life: 0x1122334455667788}
	testBuckets = func() *buckets {
		s := new(buckets)
		for _, b := range []uint16{0, 1, 9, 4095} {
			s.set(b, true)
		}
		return s
	}()
)

// frames are one of each kind, and their borders.
func frames() map[string][]byte {
	return map[string][]byte{
		"message":   appendMessage(nil, testOrigin, message{beat: 200, stream: bucketStream(4095), number: 1 << 40, prev: 1<<40 - 300, data: []byte("hello")}),
		"first":     appendMessage(nil, testOrigin, message{stream: bucketStream(All), number: 1}),
		"direct":    appendMessage(nil, testOrigin, message{stream: homeStream(65535, 255), number: 2, prev: 1, data: []byte{0}}),
		"beat":      appendBeat(nil, testOrigin, beat{flags: flagHello, number: 9, head: 1000, since: 990, changes: []change{{bucketStream(3), 1000}, {homeStream(1, 2), 991}}}),
		"idle beat": appendBeat(nil, testOrigin, beat{number: 1}),
		"request":   appendRequest(nil, testOrigin, request{life: 5, id: 6, from: 7, buckets: testBuckets}),
		"answer": appendAnswer(nil, testOrigin, answer{
			life: 1, id: 2, final: true, beat: 3, from: 10, oldest: 15, through: 20, head: 20,
			gone:    []change{{bucketStream(1), 12}},
			entries: []message{{stream: bucketStream(9), number: 16, prev: 14, data: []byte("a")}, {stream: homeStream(3, 3), number: 20}},
		}),
		"question":     appendQuestion(nil, testOrigin, question{id: 1 << 30}),
		"word":         appendWord(nil, testOrigin, word{life: 5, id: 6, server: "NAAAA"}),
		"empty answer": appendAnswer(nil, testOrigin, answer{life: 1, id: 2, beat: 3, from: 10, oldest: 1, through: 11, head: 12}),
	}
}

// reencode parses a frame of any kind and encodes it again.
func reencode(b []byte) ([]byte, error) {
	k, o, body, err := parseOrigin(b)
	if err != nil {
		return nil, err
	}
	switch k {
	case kindMessage:
		m, err := parseMessage(body)
		return appendMessage(nil, o, m), err
	case kindBeat:
		t, changes, err := parseBeat(body)
		if err == nil {
			for c, ok := changes.next(t); ok; c, ok = changes.next(t) {
				t.changes = append(t.changes, c)
			}
		}
		return appendBeat(nil, o, t), err
	case kindRequest:
		q, err := parseRequest(body)
		if err != nil {
			return nil, err
		}
		return appendRequest(nil, o, q), nil
	case kindQuestion:
		q, err := parseQuestion(body)
		return appendQuestion(nil, o, q), err
	case kindWord:
		w, err := parseWord(body)
		return appendWord(nil, o, w), err
	case kindAnswer:
		a, rest, err := parseAnswer(body)
		if err == nil {
			err = rest.body(&a)
		}
		return appendAnswer(nil, o, a), err
	}
	return nil, errMalformed
}

func TestFramesRoundTrip(t *testing.T) {
	for name, b := range frames() {
		again, err := reencode(b)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !bytes.Equal(again, b) {
			t.Errorf("%s: %x became %x", name, b, again)
		}
	}
}

func TestFrameValues(t *testing.T) {
	_, o, body, _ := parseOrigin(frames()["answer"])
	a, rest, err := parseAnswer(body)
	if err == nil {
		err = rest.body(&a)
	}
	if err != nil || o != testOrigin {
		t.Fatal(o, err)
	}
	want := answer{
		life: 1, id: 2, final: true, beat: 3, from: 10, oldest: 15, through: 20, head: 20,
		gone:    []change{{bucketStream(1), 12}},
		entries: []message{{stream: bucketStream(9), number: 16, prev: 14, data: []byte("a")}, {stream: homeStream(3, 3), number: 20, data: []byte{}}},
	}
	if !reflect.DeepEqual(a, want) {
		t.Errorf("got %+v", a)
	}
	_, _, body, _ = parseOrigin(frames()["direct"])
	m, err := parseMessage(body)
	if err != nil || m.stream != homeStream(65535, 255) || m.number != 2 || m.prev != 1 || !m.stream.direct() {
		t.Errorf("got %+v, %v", m, err)
	}
	_, _, body, _ = parseOrigin(frames()["word"])
	w, err := parseWord(body)
	if err != nil || w != (word{life: 5, id: 6, server: "NAAAA"}) {
		t.Errorf("got %+v, %v", w, err)
	}
	_, _, body, _ = parseOrigin(frames()["request"])
	q, err := parseRequest(body)
	if err != nil || *q.buckets != *testBuckets || q.life != 5 || q.id != 6 || q.from != 7 {
		t.Errorf("got %+v, %v", q, err)
	}
}

// TestFramesTruncated: no prefix of a frame is a frame; messages may only lose data.
func TestFramesTruncated(t *testing.T) {
	for name, b := range frames() {
		least := len(b)
		if k := kind(b[1]); k == kindMessage {
			_, _, body, _ := parseOrigin(b)
			m, _ := parseMessage(body)
			least = len(b) - len(m.data)
		}
		for n := range least {
			if _, err := reencode(b[:n]); err == nil {
				t.Errorf("%s: %d of %d bytes are enough", name, n, len(b))
			}
		}
		if kind(b[1]) != kindMessage {
			if _, err := reencode(append(bytes.Clone(b), 0)); err == nil {
				t.Errorf("%s: a byte too many", name)
			}
		}
	}
}

func TestFramesRefused(t *testing.T) {
	origin := func(k kind, rest ...byte) []byte { return append(appendOrigin(nil, k, testOrigin), rest...) }
	old := frames()["message"]
	old = append([]byte{version + 1}, old[1:]...)
	ids := []byte{0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1}
	ans := func(rest ...byte) []byte { return origin(kindAnswer, append(bytes.Clone(ids), rest...)...) }
	for name, b := range map[string][]byte{
		"empty":                nil,
		"version":              old,
		"kind":                 origin(0, 1, 2, 3),
		"kind 7":               origin(7, 1, 2, 3),
		"word of no server":    origin(kindWord, append(bytes.Clone(ids), 0)...),
		"word cut short":       origin(kindWord, append(bytes.Clone(ids), 3, 'N', 'A')...),
		"no life":              appendMessage(nil, Origin{Node: 1}, message{number: 1}),
		"number 0":             origin(kindMessage, 0, 0, 0, 0),
		"long varint":          origin(kindMessage, 0, 0x80, 0, 1, 0),
		"endless varint":       origin(kindMessage, append([]byte{0}, bytes.Repeat([]byte{0xff}, 20)...)...),
		"stream":               origin(kindMessage, 0, 0xff, 0xff, 0xff, 0x7f, 1, 0),
		"bucket":               origin(kindMessage, 0, 0x82, 0x40, 1, 0), // 4097
		"before the first":     origin(kindMessage, 0, 0, 5, 5),
		"beat 0":               origin(kindBeat, 0, 0, 0, 0, 0),
		"beat flags":           origin(kindBeat, 8, 1, 0, 0, 0),
		"since over head":      origin(kindBeat, 0, 1, 5, 6, 0),
		"change of the past":   origin(kindBeat, 0, 1, 5, 3, 1, 0, 2),
		"changes without end":  origin(kindBeat, 0, 1, 5, 3, 0xff, 0xff, 3, 0, 0),
		"answer flags":         ans(2, 1, 0, 0, 0, 0, 0, 0),
		"not final":            ans(0, 1, 0, 0, 5, 5, 0, 0),
		"final":                ans(1, 1, 0, 0, 5, 6, 0, 0),
		"through before from":  ans(0, 1, 6, 0, 5, 7, 0, 0),
		"gone still there":     ans(0, 1, 0, 2, 5, 7, 1, 0, 2, 0),
		"gone before from":     ans(0, 1, 3, 5, 5, 7, 1, 0, 3, 0),
		"entry twice":          ans(0, 1, 0, 0, 5, 7, 0, 1, 0, 0, 0, 0),
		"entry after through":  ans(0, 1, 0, 0, 5, 7, 0, 1, 6, 0, 0, 0),
		"entry too short":      ans(0, 1, 0, 0, 5, 7, 0, 1, 1, 0, 0, 9),
		"entry before oldest":  ans(0, 1, 0, 3, 5, 7, 0, 1, 2, 0, 0, 0),
		"entries without end":  ans(0, 1, 0, 0, 5, 7, 0, 0xff, 0xff, 3, 1, 0, 0, 0),
		"a request for itself": frames()["request"][:40],
	} {
		if _, err := reencode(b); err == nil {
			t.Errorf("%s: %x is accepted", name, b)
		}
	}
}

func FuzzFrame(f *testing.F) {
	for _, b := range frames() {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		again, err := reencode(b)
		if err == nil && !bytes.Equal(again, b) {
			t.Errorf("%x became %x: two forms of one frame", b, again)
		}
	})
}
