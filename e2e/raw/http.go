package raw

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"github.com/valyala/fasthttp"
)

// matters are the headers that are written down. Those that a proxy or an HTTP
// library may choose freely (Date, Connection, Keep-Alive, Content-Length,
// Transfer-Encoding) are not.
var matters = []string{
	"Access-Control-Allow-Credentials", "Access-Control-Allow-Headers", "Access-Control-Allow-Methods",
	"Access-Control-Allow-Origin", "Cache-Control", "Content-Encoding", "Content-Type", "Etag", "Sec-Websocket-Accept",
	"Sec-Websocket-Extensions", "Sec-Websocket-Protocol", "Set-Cookie", "Upgrade", "Vary", "X-Xss-Protection",
}

// Refused reads an answer of which only matters that the request was not taken:
// a status of 4xx or 5xx, or a connection closed without one.
func (c *Conn) Refused() {
	c.talk.tb.Helper()
	c.await()
	r, err := http.ReadResponse(c.br, &http.Request{Method: c.method})
	switch {
	case err == nil && r.StatusCode < 400:
		c.talk.Note("taken: %d", r.StatusCode)
	case err == nil, isEnd(err):
		c.talk.Note("refused")
	default:
		c.ended(err)
	}
}

// longBody is where the transcript stops to hold bodies in full.
const longBody = 1000

// Answer reads one HTTP answer and writes it down. After a 101 the connection
// speaks WebSocket.
func (c *Conn) Answer() { c.answer(false) }

// AnswerInflated is Answer for a body that may be compressed.
func (c *Conn) AnswerInflated() { c.answer(true) }

func (c *Conn) answer(inflate bool) {
	c.talk.tb.Helper()
	c.await()
	r, err := http.ReadResponse(c.br, &http.Request{Method: c.method})
	if err != nil {
		c.ended(err)
		return
	}
	c.Status, c.Header = r.StatusCode, r.Header
	if r.StatusCode == http.StatusSwitchingProtocols {
		c.talk.Note("101%s", headers(r.Header))
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		c.talk.Note("%d%s body broken off: %v", r.StatusCode, headers(r.Header), err)
		return
	}
	if inflate {
		if body, err = inflated(r.Header.Get("Content-Encoding"), body); err != nil {
			c.talk.Note("%d%s %v", r.StatusCode, headers(r.Header), err)
			return
		}
	}
	c.Body = body
	c.talk.learn(string(body))
	c.head = fmt.Sprintf("%d%s", r.StatusCode, headers(r.Header))
	c.talk.Note("%s %s", c.head, c.talk.body(body))
}

// inflated undoes a content encoding.
func inflated(encoding string, body []byte) ([]byte, error) {
	var r io.ReadCloser
	var err error
	switch encoding {
	case "br":
		return fasthttp.AppendUnbrotliBytes(nil, body)
	case "gzip":
		r, err = gzip.NewReader(bytes.NewReader(body))
	case "deflate": // RFC 9110: the zlib format
		r, err = zlib.NewReader(bytes.NewReader(body))
	default:
		return body, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s body: %w", encoding, err)
	}
	defer r.Close()
	return io.ReadAll(r)
}

// learn notes the ids that an answer tells, and the session that it opens.
func (k *Talk) learn(answer string) {
	k.ids.learn(answer)
	if sid, ok := opened(answer); ok {
		k.sid = sid
	}
}

// asks is an event with an id: it is the server's to choose.
var asks = regexp.MustCompile(`^(4(?:2|5\d+-)(?:/[^,]*,)?)(\d+)(\[)`)

// ackID notes the id of a server's question and gives it a name.
func (k *Talk) ackID(packet string) string {
	m := asks.FindStringSubmatch(packet)
	if m == nil {
		return packet
	}
	k.ack = m[2]
	return asks.ReplaceAllString(packet, "$1<ack>$3")
}

// body quotes what is not plain text, and cuts what is long.
func (k *Talk) body(b []byte) string {
	if len(b) > longBody {
		return fmt.Sprintf("%q... %d bytes, sha256 %x", b[:40], len(b), sha256.Sum256(b))
	}
	s := k.ids.replace(string(b))
	for _, r := range s {
		if r < ' ' || r == 0xfffd || r == 0x2028 || r == 0x2029 {
			return fmt.Sprintf("%q", s)
		}
	}
	return s
}

func headers(h http.Header) string {
	var b strings.Builder
	for _, name := range matters {
		values := slices.Clone(h.Values(name))
		if name == "Vary" || name == "Access-Control-Allow-Methods" {
			values = list(values)
		}
		for _, v := range values {
			if name == "Content-Type" {
				v = strings.ToLower(v)
			}
			fmt.Fprintf(&b, " [%s: %s]", strings.ToLower(name), v)
		}
	}
	return b.String()
}

// list is one value of a header that is a list, in a fixed order.
func list(values []string) []string {
	if len(values) == 0 {
		return nil
	}
	items := strings.Split(strings.ReplaceAll(strings.Join(values, ","), " ", ""), ",")
	slices.Sort(items)
	return []string{strings.Join(slices.Compact(items), ", ")}
}

// ended writes down how a read ended: "eof" for any kind of end, since whether
// unread input makes the kernel send a reset is a matter of timing.
func (c *Conn) ended(err error) {
	var timeout net.Error
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		c.talk.Note("nothing")
	case isEnd(err):
		c.talk.Note("eof")
	default:
		c.talk.Note("no HTTP answer: %v", err)
	}
}

func isEnd(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
