package e2e

import (
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/raw"
)

// get is the conversation of single handshakes.
func get(queries ...string) func(*raw.Talk) {
	return func(k *raw.Talk) {
		for _, q := range queries {
			k.Get(q)
		}
	}
}

var (
	onlyWebSocket = &config{name: "only websocket"}
	onlyPolling   = &config{name: "only polling"}
	noUpgrades    = &config{name: "no upgrades"}
	revision4     = &config{name: "revision 4 only"}
	withCookie    = &config{name: "cookie"}
	ownTimes      = &config{name: "own times and sizes"}
	ownPath       = &config{name: "own path"}
)

func init() {
	onlyWebSocket.Transports = []string{"websocket"}
	onlyPolling.Transports = []string{"polling"}
	noUpgrades.NoUpgrades = true
	revision4.NoEIO3 = true
	withCookie.Cookie = "io"
	ownPath.Path, ownPath.NoHTTPCompression = "/a/b", true
	ownTimes.PingInterval, ownTimes.PingTimeout, ownTimes.MaxHTTPBufferSize = 12*time.Second, 7500*time.Millisecond, 5000
}

func TestRawHandshake(t *testing.T) {
	compare(t, []rawCase{
		{name: "revision 4", talk: get("?EIO=4&transport=polling")},
		{name: "revision 3", talk: get("?EIO=3&transport=polling")},
		{name: "no revision", talk: get("?transport=polling")},
		{name: "revision 2, 5, x, empty, 04, 4.0", talk: get("?EIO=2&transport=polling", "?EIO=5&transport=polling",
			"?EIO=x&transport=polling", "?EIO=&transport=polling", "?EIO=04&transport=polling", "?EIO=4.0&transport=polling")},
		{name: "revision said twice", talk: get("?EIO=4&EIO=3&transport=polling", "?EIO=3&EIO=4&transport=polling")},
		{name: "encoded query", talk: get("?EIO=%34&tr%61nsport=polling", "?EIO=4+&transport=polling", "?EIO=4&transport=%70olling")},
		{name: "odd query", talk: get("?&&EIO=4&=&transport=polling&x", "?EIO=4&transport=polling&%zz=%", "?EIO=4&transport=polling#fragment", "?EIO=4&transport=polling?x")},
		{name: "revision 3 refused", on: revision4, talk: get("?EIO=3&transport=polling", "?transport=polling", "?EIO=4&transport=polling")},
		{name: "no query", talk: get("")},
		{name: "no transport", talk: get("?EIO=4", "?EIO=4&transport=")},
		{name: "unknown transport", talk: get("?EIO=4&transport=foo", "?EIO=4&transport=Polling", "?EIO=4&transport=webtransport",
			"?EIO=4&transport=__proto__", "?EIO=4&transport=constructor", "?EIO=4&transport=polling-jsonp", "?EIO=4&transport=flashsocket")},
		{name: "websocket without upgrade", talk: get("?EIO=4&transport=websocket")},
		{name: "unknown sid", talk: get("?EIO=4&transport=polling&sid=abc", "?EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAAAAAAAAAA",
			"?EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAA", "?EIO=3&transport=polling&sid=x", "?transport=polling&sid=x&j=0")},
		{name: "odd sid", talk: get("?EIO=4&transport=polling&sid=__proto__", "?EIO=4&transport=polling&sid=constructor",
			"?EIO=4&transport=polling&sid=toString", "?EIO=4&transport=polling&sid=hasOwnProperty", "?EIO=4&transport=polling&sid=%00",
			"?EIO=4&transport=polling&sid=../../x", "?EIO=4&transport=polling&sid=%2f%0d%0a", "?EIO=4&transport=polling&sid=%ff")},
		{name: "empty sid is a handshake", talk: get("?EIO=4&transport=polling&sid=")},
		{name: "unknown sid, unknown transport", talk: get("?EIO=4&transport=foo&sid=x")},
		{name: "unknown sid, transport websocket", talk: get("?EIO=4&transport=websocket&sid=x")},
		{name: "sid said twice", talk: func(k *raw.Talk) {
			k.Open4()
			k.Post(raw.Polling4, `42["echo",1]`)
			k.Get("?EIO=4&transport=polling&sid=x&sid={sid}")
			k.Get("?EIO=4&transport=polling&sid={sid}&sid=x")
		}},
		{name: "methods", talk: func(k *raw.Talk) {
			for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS"} {
				k.Do(method, "?EIO=4&transport=polling", "")
			}
			k.Do("HEAD", "?EIO=4&transport=polling", "")
		}},
		{name: "methods with sid", talk: func(k *raw.Talk) {
			k.Open4()
			for _, method := range []string{"PUT", "DELETE", "PATCH", "OPTIONS"} {
				k.Do(method, raw.Polling4, "")
			}
			k.Post(raw.Polling4, `420["echo","alive"]`)
			k.Get(raw.Polling4)
		}},
		{name: "path is a prefix", talk: func(k *raw.Talk) {
			for _, target := range []string{"/socket.io/x?EIO=4&transport=polling", "/socket.io//?EIO=4&transport=polling"} {
				k.Dial().Write(raw.Request("GET", target, "")).Answer()
			}
		}},
		{name: "other paths are the application's", talk: func(k *raw.Talk) {
			for _, target := range []string{"/", "/socket.io?EIO=4&transport=polling", "/socket.iox/?EIO=4&transport=polling",
				"/Socket.io/?EIO=4&transport=polling", "/x/socket.io/?EIO=4&transport=polling"} {
				k.Dial().Write(raw.Request("GET", target, "")).Answer()
			}
		}},
		{name: "own path", on: ownPath, talk: func(k *raw.Talk) {
			for _, target := range []string{"/a/b/?EIO=4&transport=polling", "/a/b?EIO=4&transport=polling", "/socket.io/?EIO=4&transport=polling"} {
				k.Dial().Write(raw.Request("GET", target, "")).Answer()
			}
		}},
		{name: "no compression", on: ownPath, talk: func(k *raw.Talk) {
			ask := func(method, query, body string) {
				k.Dial().Write(raw.Request(method, "/a/b/"+query, body, "Accept-Encoding: gzip")).Answer()
			}
			ask("GET", "?EIO=4&transport=polling", "")
			ask("POST", raw.Polling4, "40")
			ask("GET", raw.Polling4, "")
			ask("POST", raw.Polling4, echo(5000))
			ask("GET", raw.Polling4, "")
		}},
		{name: "absolute target", talk: func(k *raw.Talk) {
			k.Dial().Write(raw.Request("GET", "http://{host}/socket.io/?EIO=4&transport=polling", "")).Answer()
		}},
		{name: "user agent of old Internet Explorer", talk: func(k *raw.Talk) {
			k.Get("?EIO=4&transport=polling", "User-Agent: Mozilla/5.0 (compatible;MSIE 9.0)")
			k.Get("?EIO=4&transport=polling", "User-Agent: Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0)")
		}},
		{name: "only websocket", on: onlyWebSocket, talk: func(k *raw.Talk) {
			k.Get("?EIO=4&transport=polling")
			k.Upgrade("?EIO=4&transport=websocket").Recv(1)
		}},
		{name: "only polling", on: onlyPolling, talk: func(k *raw.Talk) {
			k.Get("?EIO=4&transport=polling")
			k.Upgrade("?EIO=4&transport=websocket")
		}, differs: []difference{{
			reference: `400 [content-type: application/json] {"code":0,"message":"Transport unknown"}`,
			ioserver:  `400 [content-type: text/html] Transport unknown`,
			why:       "an upgrade is an upgrade, whatever transports are on",
		}}},
		{name: "no upgrades", on: noUpgrades, talk: get("?EIO=4&transport=polling", "?EIO=3&transport=polling")},
		{name: "cookie", on: withCookie, talk: func(k *raw.Talk) {
			k.Open4()
			k.Get("?EIO=3&transport=polling")
			k.Get("?EIO=4&transport=polling&j=1")
			k.Upgrade("?EIO=4&transport=websocket").Recv(1)
			k.Get("?EIO=4&transport=polling&sid=x")
		}},
		{name: "own times and sizes", on: ownTimes, talk: get("?EIO=4&transport=polling", "?EIO=3&transport=polling")},
	})
}
