package raw

import (
	"fmt"
	"strings"
)

// path is where the servers under test serve Socket.IO.
const path = "/socket.io/"

// Request makes the bytes of a well-formed HTTP/1.1 request. With a body it
// has a Content-Length. Headers are whole lines.
func Request(method, target, body string, headers ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: {host}\r\n", method, target)
	for _, h := range headers {
		b.WriteString(h + "\r\n")
	}
	if body != "" || method == "POST" {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	b.WriteString("\r\n" + body)
	return b.String()
}

// Start sends a request on a connection of its own, without waiting for the
// answer.
func (k *Talk) Start(method, query, body string, headers ...string) *Conn {
	return k.Dial().Write(Request(method, path+query, body, headers...))
}

// Get asks and writes the answer down.
func (k *Talk) Get(query string, headers ...string) *Conn { return k.Do("GET", query, "", headers...) }

// Post sends a body and writes the answer down. Its content type is text/plain
// unless a header says otherwise.
func (k *Talk) Post(query, body string, headers ...string) *Conn {
	for _, h := range headers {
		if strings.HasPrefix(strings.ToLower(h), "content-type:") {
			return k.Do("POST", query, body, headers...)
		}
	}
	return k.Do("POST", query, body, append(headers, "Content-Type: text/plain;charset=UTF-8")...)
}

// Do sends any request and writes the answer down.
func (k *Talk) Do(method, query, body string, headers ...string) *Conn {
	c := k.Start(method, query, body, headers...)
	c.Answer()
	return c
}

// Queries of an open session.
const (
	Polling3 = "?EIO=3&transport=polling&sid={sid}"
	Polling4 = "?EIO=4&transport=polling&sid={sid}"
)

// Open4 opens a revision 4 polling session and joins "/".
func (k *Talk) Open4() {
	k.Get("?EIO=4&transport=polling")
	k.join(Polling4)
}

func (k *Talk) join(query string) {
	k.Post(query, "40")
	k.Get(query)
}

// Open3 opens a revision 3 polling session; "/" is joined unasked.
func (k *Talk) Open3() {
	k.Get("?EIO=3&transport=polling")
	k.Get(Polling3)
}
