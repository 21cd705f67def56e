package engineio

import (
	"strings"

	"github.com/valyala/fasthttp"
)

// write fills in the response, compressing a payload where that is wanted. It
// runs off the loop.
func (a *Answer) write(resp *fasthttp.Response, o *Options, r *Request, lines *HeaderLines) {
	resp.SetStatusCode(a.Status)
	if a.ContentType != "" {
		resp.Header.SetContentType(a.ContentType)
	}
	if a.Status == fasthttp.StatusOK {
		resp.Header.Set("Cache-Control", "no-store")
	}
	if ua := r.Get("User-Agent"); strings.Contains(ua, ";MSIE") || strings.Contains(ua, "Trident/") {
		// Internet Explorer's filter mistakes payloads for script.
		resp.Header.Set("X-XSS-Protection", "0")
	}
	for _, l := range lines.lines {
		resp.Header.Add(l.name, l.value)
	}
	body := a.Body
	if a.Compressible && o.HTTPCompression && len(body) >= compressThreshold {
		switch encoding := acceptedEncoding(r.Get("Accept-Encoding")); encoding {
		case "gzip":
			body = fasthttp.AppendGzipBytesLevel(nil, body, fasthttp.CompressDefaultCompression)
			resp.Header.Set("Content-Encoding", encoding)
		case "deflate":
			body = fasthttp.AppendDeflateBytesLevel(nil, body, fasthttp.CompressDefaultCompression)
			resp.Header.Set("Content-Encoding", encoding)
		}
	}
	resp.SetBodyRaw(body)
}

// acceptedEncoding picks gzip before deflate from an Accept-Encoding header,
// leaving out what has a weight of zero (RFC 9110, section 12.5.3).
func acceptedEncoding(header string) string {
	best := ""
	for _, part := range strings.Split(header, ",") {
		name, params, _ := strings.Cut(part, ";")
		name = strings.ToLower(strings.TrimSpace(name))
		if weight := strings.ReplaceAll(params, " ", ""); strings.HasPrefix(weight, "q=0") && strings.Trim(weight[3:], ".0") == "" {
			continue
		}
		switch name {
		case "gzip", "*":
			return "gzip"
		case "deflate":
			best = name
		}
	}
	return best
}
