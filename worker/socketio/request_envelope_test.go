package socketio

import (
	"bytes"
	"testing"
)

// Frames of requests, changes, answers and nudges, one of each form.
var requestFrames = func() map[string][]byte {
	aim := target{sender: "s", rooms: []string{"a", "b"}, except: []string{"c"}}
	args := &Args{JSON: []byte(`["x",{"_placeholder":true,"num":0}]`), Attachments: [][]byte{{1, 2, 3}}}
	id := uint64(1<<63 + 7)
	socket := &RemoteSocket{id: "id", rooms: []string{"id", "r"}, data: []byte(`{"a":1}`), handshake: []byte(`{"url":"/"}`)}
	bare := &RemoteSocket{id: "i", handshake: []byte(`{}`)}
	request := func(e requestEnvelope) []byte { return e.append(nil) }
	answer := func(e answerEnvelope) []byte { return e.append(nil) }
	change := func(e changeEnvelope) []byte { return e.append(nil) }
	return map[string][]byte{
		"emit": request(requestEnvelope{op: opEmit, id: id, patience: 1000, namespace: "/", target: aim, volatile: true,
			text: []byte(`2300["e",1]`)}),
		"emit binary": request(requestEnvelope{op: opEmit, id: 1, namespace: "/x", plain: true,
			text: []byte(`51-/x,7["e",{"_placeholder":true,"num":0}]`), attachments: [][]byte{{9}}}),
		"fetch":        request(requestEnvelope{op: opFetch, id: id, patience: maxPatience, namespace: "/", target: aim}),
		"join":         request(requestEnvelope{op: opJoin, id: id, patience: 1, namespace: "/", target: aim, names: []string{"n", "m"}}),
		"server event": request(requestEnvelope{op: opServerEvent, id: id, namespace: "/", event: "e", text: []byte(`3[1]`)}),

		"leave":      change(changeEnvelope{kind: leaveRooms, namespace: "/", target: aim, names: []string{"n"}}),
		"disconnect": change(changeEnvelope{kind: endSockets, namespace: "/", target: aim}),
		"close":      change(changeEnvelope{kind: endSockets, close: true, namespace: "/x"}),

		"acks": answer(answerEnvelope{op: opEmit, id: id, part: 300, ids: []string{"a", "b", "c"},
			answers: []indexed{{0, args}, {300, &Args{JSON: []byte(`[]`)}}}, lost: []lost{{1, lossVolatile}}}),
		"no acks":      answer(answerEnvelope{op: opEmit, id: id, status: statusLast}),
		"sockets":      answer(answerEnvelope{op: opFetch, id: id, part: 1, sockets: []*RemoteSocket{socket, bare}}),
		"joined":       answer(answerEnvelope{op: opJoin, id: id, status: statusLast}),
		"event answer": answer(answerEnvelope{op: opServerEvent, id: id, status: statusLast, args: args}),
		"busy":         answer(answerEnvelope{op: opFetch, id: id, part: 9, status: statusBusy}),
		"nobody":       answer(answerEnvelope{op: opServerEvent, id: id, status: statusNobody}),

		"next":   appendNudge(nil, nudgeNext, id),
		"cancel": appendNudge(nil, nudgeCancel, id),
	}
}()

const testRooms = 10

// again parses a frame of any of these kinds and encodes what it holds.
func again(b []byte) ([]byte, error) {
	if len(b) < envelopeMinBytes {
		return nil, errShort
	}
	switch b[1] {
	case kindRequest:
		e, err := parseRequest(b, testRooms)
		if err != nil {
			return nil, err
		}
		return e.append(nil), nil
	case kindChange:
		e, err := parseChange(b, testRooms)
		if err != nil {
			return nil, err
		}
		return e.append(nil), nil
	case kindAnswer:
		e, err := parseAnswer(b)
		if err != nil {
			return nil, err
		}
		return e.append(nil), nil
	}
	n, id, err := parseNudge(b)
	return appendNudge(nil, n, id), err
}

func TestRequestFrames(t *testing.T) {
	for name, b := range requestFrames {
		got, err := again(b)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !bytes.Equal(got, b) {
			t.Errorf("%s: %x became %x", name, b, got)
		}
		for n := range b {
			if _, err := again(b[:n]); err == nil {
				t.Errorf("%s: %d of %d bytes are enough", name, n, len(b))
			}
		}
		if _, err := again(append(bytes.Clone(b), 0)); err == nil {
			t.Errorf("%s: a byte too many", name)
		}
	}
}

func TestRequestFramesRefused(t *testing.T) {
	request := func(change func(*requestEnvelope)) []byte {
		e := requestEnvelope{op: opEmit, id: 1, namespace: "/", text: []byte(`20["e"]`)}
		change(&e)
		return e.append(nil)
	}
	text := func(s string) []byte { return request(func(e *requestEnvelope) { e.text = []byte(s) }) }
	many := make([]string, testRooms+1)
	set := func(frame string, i int, v byte) []byte {
		b := bytes.Clone(requestFrames[frame])
		b[i] = v
		return b
	}
	args := func(json string, attachments ...[]byte) []byte {
		e := answerEnvelope{op: opServerEvent, status: statusLast, args: &Args{JSON: []byte(json), Attachments: attachments}}
		return e.append(nil)
	}
	socket := func(s RemoteSocket) []byte {
		e := answerEnvelope{op: opFetch, sockets: []*RemoteSocket{&s}}
		return e.append(nil)
	}
	for name, b := range map[string][]byte{
		"version":              set("emit", 0, 2),
		"op 0":                 set("emit", 2, 0),
		"op 5":                 set("fetch", 2, 5),
		"another op":           set("fetch", 2, byte(opEmit)),
		"no slash":             request(func(e *requestEnvelope) { e.namespace = "x" }),
		"other namespace":      request(func(e *requestEnvelope) { e.namespace = "/x" }),
		"no acknowledgement":   text(`2["e"]`),
		"an acknowledgement":   text(`30["e"]`),
		"no event":             text(`20`),
		"no packet":            text(``),
		"not UTF-8":            text("20[\"\xff\"]"),
		"attachments missing":  text(`51-0["e",{"_placeholder":true,"num":0}]`),
		"attachments too many": request(func(e *requestEnvelope) { e.attachments = [][]byte{{}} }),
		"too many rooms":       request(func(e *requestEnvelope) { e.target.rooms = many }),
		"too many exceptions":  request(func(e *requestEnvelope) { e.op, e.target.except = opFetch, many }),
		"too many names":       request(func(e *requestEnvelope) { e.op, e.names = opJoin, many }),
		"reserved event":       request(func(e *requestEnvelope) { e.op, e.event, e.text = opServerEvent, "connect", []byte(`3[]`) }),
		"an event's text":      request(func(e *requestEnvelope) { e.op, e.event = opServerEvent, "e" }),
		"what 0":               set("leave", 2, 0),
		"what 4":               set("leave", 2, 4),
		"names to disconnect":  set("leave", 2, changeDisconnect),
		"change of no slash":   (&changeEnvelope{kind: leaveRooms, namespace: "x"}).append(nil),
		"answer to 0":          set("joined", 2, 0),
		"answer to 5":          set("joined", 2, 5),
		"status":               set("joined", len(requestFrames["joined"])-1, byte(lastStatus)+1),
		"arguments no array":   args(`{}`),
		"arguments no JSON":    args(`[1`),
		"arguments not UTF-8":  args("[\"\xff\"]"),
		"placeholder":          args(`[{"_placeholder":true,"num":1}]`, []byte{1}),
		"data no JSON":         socket(RemoteSocket{id: "i", data: []byte(`{`), handshake: []byte(`{}`)}),
		"no handshake":         socket(RemoteSocket{id: "i"}),
		"handshake no object":  socket(RemoteSocket{id: "i", handshake: []byte(`[]`)}),
		"handshake no JSON":    socket(RemoteSocket{id: "i", handshake: []byte(`{"a"}`)}),
		"sockets without end":  append(bytes.Clone(requestFrames["sockets"][:envelopeMinBytes+8]), 0, 0, 0xff, 0xff, 0x7f),
		"nudge 0":              set("next", 2, 0),
		"nudge 3":              set("next", 2, 3),
	} {
		if got, err := again(b); err == nil {
			t.Errorf("%s: %x is accepted as %x", name, b, got)
		}
	}
}

// Whatever the bytes, parsing ends, and what is accepted has one form.
func FuzzRequestFrame(f *testing.F) {
	for _, b := range requestFrames {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := again(b)
		if err == nil && !bytes.Equal(got, b) {
			t.Errorf("%x became %x: two forms of one frame", b, got)
		}
	})
}
