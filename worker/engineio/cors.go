package engineio

import (
	"net/url"
	"strings"

	"github.com/valyala/fasthttp"
)

// CORS is the list of origins that may connect besides the server's own. It is
// enforced on polling and on upgrades alike, since browsers let any page open
// a WebSocket.
type CORS struct {
	// Origins are compared exactly, as browsers send them
	// ("https://example.com", "null"); "*" stands for all.
	Origins []string
	// Credentials lets browsers send cookies from those origins.
	Credentials bool
}

func (c *CORS) any() bool {
	for _, o := range c.Origins {
		if o == "*" {
			return true
		}
	}
	return false
}

func (c *CORS) lists(origin string) bool {
	for _, o := range c.Origins {
		if o == "*" || o == origin {
			return true
		}
	}
	return false
}

// admits reports whether a page of that origin may connect to host.
func (c *CORS) admits(origin, host string) bool {
	return origin == "" || c.lists(origin) || sameHost(origin, host)
}

// sameHost compares without the port, which proxies drop.
func sameHost(origin, host string) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Path != "" {
		return false
	}
	own, err := url.Parse("//" + host)
	return err == nil && own.Hostname() != "" && own.User == nil && strings.EqualFold(u.Hostname(), own.Hostname())
}

// allow adds what lets a page of a listed origin read the answer.
func (c *CORS) allow(h *HeaderLines, origin string) {
	if len(c.Origins) == 0 || origin == "" {
		return
	}
	switch {
	case c.any() && !c.Credentials:
		h.Add("Access-Control-Allow-Origin", "*")
	case c.lists(origin):
		h.Add("Access-Control-Allow-Origin", origin)
		h.Add("Vary", "Origin")
	default:
		h.Add("Vary", "Origin")
		return
	}
	if c.Credentials {
		h.Add("Access-Control-Allow-Credentials", "true")
	}
}

// preflight answers a browser's question before a request across origins.
func (c *CORS) preflight(h *HeaderLines, r *Request) *Answer {
	h.Add("Access-Control-Allow-Methods", "GET,HEAD,PUT,PATCH,POST,DELETE")
	if asked := r.Get("Access-Control-Request-Headers"); asked != "" {
		h.Add("Access-Control-Allow-Headers", asked)
		h.Add("Vary", "Access-Control-Request-Headers")
	}
	return &Answer{Status: fasthttp.StatusNoContent}
}
