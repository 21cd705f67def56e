package cluster

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/ioserver/ioserver/e2e/await"
	"github.com/nats-io/nats.go"
)

// TestCommandsAcrossJoinedServers: two ioservers whose own NATS servers join are
// one for applications. Each connects to one of them, by its file; what it
// publishes reaches all clients in its order, and what it asks is answered for
// all.
func TestCommandsAcrossJoinedServers(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	secret := filepath.Join(folder, "secret")
	if err := os.WriteFile(secret, []byte("a secret of these two machines\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	addresses := []string{absent(t), absent(t)}
	var all []*member
	var found []credentials
	for i, at := range addresses {
		file := filepath.Join(folder, fmt.Sprint("app", i))
		n := serve(t, "--workers=2", "--backend-credentials="+file, "--cluster-listen="+at, "--cluster-join="+addresses[1-i], "--cluster-secret-file="+secret)
		found = append(found, readCredentials(t, file))
		all = append(all, gather(t, n, 10, nil)...)
	}
	const prefix = "ioserver.default.v1."
	one, two := application(t, found[0].Server), application(t, found[1].Server)
	await.Eventually(t, patience, "each tells of all", func() (bool, string) {
		for _, nc := range []*nats.Conn{one, two} {
			m, err := nc.Request(prefix+"sockets._", []byte(`{}`), patience)
			var page struct{ Sockets, Workers []any }
			if err == nil {
				err = json.Unmarshal(m.Data, &page)
			}
			if err != nil || len(page.Sockets) != len(all) || len(page.Workers) > 0 {
				return false, fmt.Sprint(len(page.Sockets), page.Workers, err)
			}
		}
		return hearing(t, one, prefix, all) && hearing(t, two, prefix, all), "not heard by all"
	})
	const rounds = 60
	done := make(chan struct{})
	go func() {
		defer close(done)
		say(t, two, prefix, "two", all, rounds)
	}()
	say(t, one, prefix, "one", all, rounds)
	<-done
	late := within(t, patience).Done()
	for _, m := range all {
		for _, sender := range []string{"one", "two"} {
			own := sender + " to " + m.ID
			if !m.Await(late, sender, rounds) || !m.Await(late, own, 2*rounds/len(all)) {
				t.Errorf("%v misses %v, %v of %s", m.Kind(), m.Missing(sender, rounds), m.Missing(own, 2*rounds/len(all)), sender)
			}
			if len(m.Missing(sender+" early", 1)) == 0 || len(m.Missing(sender+" late", 1)) == 0 {
				t.Errorf("%v heard of a room that it is not in", m.Kind())
			}
		}
		if f := m.Faults(); len(f) > 0 {
			t.Errorf("%v: %v", m.Kind(), f)
		}
	}
}
