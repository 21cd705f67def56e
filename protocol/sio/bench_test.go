package sio_test

import (
	"strings"
	"testing"

	"github.com/ioserver/ioserver/protocol/sio"
)

func BenchmarkParse(b *testing.B) {
	for name, text := range map[string]string{
		"event":     `2["echo","x"]`,
		"ack":       `21["echo","x"]`,
		"namespace": `2/admin,["echo","x"]`,
		"chat":      `2["message",{"id":12345,"room":"lobby","text":"hello there, how are you today?","at":1700000000000}]`,
		"long":      `2["message","` + strings.Repeat("lorem ipsum ", 1000) + `"]`,
		"numbers":   `2["points"` + strings.Repeat(",[1.5,-20,300]", 200) + `]`,
	} {
		b.Run(name, func(b *testing.B) {
			packet := []byte(text)
			b.SetBytes(int64(len(packet)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := sio.Parse(packet, 0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParseEvent(b *testing.B) {
	data := []byte(`["message",{"id":12345,"text":"hello"}]`)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := sio.ParseEvent(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	p := sio.Packet{Type: sio.Ack, ID: 123, HasID: true, Namespace: "/admin", Data: []byte(`["x"]`)}
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = sio.Append(dst[:0], p)
	}
}

func BenchmarkPlaceholders(b *testing.B) {
	data := []byte(`["file",{"name":"a.png","body":{"_placeholder":true,"num":0}},{"_placeholder":true,"num":1}]`)
	b.ReportAllocs()
	for b.Loop() {
		if err := sio.Placeholders(data, 2); err != nil {
			b.Fatal(err)
		}
	}
}
