package feed

import (
	"context"
	"testing"

	"github.com/ioserver/ioserver/broker"
)

// sink is a Broker that costs nothing, so that benchmarks show the feed alone.
type sink struct{ broker.Broker }

func (sink) Publish(string, []byte) error { return nil }
func (sink) Generation() uint64           { return 1 }

// BenchmarkPublish is a message's cost at its origin, the broker aside.
func BenchmarkPublish(b *testing.B) {
	f, err := New(sink{}, Options{Cluster: "bench", Origin: Origin{Life: 1}})
	if err != nil {
		b.Fatal(err)
	}
	data := make([]byte, 200)
	b.ReportAllocs()
	i := uint16(0)
	for b.Loop() {
		if err := f.Publish(i%NumBuckets, data); err != nil {
			b.Fatal(err)
		}
		if i++; i%4096 == 0 {
			f.out.announce(0)
		}
	}
}

// BenchmarkReceive is a message's cost at a receiver, from the broker's dispatch
// goroutine to the handler's.
func BenchmarkReceive(b *testing.B) {
	hub := broker.NewHub().Connect()
	defer hub.Close()
	f, err := New(hub, Options{Cluster: "bench", Origin: Origin{Life: 1}})
	if err != nil {
		b.Fatal(err)
	}
	got := make(chan struct{}, 1)
	n := 0
	f.Handle(func(Delivery) {
		if n++; n%1024 == 0 {
			got <- struct{}{}
		}
	})
	if err := f.Start(); err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	for i := range uint16(16) {
		if err := f.Join(context.Background(), i); err != nil {
			b.Fatal(err)
		}
	}
	o := Origin{Node: 1, Slot: 1, Life: 2}
	data := make([]byte, 200)
	var prev [16]uint64
	number := uint64(0)
	frames := make([][]byte, 1024)
	b.ReportAllocs()
	for left := 0; b.Loop(); left-- {
		if left == 0 {
			b.StopTimer()
			left = len(frames)
			for i := range frames {
				number++
				k := number % 16
				frames[i] = appendMessage(nil, o, message{stream: bucketStream(uint16(k)), number: number, prev: prev[k], data: data})
				prev[k] = number
			}
			b.StartTimer()
		}
		f.receive(broker.Message{Data: frames[len(frames)-left]})
		if left == 1 {
			<-got
		}
	}
	if s := f.Stats(); s.Gaps != 0 || s.QueueOverflows != 0 {
		b.Errorf("%+v", s)
	}
}
