package embedded

import (
	"fmt"
	"testing"
	"time"
)

// What goes on is said after pauses that grow, to an hour.
func TestQuietGrows(t *testing.T) {
	var q quiet
	begin := time.Now()
	var said []time.Duration
	heldInAll := 0
	for at := time.Duration(0); at < 6*time.Hour; at += 30 * time.Second {
		if held, ok := q.speak("x", begin.Add(at)); ok {
			said = append(said, at)
			heldInAll += held + 1
		}
	}
	if len(said) > 12 || len(said) < 8 || said[1] != quietMin {
		t.Errorf("said at %v", said)
	}
	for i := 2; i < len(said); i++ {
		if before, now := said[i-1]-said[i-2], said[i]-said[i-1]; now < before || now > quietMax {
			t.Errorf("said at %v", said)
		}
	}
	if want := int(said[len(said)-1]/(30*time.Second)) + 1; heldInAll != want {
		t.Errorf("%d accounted for, of %d", heldInAll, want)
	}
	if _, ok := q.speak("y", begin); !ok {
		t.Error("another thing is not said")
	}
	q.forget("y")
	if _, ok := q.speak("y", begin); !ok {
		t.Error("not forgotten")
	}
}

// However many things there are, they take bounded room.
func TestQuietIsBounded(t *testing.T) {
	var q quiet
	now, said := time.Now(), 0
	for i := range 100 * quietKeys {
		if _, ok := q.speak(fmt.Sprint("thing ", i), now); ok {
			said++
		}
	}
	if len(q.spoken) > quietKeys+1 || said > quietKeys+1 {
		t.Errorf("%d things kept, %d said", len(q.spoken), said)
	}
	if _, ok := q.speak("later", now.Add(2*quietMax)); !ok || len(q.spoken) > 2 {
		t.Errorf("%d things are kept for ever", len(q.spoken))
	}
}

// What the server's lines are taken for.
func TestWords(t *testing.T) {
	for line, want := range map[string][2]string{
		"127.0.0.1:6222 - rid:7 - Router connection closed: Client Closed":    {"127.0.0.1:6222", "Router connection closed: Client Closed"},
		`[::1]:6222 - rid:7 - "v1" - Route Error 'Authorization Violation'`:   {"[::1]:6222", "Route Error 'Authorization Violation'"},
		"127.0.0.1:6222 - cid:7 - Client connection closed: Client Closed":    {},
		"Error trying to connect to route (attempt 1): dial tcp 127.0.0.1:1:": {},
		"": {},
	} {
		address, text, ok := route(line)
		if address != want[0] || text != want[1] || ok != (want[0] != "") {
			t.Errorf("%q: %q %q", line, address, text)
		}
	}
	for _, c := range []struct {
		said, closed, why string
		ended             bool
	}{
		{"", "Duplicate Route", "", false},
		{"", "Duplicate Route - Remote: x", "", false},
		{"", "Cluster Name Conflict", "it is of another cluster", true},
		{"Route Error 'Authorization Violation'", "Parse Error", "it refuses our cluster secret", true},
		{"TLS route handshake error: x", "TLS Handshake Failure", "TLS route handshake error: x", true},
		{"", "Client Closed", "", true},
		{gateSaid, "Authentication Failure", "", false},
		{"TLS route handshake error: remote error: tls: expired certificate", "TLS Handshake Failure", "it refuses our certificate: remote error: tls: expired certificate", true},
	} {
		if why, ended := wrong(c.said, c.closed); why != c.why || ended != c.ended {
			t.Errorf("%q %q: %q, %v", c.said, c.closed, why, ended)
		}
	}
}
