package proxies

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestJSONPBehindProxies: old clients' scripts and forms pass through nginx in
// turn, and HAProxy.
func TestJSONPBehindProxies(t *testing.T) {
	for name, proxy := range map[string]proxy{"nginx": nginx(t, "round-robin.conf"), "haproxy": haproxy(t, "send-proxy-v2.cfg")} {
		t.Run(name, func(t *testing.T) {
			serve(t, flagsIn(t, proxy.file))
			stop := proxy.run(t)
			defer stop()
			transport := new(http.Transport)
			defer transport.CloseIdleConnections()
			p := &poller{t: t, client: &http.Client{Transport: transport, Timeout: patience}, origin: "http://127.0.0.1", query: "EIO=3&transport=polling&j=7"}
			var opening string
			text := p.do(http.MethodGet, "")
			call, ok := strings.CutPrefix(text, "___eio[7](")
			if err := json.Unmarshal([]byte(strings.TrimSuffix(call, ");")), &opening); !ok || err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			p.query += "&sid=" + sessionID(t, opening)
			packet := `420["echo","a\nb"]`
			payload := fmt.Sprintf("%d:%s", len(packet), packet)
			p.do(http.MethodPost, "d="+url.QueryEscape(strings.ReplaceAll(payload, `\n`, `\\n`))) // as clients do, for their forms
			if got := p.has(`430[`); !strings.HasPrefix(got, "___eio[7](") {
				t.Errorf("%s", got)
			}
		})
	}
}
