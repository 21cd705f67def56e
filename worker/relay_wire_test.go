package worker

import (
	"bytes"
	"encoding/binary"
	"errors"
	"reflect"
	"testing"

	"github.com/ioserver/ioserver/protocol/eio"
	"github.com/ioserver/ioserver/worker/engineio"
)

var from = asker{slot: 3, life: 0x0102030405060708, id: 0x1122334455667788}

func requests() []*engineio.Exchange {
	return []*engineio.Exchange{
		{SID: "a", Method: "GET", Revision: eio.V4},
		{SID: "abcdefghijklmnopqrstuvwxyz01", Method: "POST", Revision: eio.V3, Octet: true, Body: []byte("body")},
		{SID: "x", Method: "PUT", Revision: eio.V4, WebSocket: true},
		{SID: "long", Method: "POST", Revision: eio.V4, Body: bytes.Repeat([]byte("0123456789"), 50_000)},
	}
}

// gather puts pieces together as an inbox does.
func gather(t *testing.T, prefix, head, body []byte) (rest [][]byte) {
	t.Helper()
	err := pieces(prefix, head, body, func(number uint32, piece []byte) error {
		if int(number) != len(rest) {
			t.Fatalf("piece %d has number %d", len(rest), number)
		}
		if len(piece) > pieceBytes {
			t.Fatalf("a piece of %d bytes", len(piece))
		}
		if !bytes.HasPrefix(piece, prefix) {
			t.Fatal("a piece without its prefix")
		}
		rest = append(rest, append([]byte(nil), piece[len(prefix):]...))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range rest {
		if first, last := p[0]&firstPiece != 0, p[0]&lastPiece != 0; first != (i == 0) || last != (i == len(rest)-1) {
			t.Fatalf("piece %d of %d has flags %b", i, len(rest), p[0])
		}
	}
	return rest
}

func TestRequestPieces(t *testing.T) {
	for _, want := range requests() {
		got := (*engineio.Exchange)(nil)
		for _, p := range gather(t, from.append(nil), requestHead(want), want.Body) {
			body := p[1:]
			if p[0]&firstPiece != 0 {
				var err error
				if got, body, err = parseRequestHead(body); err != nil {
					t.Fatal(err)
				}
			}
			got.Body = append(got.Body, body...)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %.200v, want %.200v", got, want)
		}
	}
}

func TestAnswerPieces(t *testing.T) {
	for _, want := range []*engineio.Answer{
		{Status: 200, ContentType: "text/plain; charset=UTF-8", Body: []byte("4hello"), Compressible: true},
		{Status: 413},
		{Status: 200, ContentType: "application/octet-stream", Body: bytes.Repeat([]byte{1, 2, 3}, 70_000)},
	} {
		got := (*engineio.Answer)(nil)
		for _, p := range gather(t, binary.BigEndian.AppendUint64(nil, 7), answerHead(want), want.Body) {
			body := p[1:]
			if p[0]&firstPiece != 0 {
				var err error
				if got, body, err = parseAnswerHead(body); err != nil {
					t.Fatal(err)
				}
			}
			got.Body = append(got.Body, body...)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %.200v, want %.200v", got, want)
		}
	}
}

func TestPiecesStopAtError(t *testing.T) {
	full, n := errors.New("full"), 0
	err := pieces(nil, nil, make([]byte, 3*pieceBytes), func(uint32, []byte) error { n++; return full })
	if !errors.Is(err, full) || n != 1 {
		t.Fatalf("%v after %d pieces", err, n)
	}
}

func TestTruncatedHeads(t *testing.T) {
	for _, x := range requests() {
		head := requestHead(x)
		for n := range head {
			if _, _, err := parseRequestHead(head[:n]); err == nil {
				t.Errorf("a request's head cut at %d of %d was taken", n, len(head))
			}
		}
	}
	head := answerHead(&engineio.Answer{Status: 200, ContentType: "text/html"})
	for n := range head {
		if _, _, err := parseAnswerHead(head[:n]); err == nil {
			t.Errorf("an answer's head cut at %d of %d was taken", n, len(head))
		}
	}
	name := from.append(nil)
	for n := range name {
		if _, _, err := parseAsker(name[:n]); err == nil {
			t.Errorf("an asker cut at %d was taken", n)
		}
	}
	if got, rest, err := parseAsker(append(name, 'x')); got != from || string(rest) != "x" || err != nil {
		t.Errorf("asker %v, rest %q, %v", got, rest, err)
	}
}

func FuzzParseRequestHead(f *testing.F) {
	for _, x := range requests() {
		f.Add(append(requestHead(x), 'b'))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		x, body, err := parseRequestHead(b)
		if err != nil {
			return
		}
		if again := append(requestHead(x), body...); !bytes.Equal(again, b) {
			t.Errorf("%q was read as %q", b, again)
		}
	})
}

func FuzzParseAnswerHead(f *testing.F) {
	f.Add(append(answerHead(&engineio.Answer{Status: 200, ContentType: "text/html", Compressible: true}), "ok"...))
	f.Add(answerHead(engineio.SessionUnknown()))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, body, err := parseAnswerHead(b)
		if err != nil {
			return
		}
		again := append(answerHead(a), body...)
		if len(b) > 3 && b[2]&answerIsRefusal == 0 {
			b[3] = 0 // means nothing then
		}
		if !bytes.Equal(again, b) {
			t.Errorf("%q was read as %q", b, again)
		}
	})
}
