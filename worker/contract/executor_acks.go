package contract

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/socketio"
)

// Acked is the answer to an emission whose acknowledgements were waited for.
type Acked struct {
	// OK: everybody who was sent the event is among the answers.
	OK      bool     `json:"ok"`
	Answers []Answer `json:"answers"`
	// Missing are the ids of the sockets that have not answered, as they were
	// not sent the event perhaps, or whose answers there was no room for.
	Missing []string `json:"missing"`
	// Workers are those of which something is missing.
	Workers []Worker `json:"workers"`
}

// Answer is one socket's acknowledgement.
type Answer struct {
	ID   string          `json:"id"`
	Args json.RawMessage `json:"args"`
}

// Worker is one of the cluster.
type Worker struct {
	Node uint16 `json:"node"`
	Slot uint8  `json:"slot"`
}

// ServersAcked is the answer to a server-side event whose answers were waited
// for.
type ServersAcked struct {
	OK      bool           `json:"ok"`
	Answers []ServerAnswer `json:"answers"`
	Workers []Worker       `json:"workers"` // that have not answered
}

// ServerAnswer is one worker's.
type ServerAnswer struct {
	Worker
	Args json.RawMessage `json:"args"`
}

// answerOverhead is what an answer takes besides its arguments and its id.
const answerOverhead = 64

func (c *Command) emitWithAck(ctx context.Context, b socketio.Broadcast, most int) (any, *Error) {
	ctx, cancel := context.WithTimeout(ctx, c.AckTimeout)
	defer cancel()
	acks, err := b.EmitWithAck(ctx, c.Event, c.args()...)
	a := &Acked{OK: err == nil, Answers: []Answer{}, Missing: []string{}, Workers: workersOf(err)}
	if err != nil && a.Workers == nil {
		return nil, c.failed(err)
	}
	for _, got := range acks.Answers {
		args, refused := EncodeArgs(got.Args, most)
		if most -= len(args) + len(got.ID) + answerOverhead; refused != nil || most < 0 {
			a.OK = false
			a.Missing = append(a.Missing, got.ID)
			continue
		}
		a.Answers = append(a.Answers, Answer{ID: got.ID, Args: args})
	}
	a.Missing = append(a.Missing, acks.Missing...)
	if a.Workers == nil {
		a.Workers = []Worker{}
	}
	return a, nil
}

func serverSideEmit(ctx context.Context, ns *socketio.Namespace, c *Command, most int) (any, *Error) {
	if c.AckTimeout == 0 {
		// This worker's own first: it refuses what the others would.
		if err := ns.HearServerSide(c.Event, c.args()...); err != nil {
			return nil, c.failed(err)
		}
		return Done{OK: true}, c.failed(ns.ServerSideEmit(c.Event, c.args()...))
	}
	ctx, cancel := context.WithTimeout(ctx, c.AckTimeout)
	defer cancel()
	answers, own, err := askServers(ctx, ns, c)
	a := &ServersAcked{OK: err == nil && own == nil, Answers: []ServerAnswer{}, Workers: workersOf(err)}
	if err != nil && a.Workers == nil {
		return nil, c.failed(err)
	}
	if own != nil {
		a.Workers = append(a.Workers, worker(ns.Home()))
	}
	for _, got := range answers {
		args, refused := EncodeArgs(got.Args, most)
		if most -= len(args) + answerOverhead; refused != nil || most < 0 {
			a.OK = false
			a.Workers = append(a.Workers, worker(got.From))
			continue
		}
		a.Answers = append(a.Answers, ServerAnswer{Worker: worker(got.From), Args: args})
	}
	if a.Workers == nil {
		a.Workers = []Worker{}
	}
	return a, nil
}

// askServers asks the handlers of the others and, at the same time, this
// worker's: own is why these have not answered.
func askServers(ctx context.Context, ns *socketio.Namespace, c *Command) (answers []socketio.ServerAnswer, own, others error) {
	var args *socketio.Args
	here := make(chan struct{})
	go func() {
		defer close(here)
		args, own = ns.HearServerSideWithAck(ctx, c.Event, c.args()...)
	}()
	answers, others = ns.ServerSideEmitWithAck(ctx, c.Event, c.args()...)
	<-here
	if own == nil {
		answers = append(answers, socketio.ServerAnswer{From: ns.Home(), Args: args})
	}
	return answers, own, others
}

func worker(h sid.Home) Worker { return Worker{h.Node, h.Slot} }

// workersOf are the workers that a partial error names; nil: it is none.
func workersOf(err error) []Worker {
	var partial *socketio.PartialError
	if !errors.As(err, &partial) {
		return nil
	}
	out := []Worker{}
	for _, h := range partial.Missing {
		out = append(out, worker(h))
	}
	return out
}

// queryPatience is how long workers are waited for that are asked what they
// hold.
const queryPatience = 5 * time.Second
