package e2e

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/ioserver/ioserver/e2e/raw"
)

// post3 opens a revision 3 session, sends each body, and polls until the
// session has answered "end".
func post3(bodies ...string) func(*raw.Talk) {
	return posts3(raw.Polling3, bodies...)
}

func posts3(query string, bodies ...string) func(*raw.Talk) {
	return func(k *raw.Talk) {
		k.Get(query[:len(query)-len("&sid={sid}")])
		k.Get(query)
		for _, b := range bodies {
			k.Post(query, b)
		}
		if k.Post(query, p3(`4299["echo","end"]`)).Status != 200 {
			k.Disconnected()
			return
		}
		k.PollUntil(query, `4399["end"]`)
	}
}

// p3 makes a revision 3 payload: each packet after its length in UTF-16 units.
func p3(packets ...string) string {
	var b strings.Builder
	for _, p := range packets {
		fmt.Fprintf(&b, "%d:%s", len(utf16.Encode([]rune(p))), p)
	}
	return b.String()
}

// form3 and form4 are post3 and post4 by JSONP: a form whose field d holds the
// payload.
func form(open func(*raw.Talk), query, end string, payloads ...string) func(*raw.Talk) {
	return func(k *raw.Talk) {
		open(k)
		for _, p := range append(payloads, end) {
			k.Post(query, "d="+url.QueryEscape(p), "Content-Type: application/x-www-form-urlencoded")
		}
		k.PollUntil(query, `4399[\"end\"]");`)
	}
}

const (
	jsonp3 = "?EIO=3&transport=polling&j=0&sid={sid}"
	jsonp4 = "?EIO=4&transport=polling&j=0&sid={sid}"
	base3  = "?EIO=3&transport=polling&b64=1&sid={sid}"
	octets = "Content-Type: application/octet-stream"
)

func form3(payloads ...string) func(*raw.Talk) {
	return form(func(k *raw.Talk) {
		k.Get("?EIO=3&transport=polling&j=0")
		k.Get(jsonp3)
	}, jsonp3, p3(`4299["echo","end"]`), payloads...)
}

func form4(payloads ...string) func(*raw.Talk) {
	return form(func(k *raw.Talk) {
		k.Get("?EIO=4&transport=polling&j=0")
		k.Post(jsonp4, "d=40", "Content-Type: application/x-www-form-urlencoded")
		k.Get(jsonp4)
	}, jsonp4, `4299["echo","end"]`, payloads...)
}

func TestRawRevision3(t *testing.T) {
	compare(t, []rawCase{
		{name: "cycle", talk: post3(p3(`42["echo","a"]`))},
		{name: "packets in one body", talk: post3(p3(`42["echo",1]`, `42["echo",2]`), p3(`42["echo",3]`))},
		{name: "length in UTF-16 units", talk: post3(p3(`42["echo","ü😀€"]`))},
		{name: "length in bytes is wrong", talk: post3(`22:42["echo","ü😀€"]`)},
		{name: "length in characters is wrong", talk: post3(`16:42["echo","ü😀€"]`)},
		{name: "no length", talk: post3(`42["echo",1]`)},
		{name: "length not a number", talk: post3(`x:42["echo",1]`)},
		{name: "length in odd notation", talk: post3(`0xc:42["echo",1]`), differs: []difference{{
			reference: posted + "\n" + polled + `12:42["echo",1]11:4399["end"]`, ioserver: unknownSID + "\napplication: disconnect /: parse error",
			why: "a length is in decimal digits",
		}}},
		{name: "length with leading zeros", talk: post3(`012:42["echo",1]`)},
		{name: "length 0", talk: post3(`0:12:42["echo",1]`)},
		{name: "negative length", talk: post3(`-1:42["echo",1]`)},
		{name: "length too large", talk: post3(`13:42["echo",1]`)},
		{name: "length enormous", talk: post3(`99999999999999999999:42["echo",1]`)},
		{name: "rubbish after a packet", talk: post3(`12:42["echo",1]x`)},
		{name: "empty body", talk: post3("")},
		{name: "unknown packet type", talk: post3("1:x")},
		{name: "ping", talk: post3("1:2", "6:2probe")},
		{name: "pong", talk: post3("1:3")},
		{name: "close", talk: post3("1:1")},
		{name: "binary as base64", talk: post3(p3(`451-["echo",{"_placeholder":true,"num":0}]`, `b4AQIDBA==`))},
		{name: "binary answers", talk: func(k *raw.Talk) {
			k.Open3()
			k.Post(raw.Polling3, p3(`42["mixed","€"]`))
			k.PollUntil(raw.Polling3, "\x04\x04")
		}},
		{name: "binary answers, b64", talk: func(k *raw.Talk) {
			k.Get("?EIO=3&transport=polling&b64=1")
			k.Get(base3)
			k.Post(base3, p3(`42["mixed","€"]`))
			k.PollUntil(base3, "b4BA==")
		}},
		{name: "b64=0 is b64", talk: func(k *raw.Talk) {
			k.Get("?EIO=3&transport=polling&b64=0")
			k.Get("?EIO=3&transport=polling&b64=0&sid={sid}")
			k.Post(raw.Polling3, p3(`42["mixed","€"]`))
			k.PollUntil(raw.Polling3, "b4BA==")
		}},
		{name: "b64 in revision 4", talk: func(k *raw.Talk) {
			k.Get("?EIO=4&transport=polling&b64=1")
			k.Post(raw.Polling4, "40")
			k.Get(raw.Polling4)
			k.Post(raw.Polling4, `42["mixed","€"]`)
			k.PollUntil(raw.Polling4, "bBA==")
		}},
		{name: "octet-stream", talk: func(k *raw.Talk) {
			k.Open3()
			k.Post(raw.Polling3, "\x00\x01\x02\xff42[\"echo\",1]", octets)
			k.PollUntil(raw.Polling3, `["echo",1]`)
			k.Post(raw.Polling3, "\x00\x04\x02\xff451-[\"echo\",{\"_placeholder\":true,\"num\":0}]\x01\x05\xff\x04\x01\x02\x03\xff", octets)
			k.PollUntil(raw.Polling3, "\x01\x05\xff\x04\x01\x02\x03\xff")
		}},
		{name: "octet-stream, text in UTF-8", talk: func(k *raw.Talk) {
			k.Open3()
			k.Post(raw.Polling3, "\x00\x02\x00\xff42[\"echo\",\"€😀\"]", octets)
			k.Get(raw.Polling3)
		}},
		{name: "octet-stream without an end of length", talk: func(k *raw.Talk) {
			k.Open3()
			k.Post(raw.Polling3, "\x00\x01\x02", octets)
			k.Disconnected()
		}},
		{name: "namespace with a query", talk: func(k *raw.Talk) {
			k.Open3()
			k.Post(raw.Polling3, p3(`40/admin?token=secret,`))
			k.Get(raw.Polling3)
			k.Post(raw.Polling3, p3(`42/admin,["echo",1]`))
			k.Get(raw.Polling3)
			k.Post(raw.Polling3, p3(`40/admin?token=x`))
			k.Get(raw.Polling3)
		}},
		{name: "namespace refused", talk: func(k *raw.Talk) {
			k.Open3()
			for _, p := range []string{`40/admin`, `40/admin?token=x&token=y,`, `40/closed`, `40/nowhere`, `40/nowhere?token=1,`} {
				k.Post(raw.Polling3, p3(p))
				k.Get(raw.Polling3)
			}
		}},
		{name: "two namespaces", talk: func(k *raw.Talk) {
			k.Open3()
			k.Post(raw.Polling3, p3(`40/chat,`))
			k.Get(raw.Polling3)
			k.Post(raw.Polling3, p3(`42/chat,["echo","x"]`, `42/chat,0["echo","y"]`))
			k.PollUntil(raw.Polling3, `["y"]`)
		}},
		{name: "JSONP", talk: form3(p3(`42["echo",1]`), p3(`42["echo","\""]`), p3("42[\"echo\",\"\u2028 €😀\"]"))},
		{name: "JSONP in revision 4", talk: form4(`42["echo",1]`, `42["echo","</script>"]`, "42[\"echo\",\"\u2028\u2029\"]", `42["echo","a\\nb"]`, `42["echo","a\\\\nb"]`), differs: []difference{{
			reference: `</script>`, ioserver: `<\/script>`, why: "nothing in an answer ends the element that it is run in",
		}}},
		{name: "JSONP, packets in one form", talk: form4("42[\"echo\",1]\x1e42[\"echo\",2]")},
		{name: "JSONP, binary", talk: form4(`42["mixed","€"]`)},
		{name: "JSONP, odd forms", talk: func(k *raw.Talk) {
			k.Get("?EIO=4&transport=polling&j=0")
			for _, body := range []string{"", "x=40", "d=", "d=40&d=40", "%64=40", "d=%zz", "d", "=40", "d=6&x=1"} {
				k.Post(jsonp4, body, "Content-Type: application/x-www-form-urlencoded")
			}
			k.Get(jsonp4)
		}},
		{name: "JSONP, index", talk: get("?EIO=4&transport=polling&j=12", "?EIO=4&transport=polling&j=", "?EIO=4&transport=polling&j=a1b2",
			"?EIO=4&transport=polling&j=1]);alert(1);//", "?EIO=4&transport=polling&j=-1", "?EIO=4&transport=polling&j=99999999999999999999")},
		{name: "JSONP, refused", talk: get("?EIO=4&transport=polling&j=0&sid=x", "?EIO=4&transport=foo&j=0")},
		{name: "JSONP asked of a session that is none", talk: func(k *raw.Talk) {
			k.Open4()
			k.Post(jsonp4, `42["echo",1]`)
			k.Get(jsonp4)
		}},
		{name: "a JSONP session asked without", talk: func(k *raw.Talk) {
			k.Get("?EIO=4&transport=polling&j=3")
			k.Post(raw.Polling4, "d=40")
			k.Get(raw.Polling4)
			k.Get(raw.Polling3)
		}},
	})
}
