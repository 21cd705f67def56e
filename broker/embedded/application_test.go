package embedded_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/ioserver/ioserver/broker/embedded"
)

// refused tells the server's opinion of what this connection has just done: its
// errors come before the answer to a flush.
func refused(t *testing.T, nc *nats.Conn) bool {
	t.Helper()
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	err := nc.LastError()
	if err != nil && !errors.Is(err, nats.ErrPermissionViolation) {
		t.Errorf("refused for another reason: %v", err)
	}
	return err != nil
}

func TestApplicationSubjects(t *testing.T) {
	c := config()
	url, _ := run(t, c)
	prefix, answers := embedded.ApplicationPrefix("test"), embedded.AnswerPrefix("test")
	for _, test := range []struct {
		subject  string
		pub, sub bool
	}{
		{prefix + "emit", true, false},
		{prefix + "a.b.c", true, false},
		{prefix + "on.event._.chat", false, true},
		{prefix + "on.>", false, true},
		{prefix + "on", true, false}, // nobody hears it
		{answers + "x.1", true, false},
		{"_INBOX.x.y", false, true},
		{"_ioserver.test.feed.1.b.7", false, false},
		{"_ioserver.x", false, false},
		{"ioserver.other.v1.emit", false, false},
		{"ioserver.test.v2.emit", false, false},
		{"ioserver.test", false, false},
		{"$SYS.REQ.SERVER.PING", false, false},
		{"$JS.API.INFO", false, false},
		{"anything", false, false},
	} {
		nc := connect(t, url, c.Application)
		if err := nc.Publish(test.subject, nil); err != nil {
			t.Fatal(err)
		}
		if got := !refused(t, nc); got != test.pub {
			t.Errorf("publish %s: allowed %v", test.subject, got)
		}
		nc = connect(t, url, c.Application)
		if _, err := nc.SubscribeSync(test.subject); err != nil {
			t.Fatal(err)
		}
		if got := !refused(t, nc); got != test.sub {
			t.Errorf("subscribe %s: allowed %v", test.subject, got)
		}
	}
}

// TestApplicationWildcards: no pattern reaches beyond.
func TestApplicationWildcards(t *testing.T) {
	c := config()
	url, _ := run(t, c)
	inside := connect(t, url, c.Internal)
	for _, pattern := range []string{">", "*", "*.>", "*.*.*", "_ioserver.>", "*.test.>", "ioserver.>", "ioserver.*.v1.>", "$SYS.>", "_INBOX.>", "ioserver.test.v1.>", "ioserver.test.v1.*", "ioserver.test.v1.on.>"} {
		nc := connect(t, url, c.Application)
		sub, err := nc.SubscribeSync(pattern)
		if err != nil {
			t.Fatal(err)
		}
		if err := nc.Flush(); err != nil {
			t.Fatal(err)
		}
		for _, subject := range []string{"_ioserver.test.feed", "x", "ioserver.other.v1.x", embedded.AnswerPrefix("test") + "y", embedded.ApplicationPrefix("test") + "emit"} {
			if err := inside.Publish(subject, []byte("internal")); err != nil {
				t.Fatal(err)
			}
		}
		if err := inside.Flush(); err != nil {
			t.Fatal(err)
		}
		if err := nc.Flush(); err != nil { // everything for nc has arrived now
			t.Fatal(err)
		}
		if m, err := sub.NextMsg(time.Millisecond); err == nil {
			t.Errorf("%s heard %s", pattern, m.Subject)
		}
	}
}

// TestApplicationCannotForge: an internal subject named as a reply address gives
// no right to publish there.
func TestApplicationCannotForge(t *testing.T) {
	c := config()
	url, _ := run(t, c)
	inside := connect(t, url, c.Internal)
	secret, err := inside.SubscribeSync("_ioserver.>")
	if err != nil {
		t.Fatal(err)
	}
	inside.Flush()
	nc := connect(t, url, c.Application)
	own, err := nc.SubscribeSync("_INBOX.own")
	if err != nil {
		t.Fatal(err)
	}
	nc.Flush()
	// Somebody who trusts it has it hear a request whose reply is internal.
	if err := inside.PublishRequest("_INBOX.own", "_ioserver.test.feed", nil); err != nil {
		t.Fatal(err)
	}
	m, err := own.NextMsg(patience)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Respond([]byte("forged")); err != nil {
		t.Fatal(err)
	}
	if !refused(t, nc) {
		t.Error("not refused")
	}
	inside.Flush()
	if m, err := secret.NextMsg(time.Millisecond); err == nil {
		t.Errorf("forged %s %q", m.Subject, m.Data)
	}
}

// TestRequests: an application asks and is asked.
func TestRequests(t *testing.T) {
	c := config()
	url, _ := run(t, c)
	inside, err := nats.Connect(url, nats.UserInfo(c.Internal.User, c.Internal.Secret),
		nats.CustomInboxPrefix(strings.TrimSuffix(embedded.AnswerPrefix("test"), ".")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(inside.Close)
	app := connect(t, url, c.Application)
	answer := func(m *nats.Msg) {
		if err := m.Respond([]byte("answer")); err != nil {
			t.Error(err)
		}
	}
	for _, pair := range []struct {
		asker, asked *nats.Conn
		subject      string
	}{{inside, app, embedded.ToldPrefix("test") + "event.x"}, {app, inside, embedded.ApplicationPrefix("test") + "sockets"}} {
		subject := pair.subject
		sub, err := pair.asked.Subscribe(subject, answer)
		if err != nil {
			t.Fatal(err)
		}
		pair.asked.Flush()
		if m, err := pair.asker.Request(subject, nil, patience); err != nil || string(m.Data) != "answer" {
			t.Errorf("%v", err)
		}
		sub.Unsubscribe()
		pair.asked.Flush()
	}
}
