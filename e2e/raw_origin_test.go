package e2e

import (
	"strings"
	"testing"

	"github.com/ioserver/ioserver/e2e/raw"
)

var (
	twoOrigins = &config{name: "two origins"}
	anyOrigin  = &config{name: "any origin"}
)

func init() {
	twoOrigins.Origins, twoOrigins.Credentials = []string{"http://good.example", "https://also.example:8443"}, true
	anyOrigin.Origins = []string{"*"}
}

// origins asks by polling and by WebSocket with each origin.
func origins(values ...string) func(*raw.Talk) {
	return func(k *raw.Talk) {
		for _, o := range values {
			k.Get("?EIO=4&transport=polling", "Origin: "+o)
			if c := k.Upgrade("?EIO=4&transport=websocket", "Origin: "+o); c.Status == 101 {
				c.Recv(1)
			}
		}
	}
}

// forbidden is a number of refusals.
func forbidden(n int, vary string) string {
	line := `403 [content-type: application/json]` + vary + ` {"code":4,"message":"Forbidden"}`
	return strings.TrimSuffix(strings.Repeat(line+"\n", n), "\n")
}

var noOrigin = []difference{
	{reference: "200 [access-control-allow-credentials: true] [cache-control", ioserver: "200 [cache-control", why: "a request without an origin needs no answer to it"},
}

func TestRawOrigin(t *testing.T) {
	compare(t, []rawCase{
		{name: "same host", talk: origins("http://{host}", "https://{host}", "http://127.0.0.1", "http://127.0.0.1:1")},
		{name: "other host", talk: origins("http://evil.example"),
			ioserver: forbidden(2, ""), why: "origins that are not allowed are refused"},
		{name: "no origin, said", on: twoOrigins, talk: func(k *raw.Talk) { k.Get("?EIO=4&transport=polling", "Origin:") }, differs: noOrigin},
		{name: "listed", on: twoOrigins, talk: origins("http://good.example", "https://also.example:8443")},
		{name: "not listed", on: twoOrigins, talk: origins("http://evil.example", "null", "https://good.example", "http://good.example:81",
			"http://good.example.evil.example", "http://evil.example/http://good.example", "http://good.example@evil.example",
			"http://goodxexample", "https://also.example", "http://good.example/", "HTTP://GOOD.EXAMPLE", "http://good.example, http://evil.example"),
			ioserver: forbidden(24, " [vary: Origin]"), why: "origins that are not allowed are refused"},
		{name: "any", on: anyOrigin, talk: origins("http://evil.example", "null")},
		{name: "session of another origin", on: twoOrigins, talk: func(k *raw.Talk) {
			k.Open4()
			k.Post(raw.Polling4, `42["echo",1]`, "Origin: http://good.example")
			k.Get(raw.Polling4, "Origin: http://good.example")
			k.Get("?EIO=4&transport=polling&sid=x", "Origin: http://good.example")
		}, differs: noOrigin},
		{name: "preflight", on: twoOrigins, talk: func(k *raw.Talk) {
			for _, origin := range []string{"http://good.example", "http://evil.example"} {
				k.Do("OPTIONS", "?EIO=4&transport=polling", "", "Origin: "+origin,
					"Access-Control-Request-Method: POST", "Access-Control-Request-Headers: x-one, content-type")
			}
		}, differs: []difference{{
			reference: `204 [access-control-allow-credentials: true] [access-control-allow-headers: x-one, content-type] [access-control-allow-methods: DELETE, GET, HEAD, PATCH, POST, PUT] [vary: Access-Control-Request-Headers, Origin]`,
			ioserver:  forbidden(1, " [vary: Origin]"), why: "origins that are not allowed are refused",
		}}},
		{name: "preflight for any", on: anyOrigin, talk: func(k *raw.Talk) {
			k.Do("OPTIONS", "?EIO=4&transport=polling", "", "Origin: http://evil.example",
				"Access-Control-Request-Method: POST", "Access-Control-Request-Headers: x-one")
		}},
		{name: "preflight without CORS", talk: func(k *raw.Talk) {
			k.Do("OPTIONS", "?EIO=4&transport=polling", "", "Origin: http://evil.example", "Access-Control-Request-Method: POST")
		}, ioserver: forbidden(1, ""), why: "origins that are not allowed are refused"},
		{name: "header injection", talk: func(k *raw.Talk) {
			k.Get("?EIO=4&transport=polling", "Origin: http://a\x01b")
			k.Upgrade("?EIO=4&transport=websocket", "Origin: http://a\x7fb")
		}},
	})
}
