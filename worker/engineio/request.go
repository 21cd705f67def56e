package engineio

import (
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/valyala/fasthttp"
)

// Request is the head of one HTTP request: plain data, safe for any goroutine.
// A session keeps the one that opened it.
type Request struct {
	Method string
	// URI is the path with the raw query.
	URI string
	// Header is the raw header lines, each ended by CRLF.
	Header string
	// Remote is the client's address, nil where it has none, as on a Unix
	// socket that was passed here.
	Remote net.Addr
	Time   time.Time
	Secure bool
}

// newRequest copies what outlives the handler. URI and Header share one string.
func newRequest(h *fasthttp.RequestHeader, remote net.Addr, secure bool) *Request {
	uri, head := h.RequestURI(), h.RawHeaders()
	var b strings.Builder
	b.Grow(len(uri) + len(head))
	b.Write(uri)
	b.Write(head)
	s := b.String()
	return &Request{
		Method: method(h),
		URI:    s[:len(uri)],
		Header: s[len(uri):],
		Remote: remote,
		Time:   time.Now(),
		Secure: secure,
	}
}

// method is a constant for those that are common.
func method(h *fasthttp.RequestHeader) string {
	switch {
	case h.IsGet():
		return fasthttp.MethodGet
	case h.IsPost():
		return fasthttp.MethodPost
	}
	return string(h.Method())
}

// remoteAddr is fasthttp's, which has 0.0.0.0 for none.
func remoteAddr(ctx *fasthttp.RequestCtx) net.Addr {
	if a, ok := ctx.RemoteAddr().(*net.TCPAddr); ok && a.IP.IsUnspecified() && a.Port == 0 {
		return nil
	}
	return ctx.RemoteAddr()
}

// Get returns the value of a header, "" where there is none, the first where
// there are several. Names are compared without case.
func (r *Request) Get(name string) string {
	for rest := r.Header; rest != ""; {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		if len(line) > len(name) && line[len(name)] == ':' && strings.EqualFold(line[:len(name)], name) {
			return strings.TrimSpace(line[len(name)+1:])
		}
	}
	return ""
}

// Headers returns every header by its lower-case name; values of the same name
// are joined by ", ", as in Node.
func (r *Request) Headers() map[string]string {
	m := make(map[string]string)
	for rest := r.Header; rest != ""; {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		if before, ok := m[name]; ok {
			value = before + ", " + value
		}
		m[name] = value
	}
	return m
}

// Path returns the URI without its query.
func (r *Request) Path() string {
	p, _, _ := strings.Cut(r.URI, "?")
	return p
}

// Query parses the URI's query; what cannot be parsed is left out.
func (r *Request) Query() url.Values {
	_, q, _ := strings.Cut(r.URI, "?")
	v, _ := url.ParseQuery(q)
	return v
}

// HeaderLines collects header lines for an answer.
type HeaderLines struct{ lines []headerLine }

type headerLine struct{ name, value string }

// Add appends a line. Bytes that could end the line are taken out.
func (h *HeaderLines) Add(name, value string) {
	clean := strings.NewReplacer("\r", "", "\n", "")
	h.lines = append(h.lines, headerLine{clean.Replace(name), clean.Replace(value)})
}
