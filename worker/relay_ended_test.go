package worker_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"
)

// Whoever keeps asking for a session that has ended on another machine costs that
// machine one question, by polling or by upgrades.
func TestEndedIdsCostOneQuestion(t *testing.T) {
	ended := func(n *nodes) string {
		q := n.b.session(0)
		n.relays(q)
		n.a.poll(0, "POST", q, "1").expect(200, "ok")
		return q
	}
	for name, ask := range map[string]func(*nodes, *connection, string){
		"polling": func(_ *nodes, c *connection, q string) {
			c.request("GET", q, "")
			c.expect(400, unknownSID)
		},
		"upgrade": func(n *nodes, _ *connection, q string) {
			c := n.a.connect(0, time.Now())
			defer c.Close()
			if _, err := io.WriteString(c, fmt.Sprintf(upgradeRequest, q)); err != nil {
				t.Fatal(err)
			}
			if status := c.status(); status != http.StatusBadRequest {
				t.Errorf("status %d", status)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := beginNodes(t)
			q := ended(n)
			c := n.a.connect(0, time.Now())
			ask(n, c, q)
			before := len(n.tap.settled())
			for range 200 {
				ask(n, c, q)
			}
			if more := len(n.tap.settled()) - before; more > 2 { // the first upgrade's farewells
				t.Errorf("%d messages for 200 requests", more)
			}
			n.relays(n.b.session(0)) // others are passed on
		})
	}
}
