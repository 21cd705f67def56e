package intake_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"github.com/ioserver/ioserver/worker/contract"
)

// Whatever is wrong is answered with a code, and nothing is done.
func TestRefused(t *testing.T) {
	b := begin(t)
	all := b.workers(2)
	a := b.app()
	var clients []*client
	for _, w := range all {
		clients = append(clients, w.client(""))
	}
	id := clients[0].ID
	for _, x := range []struct{ subject, body, code string }{
		{"emit._", `{"event":"m","evnt":1}`, contract.UnknownField},
		{"emit._", `{"event":1}`, contract.WrongType},
		{"emit._", `{"event":"m"`, contract.BadJSON},
		{"emit._", "{\"event\":\"\xff\"}", contract.BadJSON},
		{"emit._", `{"event":"m","args":[{"$binary":"x"}]}`, contract.InvalidValue},
		{"emit._", `{"event":"connect"}`, contract.ReservedEvent},
		{"emit.nowhere", `{"event":"m"}`, contract.UnknownNamespace},
		{"emit._", `{"event":"m","ack":{"timeoutMs":100000}}`, contract.InvalidValue},
		{"emit._", `{"event":"m","socket":"` + id[:27] + `x"}`, contract.UnknownSocket},
		{"emit._", `{"event":"m","socket":"nobody"}`, contract.UnknownSocket},
		{"emit.chat", `{"event":"m","socket":"` + id + `"}`, contract.UnknownSocket},
		{"emit._", `{"event":"m","ack":{"timeoutMs":1000},"socket":"nobody"}`, contract.UnknownSocket},
		{"at." + contract.HomeOf(id) + ".emit._", `{"event":"m","socket":"` + clients[1].ID + `"}`, contract.UnknownSocket},
		{"emit._.a.b", `{"event":"m"}`, contract.BadSubject},
		{"emit._.%", `{"event":"m"}`, contract.BadSubject},
		{"at." + contract.HomeOf(id) + ".shout._", `{}`, contract.UnknownCommand},
		{"at." + contract.HomeOf(id) + ".server-side-emit._", `{"event":"m"}`, contract.BadSubject},
		{"join._", `{"join":["` + id + `"]}`, contract.InvalidValue},
		{"join._", `{"join":[]}`, contract.InvalidValue},
		{"join.nowhere", `{"join":["r"]}`, contract.UnknownNamespace},
		{"join._", `{"join":["r"],"socket":"nobody"}`, contract.UnknownSocket},
		{"leave._", `{"join":["r"]}`, contract.UnknownField},
		{"disconnect._", `{"close":1}`, contract.WrongType},
		{"disconnect._", `{"socket":"nobody"}`, contract.UnknownSocket},
		{"sockets._", `{"limit":0}`, contract.InvalidValue},
		{"sockets.nowhere", `{}`, contract.UnknownNamespace},
		{"rooms._", `{"prefix":"a"}`, contract.UnknownField},
		{"server-side-emit._", `{"event":"connection"}`, contract.ReservedEvent},
	} {
		a.refused(x.subject, x.body, x.code)
	}
	if n := len(all[0].log.String() + all[1].log.String()); n > 0 {
		t.Errorf("logged what was answered: %s", all[0].log)
	}
	a.tell("emit._", `{"event":"after"}`)
	for _, c := range clients {
		c.Hears(`42["after"]`)
	}
	a.asks("rooms._", ``, `{"rooms":[],"next":"","workers":[]}`)
}

// What nobody waits for is counted, and logged once a minute.
func TestRefusedUnheard(t *testing.T) {
	b := begin(t)
	w := b.worker(0)
	a := b.app()
	c := w.client("")
	for _, x := range []struct{ subject, body string }{
		{"emit._", `{"event":"m","evnt":1}`}, {"emit._", ``}, {"emit.nowhere", `{"event":"m"}`}, {"emit._", `{"event":"m","ack":{"timeoutMs":1}}`},
		{"emit._.a.b", `{"event":"m"}`}, {"sockets._", `{}`}, {"at." + contract.HomeOf(c.ID) + ".sockets._", `{}`}, {"at." + contract.HomeOf(c.ID) + ".emit._", `{`},
		{"emit._", `{"event":"disconnect"}`},
	} {
		if err := a.Publish(prefix+x.subject, []byte(x.body)); err != nil {
			t.Fatal(err)
		}
	}
	a.tell("emit._.nobody", `{"event":"m"}`)
	a.tell("emit._", `{"event":"after"}`)
	c.Hears(`42["after"]`)
	until(t, func() bool {
		s := w.intake.Stats()
		return s.Refused == 9 && s.Idle == 1 && s.Done == 1 && s.Answered == 0
	})
	if n := strings.Count(w.log.String(), "refused"); n != 1 || !strings.Contains(w.log.String(), "unknown_field") {
		t.Errorf("%d lines: %s", n, w.log)
	}
}

// Nothing is answered at a subject of the server's own, nor done for one who
// asks for that.
func TestRepliesStayOutside(t *testing.T) {
	b := begin(t)
	w := b.worker(0)
	a := b.app()
	c := w.client("")
	c.Join("r")
	spy := b.connect("")
	for _, reply := range []string{"_ioserver.test.feed1.all", "ioserver.test.v1.on.event._.m", "ioserver.test.v1.emit._", "$SYS.x"} {
		heard := make(chan string, 10)
		nc, err := nats.Connect(b.url, nats.UserInfo(b.internal.User, b.internal.Secret))
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		if _, err := nc.Subscribe(reply, func(m *nats.Msg) { heard <- string(m.Data) }); err != nil {
			t.Fatal(err)
		}
		if err := nc.Flush(); err != nil {
			t.Fatal(err)
		}
		for _, x := range []struct{ subject, body string }{
			{"emit._", `{"event":"bad"}`}, {"join._", `{"join":["x"]}`}, {"sockets._", `{}`}, {"emit._", `{`},
			{"at." + contract.HomeOf(c.ID) + ".emit._", `{"event":"bad"}`}, {"at." + contract.HomeOf(c.ID) + ".emit._", `{`},
		} {
			if err := a.PublishRequest(prefix+x.subject, reply, []byte(x.body)); err != nil {
				t.Fatal(err)
			}
		}
		before := w.intake.Stats().Done
		a.tell("emit._", `{"event":"after"}`)
		c.Hears(`42["after"]`)
		until(t, func() bool { return w.intake.Stats().Done == before+1 })
		b.flush(w.outside)
		if err := nc.Flush(); err != nil {
			t.Fatal(err)
		}
		select {
		case m := <-heard:
			if !strings.Contains(m, "after") && !strings.Contains(m, "bad") { // the command itself
				t.Errorf("answered at %s: %s", reply, m)
			}
		default:
		}
	}
	b.flush(spy)
	a.asks("rooms._", ``, `{"rooms":[{"room":"r","sockets":1}],"next":"","workers":[]}`)
	if s := w.intake.Stats(); s.Answered != 1 {
		t.Errorf("%+v", s)
	}
}

// A worker that is gone, and a server without workers, are known at once.
func TestNobodyThere(t *testing.T) {
	b := begin(t)
	w := b.worker(0)
	a := b.app()
	home := contract.HomeOf(w.client("").ID)
	if err := w.intake.Close(); err != nil {
		t.Fatal(err)
	}
	b.flush(w.outside)
	for _, subject := range []string{"emit._", "sockets._", "at." + home + ".emit._"} {
		if _, err := a.Request(prefix+subject, []byte(`{"event":"m"}`), patience); !errors.Is(err, nats.ErrNoResponders) {
			t.Errorf("%s: %v", subject, err)
		}
	}
}
