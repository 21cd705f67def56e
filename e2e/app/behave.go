package main

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/ioserver/ioserver/worker/socketio"
)

// behave gives namespaces the test application's events.
func behave(n socketio.Registrar, report reporter) {
	n.OnConnection(func(s *socketio.Socket) { report.tell("connect %s %s", s.Namespace().Name(), s.ID()) })
	n.OnDisconnect(func(s *socketio.Socket, reason string) {
		report.tell("disconnect %s %s %s", s.Namespace().Name(), s.ID(), reason)
	})
	behaviours := map[string]func(*socketio.Socket, *socketio.Event) error{
		"echo": echo, "ask": ask, "join": join, "leave": leave, "rooms": rooms, "broadcast": broadcast,
		"many": many, "volatile": volatile, "mixed": mixed, "kick": kick, "remember": remember, "recall": recall,
		"whoami": whoami, "info": info,
	}
	for event, f := range behaviours {
		n.On(event, func(s *socketio.Socket, e *socketio.Event) {
			if err := f(s, e); err != nil {
				report.tell("error %s %s %s: %v", s.Namespace().Name(), s.ID(), event, err)
			}
		})
	}
}

func echo(s *socketio.Socket, e *socketio.Event) error {
	if e.WantsAck() {
		return e.Ack(e.Args())
	}
	return s.Emit("echo", e.Args())
}

// ask acknowledges the client's answer, or {error} when there is none within
// the first argument's milliseconds.
func ask(s *socketio.Socket, e *socketio.Event) error {
	var ms int
	if err := e.Decode(&ms); err != nil {
		return err
	}
	question, err := without(e.Args(), 1)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(ms)*time.Millisecond)
	defer cancel()
	answer, err := s.EmitWithAck(ctx, "question", question)
	if err != nil {
		return e.Ack(map[string]string{"error": "timeout"})
	}
	// as emitWithAck of the reference, which resolves with the first
	first, err := leading(answer, 1)
	if err != nil {
		return err
	}
	return e.Ack(first)
}

func join(s *socketio.Socket, e *socketio.Event) error {
	var room string
	if err := e.Decode(&room); err != nil {
		return err
	}
	if err := s.Join(room); err != nil {
		return err
	}
	return e.Ack("joined")
}

func leave(s *socketio.Socket, e *socketio.Event) error {
	var room string
	if err := e.Decode(&room); err != nil {
		return err
	}
	if err := s.Leave(room); err != nil {
		return err
	}
	return e.Ack("left")
}

func rooms(s *socketio.Socket, e *socketio.Event) error {
	names := s.Rooms()
	slices.Sort(names)
	return e.Ack(names)
}

// broadcast has arguments {from: "socket"|"server", rooms, except, volatile},
// event, and the event's own.
func broadcast(s *socketio.Socket, e *socketio.Event) error {
	var how struct {
		From          string
		Rooms, Except []string
		Volatile      bool
	}
	var event string
	if err := e.Decode(&how, &event); err != nil {
		return err
	}
	args, err := without(e.Args(), 2)
	if err != nil {
		return err
	}
	to := s.Broadcast()
	if how.From == "server" {
		to = s.Namespace().To()
	}
	to = to.To(how.Rooms...).Except(how.Except...)
	if how.Volatile {
		to = to.Volatile()
	}
	if err := to.Emit(event, args); err != nil {
		return err
	}
	if e.WantsAck() {
		return e.Ack("sent")
	}
	return nil
}

func many(s *socketio.Socket, e *socketio.Event) error {
	var n int
	var event string
	if err := e.Decode(&n, &event); err != nil {
		return err
	}
	for i := range n {
		if err := s.Emit(event, i); err != nil {
			return err
		}
	}
	return nil
}

func volatile(s *socketio.Socket, e *socketio.Event) error {
	var event string
	if err := e.Decode(&event); err != nil {
		return err
	}
	args, err := without(e.Args(), 1)
	if err != nil {
		return err
	}
	return s.Volatile().Emit(event, args)
}

func mixed(s *socketio.Socket, e *socketio.Event) error {
	var text string
	if err := e.Decode(&text); err != nil {
		return err
	}
	for _, arg := range []any{1, []byte{1, 2, 3}} {
		if err := s.Emit("mixed", arg); err != nil {
			return err
		}
	}
	return s.Emit("mixed", struct {
		B []byte `json:"b"`
		T string `json:"t"`
	}{[]byte{4}, text})
}

func kick(s *socketio.Socket, e *socketio.Event) error {
	var whole bool
	if err := e.Decode(&whole); err != nil {
		return err
	}
	s.Disconnect(whole)
	return nil
}

func remember(s *socketio.Socket, e *socketio.Event) error {
	var value json.RawMessage
	if err := e.Decode(&value); err != nil {
		return err
	}
	if err := s.SetData(value); err != nil {
		return err
	}
	return e.Ack("ok")
}

func recall(s *socketio.Socket, e *socketio.Event) error {
	value := json.RawMessage("null")
	if err := s.Data(&value); err != nil {
		return err
	}
	return e.Ack(value)
}

// without is the arguments behind the first n, which have no binary in them.
func without(a *socketio.Args, n int) (*socketio.Args, error) {
	return part(a, func(elements []json.RawMessage) []json.RawMessage { return elements[n:] })
}

// leading is the first n arguments, or fewer.
func leading(a *socketio.Args, n int) (*socketio.Args, error) {
	return part(a, func(elements []json.RawMessage) []json.RawMessage { return elements[:min(n, len(elements))] })
}

func part(a *socketio.Args, choose func([]json.RawMessage) []json.RawMessage) (*socketio.Args, error) {
	elements, err := a.Split()
	if err != nil {
		return nil, err
	}
	texts := make([][]byte, 0, len(elements))
	for _, e := range choose(elements) {
		texts = append(texts, e)
	}
	raw := slices.Concat([]byte("["), bytes.Join(texts, []byte(",")), []byte("]"))
	return &socketio.Args{JSON: raw, Attachments: a.Attachments}, nil
}

func unmarshal(raw json.RawMessage, v any) error {
	if len(raw) == 0 {
		return nil
	}
	return json.NewDecoder(strings.NewReader(string(raw))).Decode(v)
}
