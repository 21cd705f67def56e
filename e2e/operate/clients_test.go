package operate

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/ioserver/ioserver/e2e/crowd"
)

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// echo has clients of all kinds talk to the demo.
func echo(t *testing.T, server string, n int) {
	t.Helper()
	kinds := crowd.Kinds()
	for i := range n {
		c, err := crowd.Dial(within(t), crowd.Options{Kind: kinds[i%len(kinds)], Server: server, From: fmt.Sprintf("127.0.2.%d", 1+i%250)})
		if err == nil {
			_, err = c.Ask(within(t), "echo", i)
			c.Close()
		}
		if err != nil {
			t.Fatalf("client %d: %v", i, err)
		}
	}
}

// talk connects n clients, each from an address of its own, asks each where it is
// served, and closes them. It returns the slots.
func talk(t *testing.T, server string, n int) map[int]bool {
	t.Helper()
	slots := make(map[int]bool)
	for i := range n {
		kinds := crowd.Kinds()
		c, err := crowd.Dial(within(t), crowd.Options{Kind: kinds[i%len(kinds)], Server: server, From: fmt.Sprintf("127.0.2.%d", 1+i%250)})
		if err != nil {
			t.Fatalf("client %d: %v", i, err)
		}
		var place struct{ Slot int }
		answer, err := c.Ask(within(t), "whoami")
		if err == nil {
			err = json.Unmarshal(answer[0], &place)
		}
		c.Close()
		if err != nil {
			t.Fatalf("client %d: %v", i, err)
		}
		slots[place.Slot] = true
	}
	return slots
}
