package e2e

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/e2e/raw"
)

func TestRawLimit(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	z.Write([]byte(`42["echo",1]`))
	z.Close()

	const opening = `101 [sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=] [upgrade: websocket]
text 0{"sid":"<sid1>","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}
text 40{"sid":"<sid2>"}
`
	compare(t, []rawCase{
		{name: "tiny fragments", talk: func(k *raw.Talk) {
			tiny := raw.Frame(0x01, `42["echo","`) + strings.Repeat(raw.Frame(0x00, "x"), 5000)
			k.Socket4().Bytes(tiny).End()
			k.Disconnected()
		}, ioserver: opening + "close 1008\neof\napplication: disconnect /: transport error", why: "the reference does not bound fragments"},
		{name: "empty fragments", talk: func(k *raw.Talk) {
			k.Socket4().Bytes(raw.Frame(0x01, "4") + strings.Repeat(raw.Frame(0x00, ""), 5000)).End()
			k.Disconnected()
		}, ioserver: opening + "close 1008\neof\napplication: disconnect /: transport error", why: "the reference does not bound fragments"},
		{name: "a hundred thousand packets in a post", talk: func(k *raw.Talk) {
			k.Open4()
			k.Post(raw.Polling4, strings.Repeat("6\x1e", 100_000)+"6")
			k.Disconnected()
		}, ioserver: opened4 + posted + "\napplication: disconnect /: parse error", why: "the reference has no such bound"},
		{name: "a client that reads nothing", talk: func(k *raw.Talk) {
			c := k.Socket4()
			for range 40 {
				c.Text(echo(900_000))
			}
			k.Disconnected()
		}, ioserver: opening + "application: disconnect /: buffer overflow", why: "the reference holds whatever it cannot send"},
		{name: "a post that is compressed", talk: func(k *raw.Talk) {
			k.Open4()
			k.Post(raw.Polling4, zipped.String(), "Content-Encoding: gzip")
			k.Disconnected()
		}},
		{name: "half a frame and silence", on: hasty, talk: func(k *raw.Talk) {
			k.Socket4().Bytes("\x81\xfe\x10\x00\x00\x00\x00\x0042").Recv(2)
			k.Disconnected()
		}},
		{name: "half a message and silence", on: hasty, talk: func(k *raw.Talk) {
			k.Socket4().Bytes(raw.Frame(0x01, "42")).End()
			k.Disconnected()
		}},
		{name: "an acknowledgement id of 400 digits", talk: func(k *raw.Talk) {
			k.Socket4().Text("42" + strings.Repeat("9", 400) + `["echo"]`).Fence()
		}, differs: []difference{{reference: "text 43Infinity[]\nfence", ioserver: "close\neof", why: "an id is a number that can be answered"}}},
	})
}

// TestForgedID changes each character of an id in turn: none of the forgeries
// is a session's, and the session lives.
func TestForgedID(t *testing.T) {
	k := raw.New(t, servers.get(t, *against, plain))
	k.Open4()
	id := k.Fill("{sid}")
	if want := 28; *against == "ioserver" && len(id) != want {
		t.Errorf("an id has %d characters, wanted %d", len(id), want)
	}
	for i := range id {
		forged := []byte(id)
		if forged[i]++; id[i] == 'Z' || id[i] == 'z' || id[i] == '9' || id[i] == '-' || id[i] == '_' {
			forged[i] = 'a'
		}
		c := k.Get("?EIO=4&transport=polling&sid=" + string(forged))
		if c.Status != 400 || !strings.Contains(string(c.Body), "Session ID unknown") {
			t.Errorf("%s for %s: %d %s", forged, id, c.Status, c.Body)
		}
	}
	alive4(k)
	if got := k.Transcript(); !strings.HasSuffix(got, `42["echo","alive"]`) {
		t.Errorf("the session is harmed:\n%s", got)
	}
}
