package engineio_test

import (
	"testing"
)

func TestPollingEcho(t *testing.T) {
	e := start(t, nil)
	w := dial(t, e.addr)
	sid := w.handshake("EIO=4")
	q := "EIO=4&transport=polling&sid=" + sid
	w.post(q, "4hello")
	w.expect(200, "ok")
	w.get(q)
	w.expect(200, "4hello")
}

func TestPollWaits(t *testing.T) {
	e := start(t, nil)
	poll, post := dial(t, e.addr), dial(t, e.addr)
	sid := poll.handshake("EIO=4")
	q := "EIO=4&transport=polling&sid=" + sid
	for range 3 {
		poll.get(q)
		post.post(q, "4a\x1e4b\x1ebAQID")
		post.expect(200, "ok")
		poll.expect(200, "4a\x1e4b\x1ebAQID")
	}
}

func TestPipelinedBehindWaitingPoll(t *testing.T) {
	e := start(t, nil)
	poll, post := dial(t, e.addr), dial(t, e.addr)
	sid := poll.handshake("EIO=4")
	q := "EIO=4&transport=polling&sid=" + sid
	poll.get(q)
	poll.post(q, "4second")
	poll.get(q)
	post.post(q, "4first")
	post.expect(200, "ok")
	poll.expect(200, "4first")
	poll.expect(200, "ok")
	poll.expect(200, "4second")
}

func TestOverlappingPolls(t *testing.T) {
	e := start(t, nil)
	a, b := dial(t, e.addr), dial(t, e.addr)
	sid := a.handshake("EIO=4")
	q := "EIO=4&transport=polling&sid=" + sid
	a.get(q)
	s := <-e.opened
	for waiting := false; !waiting; {
		e.on(t, func() { waiting = s.Writable() })
	}
	b.get(q)
	b.expect(400, "")
	a.expect(200, "1")
	e.awaitClose(t, "transport error")
	b.get(q)
	b.expect(400, `{"code":1,"message":"Session ID unknown"}`)
}
