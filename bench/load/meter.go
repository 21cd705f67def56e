package load

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Counts are what has happened. All but Ready only grow.
type Counts struct {
	Ready       int64 // clients now
	Opened      int64 // clients that became ready
	LostClients int64 // clients that could not connect, or ended

	Requests    int64 // events sent that want an acknowledgement
	Acks        int64 // each once
	LostAcks    int64 // known when a scenario has ended, or a client
	DoubledAcks int64
	StrangeAcks int64 // of what the client has not asked
	BareAcks    int64 // without the payload
	LateAcks    int64 // out of order; a server may do that

	Published       int64 // messages handed to the server to broadcast
	Refused         int64 // of those, not taken
	Deliveries      int64 // each once
	LostMessages    int64 // deliveries that did not come; known when a scenario has ended
	DoubledMessages int64
	StrangeMessages int64 // for a room that the client is not in
	LateMessages    int64 // behind one that its sender sent after it
	Corrupt         int64 // acknowledgements and messages whose payload was changed
	Heartbeats      int64
	BytesIn         int64
	BytesOut        int64
}

func (c *Counts) add(o *Counts, sign int64) {
	a, b := c.all(), o.all()
	for i := range a {
		*a[i] += sign * *b[i]
	}
}

// all are the fields in the order of the struct.
func (c *Counts) all() []*int64 {
	return []*int64{
		&c.Ready, &c.Opened, &c.LostClients,
		&c.Requests, &c.Acks, &c.LostAcks, &c.DoubledAcks, &c.StrangeAcks, &c.BareAcks, &c.LateAcks,
		&c.Published, &c.Refused, &c.Deliveries, &c.LostMessages, &c.DoubledMessages, &c.StrangeMessages,
		&c.LateMessages, &c.Corrupt, &c.Heartbeats, &c.BytesIn, &c.BytesOut,
	}
}

// Since is what has happened since an earlier count; Ready stays that of now.
func (c Counts) Since(earlier Counts) Counts {
	ready := c.Ready
	c.add(&earlier, -1)
	c.Ready = ready
	return c
}

// Histograms hold nanoseconds, from a microsecond to ten minutes.
const (
	histogramLow    = int64(time.Microsecond)
	histogramHigh   = int64(10 * time.Minute)
	histogramDigits = 3
)

// NewHistogram returns one of the kind that a fleet measures with.
func NewHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(histogramLow, histogramHigh, histogramDigits)
}

// record takes a duration; one that is out of range counts as the range's end.
func record(h *hdrhistogram.Histogram, ns int64) {
	_ = h.RecordValue(min(max(ns, 0), histogramHigh)) // in range
}

// meter is what a thread measures.
type meter struct {
	Counts
	latency *hdrhistogram.Histogram // since it was last looked at
	late    *hdrhistogram.Histogram // how late messages of an open loop went
	lag     *hdrhistogram.Histogram // how late the loop turned
	from    int64                   // what was due before is not in the latency
	last    int64                   // when an operation ended
}

func newMeter() meter {
	return meter{latency: NewHistogram(), late: NewHistogram(), lag: NewHistogram()}
}

// operation notes the end of one that was due at a time.
func (m *meter) operation(due, now int64) {
	m.last = now
	if due >= m.from {
		record(m.latency, now-due)
	}
}
