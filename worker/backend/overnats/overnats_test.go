package overnats_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/embedded"
	"github.com/ioserver/ioserver/worker/backend"
	"github.com/ioserver/ioserver/worker/backend/overnats"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 20 * time.Second

// begin connects a Caller and an application.
func begin(t *testing.T) (*overnats.Caller, *nats.Conn) {
	t.Helper()
	config := embedded.Config{Cluster: "test", Internal: embedded.NewCredential("worker"), Application: embedded.NewCredential("application")}
	ctx, cancel := context.WithCancel(context.Background())
	urls, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- embedded.Run(ctx, config, func(url string) { urls <- url }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	url := <-urls
	bus, err := broker.ConnectNATS(broker.NATSOptions{Servers: []string{url}, User: config.Internal.User, Secret: config.Internal.Secret, Inbox: overnats.Inbox("test")})
	if err != nil {
		t.Fatal(err)
	}
	c := overnats.New(bus, "test")
	t.Cleanup(func() { _ = c.Close() })
	if err := bus.Flush(within(t)); err != nil {
		t.Fatal(err)
	}
	app, err := nats.Connect(url, nats.UserInfo(config.Application.User, config.Application.Secret))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(app.Close)
	return c, app
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// Applications may publish answers there, and nobody of them may listen.
func TestInbox(t *testing.T) {
	if got, want := overnats.Inbox("test")+".", embedded.AnswerPrefix("test"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestSubjects(t *testing.T) {
	c, app := begin(t)
	heard := make(chan string, 10)
	sub, err := app.Subscribe("ioserver.test.v1.on.>", func(m *nats.Msg) {
		heard <- m.Subject + " " + string(m.Data)
		_ = m.Respond([]byte("answer to " + string(m.Data)))
	})
	if err == nil {
		err = app.Flush()
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		call backend.Call
		want string
	}{
		{backend.Call{Kind: backend.Connect, Namespace: "/"}, "connect._"},
		{backend.Call{Kind: backend.Connect, Namespace: "/chat"}, "connect.chat"},
		{backend.Call{Kind: backend.Event, Namespace: "/", Event: "say"}, "event._.say"},
		{backend.Call{Kind: backend.Event, Namespace: "/a/b", Event: "a.*> é"}, "event.a%2Fb.a%2E%2A%3E%20%C3%A9"},
		{backend.Call{Kind: backend.Event, Namespace: "/", Event: strings.Repeat("long", 200)}, "event._.="},
		{backend.Call{Kind: backend.Event, Namespace: "/", Event: ""}, "event._._"},
		{backend.Call{Kind: backend.Disconnect, Namespace: "/chat"}, "disconnect.chat"},
	} {
		x.call.Body = []byte(x.want)
		answer, err := c.Call(within(t), &x.call)
		if err != nil || string(answer) != "answer to "+x.want {
			t.Errorf("%s: %q, %v", x.want, answer, err)
		}
		if got := <-heard; !strings.HasPrefix(got, "ioserver.test.v1.on."+x.want) {
			t.Errorf("%s is %s", x.want, got)
		}
	}
	if err := sub.Unsubscribe(); err != nil {
		t.Fatal(err)
	}
}

// Nobody there is told at once.
func TestAbsent(t *testing.T) {
	c, _ := begin(t)
	for _, k := range backend.Kinds {
		if _, err := c.Call(within(t), &backend.Call{Kind: k, Namespace: "/", Event: "e"}); !errors.Is(err, backend.ErrAbsent) {
			t.Errorf("%s: %v", k, err)
		}
	}
}

// An end that is heard and not answered has been heard, also where the wait is
// given up; one that is given up before is not sent.
func TestUnansweredDisconnect(t *testing.T) {
	c, app := begin(t)
	heard := make(chan string, 10)
	if _, err := app.Subscribe("ioserver.test.v1.on.disconnect.>", func(m *nats.Msg) { heard <- string(m.Data) }); err != nil {
		t.Fatal(err)
	}
	if err := app.Flush(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Call(within(t), &backend.Call{Kind: backend.Disconnect, Namespace: "/"}); err != nil {
		t.Error(err)
	}
	<-heard
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Call(ctx, &backend.Call{Kind: backend.Disconnect, Namespace: "/"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	<-heard
	given, giveUp := context.WithCancel(context.Background())
	go func() {
		<-heard
		giveUp()
	}()
	if _, err := c.Call(given, &backend.Call{Kind: backend.Disconnect, Namespace: "/"}); err != nil {
		t.Error(err)
	}
	if _, err := c.Call(given, &backend.Call{Kind: backend.Disconnect, Namespace: "/"}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := app.Flush(); err != nil || len(heard) != 0 {
		t.Errorf("%d were heard, %v", len(heard), err)
	}
}

// What does not go in one message is not sent: applications do not put parts
// together.
func TestTooLarge(t *testing.T) {
	c, app := begin(t)
	if _, err := app.Subscribe("ioserver.test.v1.on.>", func(m *nats.Msg) { _ = m.Respond(nil) }); err != nil {
		t.Fatal(err)
	}
	if err := app.Flush(); err != nil {
		t.Fatal(err)
	}
	for size, want := range map[int]error{1 << 20: backend.ErrTooLarge, 1<<20 - 5<<10: nil} {
		if _, err := c.Call(within(t), &backend.Call{Kind: backend.Event, Namespace: "/", Event: "e", Body: make([]byte, size)}); !errors.Is(err, want) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}
