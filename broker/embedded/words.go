package embedded

import (
	"regexp"
	"strings"
)

// What the server's lines about connections to other servers look like. They are
// not made to be read by programs: tests tell when they change.
var routeLine = regexp.MustCompile(`^(\S+) - rid:\d+(?: - "[^"]*")* - (.*)$`)

const (
	closedLine   = "Router connection closed: "
	authLine     = "authentication error" // the gate tells of it
	notReached   = "Error trying to connect to route"
	removedLine  = "Removed route" // has credentials in it
	insecureTLS  = "TLS certificate chain and hostname of solicited routes will not be verified"
	refusedError = "Authorization Violation"
	noSecret     = "Authentication Failure"
	remoteAlert  = "remote error: tls: "
)

// gateSaid is what the gate has said all of.
const gateSaid = "refused by the gate"

// route tells whether a line is about a connection to another server, and of
// which.
func route(line string) (address, text string, ok bool) {
	m := routeLine.FindStringSubmatch(line)
	if m == nil {
		return "", "", false
	}
	return m[1], m[2], true
}

// wrong words why a connection has ended, "" where only the server's word for it
// is known. Some ends are in order.
func wrong(said, closed string) (why string, ended bool) {
	closed, _, _ = strings.Cut(closed, " - ")
	switch {
	case said == gateSaid:
		return "", false
	case closed == "Duplicate Route" || closed == "Route Removed" || closed == "Server Shutdown":
		return "", false
	case closed == "Cluster Name Conflict":
		return "it is of another cluster", true
	case strings.Contains(said, refusedError):
		return "it refuses our cluster secret", true
	case strings.Contains(said, remoteAlert) && strings.Contains(said, "certificate"):
		return "it refuses our certificate: " + said[strings.Index(said, remoteAlert):], true
	}
	return said, true
}
