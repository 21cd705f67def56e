package crowd_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/crowd"
	"github.com/ioserver/ioserver/e2e/server"
)

const patience = 20 * time.Second

// TestEveryKindAgainstTheReference shows that the clients speak as the
// reference does.
func TestEveryKindAgainstTheReference(t *testing.T) {
	folder, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.Start(server.Reference(folder, server.Options{PingInterval: 200 * time.Millisecond, PingTimeout: 5 * time.Second}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	for _, kind := range crowd.Kinds() {
		t.Run(kind.String(), func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			ledger := crowd.NewLedger()
			c, err := crowd.Dial(ctx, crowd.Options{Kind: kind, Server: s.Addr, From: "127.0.3.4", Returns: true, Event: ledger.Event})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if answer, err := c.Ask(ctx, "echo", "hello", 1); err != nil || string(answer[0]) != `"hello"` || string(answer[1]) != "1" {
				t.Errorf("echo: %s %v", answer, err)
			}
			name := kind.String()
			for n := 1; n <= 100; n++ {
				if err := crowd.Say(ctx, c, name, n); err != nil {
					t.Fatal(err)
				}
			}
			if !ledger.Await(ctx.Done(), name, 100) {
				t.Errorf("not heard: %v", ledger.Missing(name, 100))
			}
			if f := ledger.Faults(); len(f) > 0 {
				t.Error(f)
			}
			// Dismissed by the server, it comes back all the same, and remembers why.
			if err := errors.Join(c.Emit("kick", true), c.Ended(ctx, 1), c.Joined(ctx)); err != nil {
				t.Fatal(err)
			}
			if ends := c.Ends(); len(ends) != 1 || !errors.Is(ends[0].Err, crowd.ErrDismissed) || c.Joins() != 2 {
				t.Errorf("ends: %v", ends)
			}
		})
	}
}
