package raw

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// Conn is one TCP connection of a conversation.
type Conn struct {
	talk    *Talk
	nc      net.Conn
	br      *bufio.Reader
	method  string // of the request that is being answered
	closing bool   // a close frame was sent

	head string // of the last answer: its status and headers as they are written down

	// Of the last answer.
	Status int
	Header http.Header
	Body   []byte
}

func newConn(k *Talk, nc net.Conn) *Conn {
	return &Conn{talk: k, nc: nc, br: bufio.NewReader(nc), method: http.MethodGet}
}

func (c *Conn) await() { c.nc.SetReadDeadline(time.Now().Add(patience)) }

// Write sends bytes as they are but for {sid} and {host}. A connection that the
// server has closed meanwhile is found out by the next read.
func (c *Conn) Write(s string) *Conn {
	s = c.talk.Fill(s)
	if method, _, ok := strings.Cut(s, " "); ok && strings.ToUpper(method) == method && len(method) < 8 {
		c.method = method
	}
	c.nc.SetWriteDeadline(time.Now().Add(patience))
	io.WriteString(c.nc, s)
	return c
}

// CloseWrite ends the client's direction.
func (c *Conn) CloseWrite() { c.nc.(*net.TCPConn).CloseWrite() }

// Close closes the connection.
func (c *Conn) Close() { c.nc.Close() }

// Reset breaks the connection off, so that the server gets a reset.
func (c *Conn) Reset() {
	c.nc.(*net.TCPConn).SetLinger(0)
	c.nc.Close()
}

// EOF waits until the server has closed the connection.
func (c *Conn) EOF() {
	c.await()
	n, err := io.Copy(io.Discard, c.br)
	if n > 0 {
		c.talk.Note("%d bytes nobody asked for", n)
	}
	if err == nil {
		err = io.EOF
	}
	c.ended(err)
}
