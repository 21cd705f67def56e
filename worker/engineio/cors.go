package engineio

import (
	"net/url"
	"slices"
	"strings"

	"github.com/valyala/fasthttp"
)

// CORS is the list of origins that may connect besides the server's own. It is
// enforced on polling and on upgrades alike, since browsers let any page open
// a WebSocket, and a script of JSONP.
type CORS struct {
	// Origins are compared exactly, as browsers send them
	// ("https://example.com", "null"); "*" stands for all.
	Origins []string
	// Credentials lets browsers send cookies from the origins that are listed by
	// name; "*" alone never does.
	Credentials bool
}

func (c *CORS) clone() CORS {
	return CORS{Origins: slices.Clone(c.Origins), Credentials: c.Credentials}
}

func (c *CORS) lists(origin string) bool { return slices.Contains(c.Origins, origin) }

func (c *CORS) any() bool { return c.lists("*") }

// admits reports whether a page of that origin may connect to host.
func (c *CORS) admits(origin, host string) bool {
	return origin == "" || c.any() || c.lists(origin) || sameHost(origin, host)
}

// pageOf is the origin of the page that makes a request: what its Origin header
// says, or "" where no page is known. Browsers send none with a script element,
// and any page may have one and read what JSONP answers to it. There the Referer
// tells, which a page can hide but not forge; one that has hidden it, of which
// the browser says that it is another's, counts as "null".
func pageOf(origin string, jsonp bool, header func(name string) string) string {
	if origin != "" || !jsonp {
		return origin
	}
	site, page := header("Sec-Fetch-Site"), header("Referer")
	switch {
	case site == "same-origin":
		return ""
	case page != "":
		u, err := url.Parse(page)
		if err != nil || u.Host == "" {
			return "null"
		}
		return u.Scheme + "://" + u.Host
	case site == "cross-site", site == "same-site":
		return "null"
	}
	return ""
}

// sameHost compares without the port, which proxies drop.
func sameHost(origin, host string) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Scheme+"://"+u.Host != origin {
		return false // no origin that a browser sends
	}
	own, err := url.Parse("//" + host)
	return err == nil && own.Host == host && own.Hostname() != "" && strings.EqualFold(u.Hostname(), own.Hostname())
}

// allow adds what lets a page of a listed origin read the answer. An origin that
// only "*" lets in is not named, so that browsers keep their credentials back.
func (c *CORS) allow(h *HeaderLines, origin string) {
	if len(c.Origins) == 0 {
		return
	}
	named := origin != "*" && c.lists(origin)
	switch {
	case named:
		h.Add("Access-Control-Allow-Origin", origin)
	case c.any():
		h.Add("Access-Control-Allow-Origin", "*")
	}
	if len(c.Origins) > 1 || !c.any() {
		h.Add("Vary", "Origin")
	}
	if c.Credentials && (named || c.any()) {
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
