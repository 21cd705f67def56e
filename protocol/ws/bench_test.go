package ws_test

import (
	"fmt"
	"testing"

	"github.com/ioserver/ioserver/protocol/ws"
)

func BenchmarkNext(b *testing.B) {
	for _, size := range []int{16, 125, 1000, 60000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			// A key of zeros leaves the payload as it is, so that the same bytes can be decoded again.
			buffer := ws.AppendMasked(nil, true, ws.OpText, [4]byte{}, []byte(text(size)))
			var d ws.Decoder
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := d.Next(buffer, ws.Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkMask(b *testing.B) {
	for _, size := range []int{7, 16, 100, 1000, 60000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			payload := make([]byte, size)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				ws.Mask(key, 1, payload)
			}
		})
	}
}

func BenchmarkAppendHeader(b *testing.B) {
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = ws.AppendHeader(dst[:0], true, ws.OpText, 300)
	}
}

func BenchmarkAcceptKey(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		ws.AcceptKey("dGhlIHNhbXBsZSBub25jZQ==")
	}
}
