package eio_test

import (
	"testing"

	"github.com/ioserver/ioserver/protocol/eio"
)

var event = []byte(`42["message",{"id":12345,"text":"hello there, how are you?"}]`)

func BenchmarkParseText(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := eio.ParseText(eio.V4, event); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkPackets() []eio.Packet {
	packets := make([]eio.Packet, 16)
	for i := range packets {
		packets[i] = eio.Packet{Type: eio.Message, Data: event[1:]}
	}
	return packets
}

func BenchmarkAppendPayload(b *testing.B) {
	packets := benchmarkPackets()
	for name, rev := range map[string]eio.Revision{"v3": eio.V3, "v4": eio.V4} {
		b.Run(name, func(b *testing.B) {
			var dst []byte
			b.ReportAllocs()
			for b.Loop() {
				dst, _ = eio.AppendPayload(dst[:0], rev, packets, false)
			}
			b.SetBytes(int64(len(dst)))
		})
	}
}

func BenchmarkDecodePayload(b *testing.B) {
	packets := benchmarkPackets()
	for name, rev := range map[string]eio.Revision{"v3": eio.V3, "v4": eio.V4} {
		b.Run(name, func(b *testing.B) {
			body, _ := eio.AppendPayload(nil, rev, packets, false)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if err := eio.DecodePayload(rev, body, false, 0, func(eio.Packet) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAppendJSONP(b *testing.B) {
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = eio.AppendJSONP(dst[:0], "0", event)
	}
	b.SetBytes(int64(len(dst)))
}
