package engineio

import (
	"strconv"
	"strings"

	"github.com/valyala/fasthttp"
)

// form is how a client wants its answers. It outlives the request's head while
// a poll waits.
type form struct {
	encoding string // "gzip", "deflate" or none
	explorer bool
}

func formOf(userAgent, acceptEncoding string, o *Options) form {
	f := form{explorer: strings.Contains(userAgent, ";MSIE") || strings.Contains(userAgent, "Trident/")}
	if o.HTTPCompression {
		f.encoding = acceptedEncoding(acceptEncoding)
	}
	return f
}

// compressed reports whether the client gets the answer compressed.
func (a *Answer) compressed(f form) bool {
	return a.Compressible && len(a.Body) >= compressThreshold && f.encoding != ""
}

// write fills in the response, compressing a payload where that is wanted, which
// is not the loop's work.
func (a *Answer) write(resp *fasthttp.Response, f form, lines *HeaderLines) {
	resp.SetStatusCode(a.Status)
	if a.ContentType != "" {
		resp.Header.SetContentType(a.ContentType)
	}
	if a.Status == fasthttp.StatusOK {
		resp.Header.Set("Cache-Control", "no-store")
		if f.explorer {
			// Its filter mistakes payloads for script.
			resp.Header.Set("X-XSS-Protection", "0")
		}
	}
	for _, l := range lines.lines {
		resp.Header.Add(l.name, l.value)
	}
	body := a.Body
	if a.compressed(f) {
		switch f.encoding {
		case "gzip":
			body = fasthttp.AppendGzipBytesLevel(nil, body, fasthttp.CompressDefaultCompression)
			resp.Header.Set("Content-Encoding", f.encoding)
		case "deflate":
			body = fasthttp.AppendDeflateBytesLevel(nil, body, fasthttp.CompressDefaultCompression)
			resp.Header.Set("Content-Encoding", f.encoding)
		}
	}
	resp.SetBodyRaw(body)
}

// acceptedEncoding picks what an Accept-Encoding header gives the higher weight
// (RFC 9110, section 12.5.3), and gzip before deflate where they are equal.
func acceptedEncoding(header string) string {
	if header == "" {
		return ""
	}
	gzip, deflate, others := -1.0, -1.0, 0.0
	for _, part := range strings.Split(header, ",") {
		name, parameter, _ := strings.Cut(part, ";")
		switch q := weight(parameter); strings.ToLower(strings.TrimSpace(name)) {
		case "gzip", "x-gzip":
			gzip = q
		case "deflate":
			deflate = q
		case "*":
			others = q
		}
	}
	if gzip < 0 {
		gzip = others
	}
	if deflate < 0 {
		deflate = others
	}
	switch {
	case gzip > 0 && gzip >= deflate:
		return "gzip"
	case deflate > 0:
		return "deflate"
	}
	return ""
}

// weight is the q of a parameter, 1 where there is none and 0 where it is not
// a number.
func weight(parameter string) float64 {
	name, value, ok := strings.Cut(strings.TrimSpace(parameter), "=")
	if !ok || !strings.EqualFold(strings.TrimSpace(name), "q") {
		return 1
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil || !(q >= 0 && q <= 1) {
		return 0
	}
	return q
}
