package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/nats-io/nats.go"

	"github.com/ioserver/ioserver/e2e/await"
	"github.com/ioserver/ioserver/e2e/crowd"
)

// credentials are what --backend-credentials has written.
type credentials struct{ URL, User, Password, Server, Cluster string }

func readCredentials(t *testing.T, name string) (c credentials) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if info, statErr := os.Stat(name); err != nil || statErr != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%s: %v, %v", name, err, statErr)
	}
	return c
}

// application is a connection of one.
func application(t *testing.T, server string) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(server, nats.MaxReconnects(-1), nats.RetryOnFailedConnect(true), nats.Timeout(patience))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

// say publishes numbers to everybody, in turns with joins, leaves and events for
// rooms and single sockets.
func say(t *testing.T, nc *nats.Conn, prefix, sender string, all []*member, rounds int) {
	t.Helper()
	tell := func(subject, format string, args ...any) {
		t.Helper()
		if err := nc.Publish(prefix+subject, fmt.Appendf(nil, format, args...)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range rounds {
		one := all[i%len(all)]
		home := one.ID[len(one.ID)-28:][:4]
		room := fmt.Sprintf("%s-%d", sender, i)
		tell("emit._."+room, `{"event":"number","args":["%s early",1]}`, sender)
		tell("join._."+one.ID, `{"join":["%s"]}`, room)
		tell("emit._", `{"event":"number","args":["%s",%d]}`, sender, i+1)
		tell("emit._."+room, `{"event":"number","args":["%s to %s",%d]}`, sender, one.ID, 2*(i/len(all))+1)
		tell("leave._."+room, `{"leave":["%s"]}`, room)
		tell("emit._."+room, `{"event":"number","args":["%s late",1]}`, sender)
		tell("at."+home+".emit._."+one.ID, `{"event":"number","args":["%s to %s",%d]}`, sender, one.ID, 2*(i/len(all))+2)
	}
}

// TestCommandsOverNATS has two applications publish at the same time. Clients of
// all kinds on 8 workers hear each of them whole and in order, joins and leaves
// included, and nothing of rooms that they are not in. The application's user
// reaches nothing of the server's own; and the NATS server that is killed comes
// back at the same address, for the same user.
func TestCommandsOverNATS(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "app.json")
	n := serve(t, "--backend-credentials="+file, "--cluster=shop")
	c := readCredentials(t, file)
	prefix := "ioserver." + c.Cluster + ".v1."
	all := gather(t, n, 24, nil)
	one, two := application(t, c.Server), application(t, c.Server)
	const rounds = 96 // 4 of each client
	done := make(chan struct{})
	go func() {
		defer close(done)
		say(t, two, prefix, "two", all, rounds)
	}()
	say(t, one, prefix, "one", all, rounds)
	<-done
	check := func(senders ...string) {
		t.Helper()
		late := within(t, patience).Done()
		for _, m := range all {
			for _, sender := range senders {
				if !m.Await(late, sender, rounds) || !m.Await(late, sender+" to "+m.ID, 2*rounds/len(all)) {
					t.Errorf("%v in slot %d misses %v, %v of %s", m.Kind(), m.Slot, m.Missing(sender, rounds), m.Missing(sender+" to "+m.ID, 2*rounds/len(all)), sender)
				}
				for _, never := range []string{" early", " late"} {
					if len(m.Missing(sender+never, 1)) == 0 {
						t.Errorf("%v in slot %d heard of a room that it is not in", m.Kind(), m.Slot)
					}
				}
			}
		}
	}
	check("one", "two")
	forge(t, c)

	if err := syscall.Kill(broker(t, n), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	again := application(t, c.Server) // as soon as it is back
	await.Eventually(t, patience, "workers take commands again", func() (bool, string) {
		m, err := again.Request(prefix+"emit._.nobody", []byte(`{"event":"m","ack":{"timeoutMs":5000}}`), patience)
		if err != nil {
			return false, err.Error()
		}
		return string(m.Data) == `{"ok":true,"answers":[],"missing":[],"workers":[]}`, string(m.Data)
	})
	await.Eventually(t, patience, "all workers do", func() (bool, string) {
		m, err := again.Request(prefix+"sockets._", []byte(`{}`), patience)
		var page struct{ Sockets, Workers []any }
		if err == nil {
			err = json.Unmarshal(m.Data, &page)
		}
		return err == nil && len(page.Sockets) == len(all) && len(page.Workers) == 0 && hearing(t, again, prefix, all), fmt.Sprint(len(page.Sockets), page.Workers, err)
	})
	if now := readCredentials(t, file); now != c {
		t.Errorf("the credentials are %+v, and were %+v", now, c)
	}
	for _, m := range all {
		if f := m.Faults(); len(f) > 0 {
			t.Errorf("%v: %v", m.Kind(), f)
		}
	}
}

// probes counts what hearing has published, by its tests.
var probes atomic.Int64

// hearing tells whether everybody hears the next command.
func hearing(t *testing.T, nc *nats.Conn, prefix string, all []*member) bool {
	t.Helper()
	number := int(probes.Add(1))
	if err := nc.Publish(prefix+"emit._", fmt.Appendf(nil, `{"event":"number","args":["probe",%d]}`, number)); err != nil {
		t.Fatal(err)
	}
	over := within(t, patience/10).Done()
	for _, m := range all {
		if !m.Heard(over, "probe", number) {
			return false
		}
	}
	return true
}

// forge tries what an application may not do.
func forge(t *testing.T, c credentials) {
	t.Helper()
	prefix := "ioserver." + c.Cluster + ".v1."
	for _, x := range []struct {
		subject string
		publish bool
	}{
		{">", false}, {"_ioserver.>", false}, {"_ioserver." + c.Cluster + ".feed1.all", false}, {"$SYS.>", false},
		{prefix + ">", false}, {prefix + "emit.>", false}, {prefix + "answer.>", false}, {"ioserver.*.v1.on.>", false},
		{"_ioserver." + c.Cluster + ".feed1.all", true}, {"_ioserver." + c.Cluster + ".roster1", true}, {"_ioserver." + c.Cluster + ".relay1.1.0", true},
		{prefix + "on.event._.say", true}, {"ioserver.other.v1.emit._", true}, {"$SYS.REQ.SERVER.PING", true},
	} {
		nc := application(t, c.Server)
		var err error
		if x.publish {
			err = nc.Publish(x.subject, []byte("forged"))
		} else {
			_, err = nc.SubscribeSync(x.subject)
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := nc.Flush(); err != nil {
			t.Fatal(err)
		}
		if err := nc.LastError(); !errors.Is(err, nats.ErrPermissionViolation) {
			t.Errorf("%s, publish %v: not refused: %v", x.subject, x.publish, err)
		}
		nc.Close()
	}
	if _, err := nats.Connect(c.URL); !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("let in without a password: %v", err)
	}
}

// TestCredentialsAreKept: what applications know stays good when the server is
// started anew, and what cannot be is refused at the start.
func TestCredentialsAreKept(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "app.json")
	n := serve(t, "--workers=1", "--backend-credentials="+file)
	before := readCredentials(t, file)
	nc := application(t, before.Server)
	stop(t, n)
	n = serve(t, "--workers=1", "--backend-credentials="+file)
	if now := readCredentials(t, file); now.Password != before.Password || now.Cluster != "default" {
		t.Errorf("%+v, and was %+v", now, before)
	}
	if strings.Contains(n.Log(), before.Password) {
		t.Error("the password is in the log")
	}
	if now := readCredentials(t, file); now == before { // its port was free
		await.Eventually(t, patience, "the application is back", func() (bool, string) {
			m, err := nc.Request("ioserver.default.v1.rooms", nil, patience)
			return err == nil && string(m.Data) == `{"rooms":[],"next":"","workers":[]}`, fmt.Sprint(m, err)
		})
	}
	c := dial(t, crowd.Options{Kind: websocket, Server: n.Addr, From: address(1)})
	if _, err := c.Ask(within(t, patience), "whoami"); err != nil {
		t.Error(err)
	}
}
