package e2e

import (
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/raw"
)

const (
	upgrade4 = "?EIO=4&transport=websocket&sid={sid}"
	upgrade3 = "?EIO=3&transport=websocket&sid={sid}"
)

var (
	hasty     = &config{name: "short timeouts"}
	impatient = &config{name: "short time to join"}
)

func init() {
	hasty.PingInterval, hasty.PingTimeout = 300*time.Millisecond, 200*time.Millisecond
	hasty.UpgradeTimeout = 300 * time.Millisecond
	impatient.ConnectTimeout = 300 * time.Millisecond
	for _, c := range []*config{hasty, impatient, small, onlyWebSocket, onlyPolling, noUpgrades, revision4, withCookie, ownTimes, ownPath, twoOrigins, anyOrigin} {
		c.Workers, c.Balance = 2, "round-robin"
	}
}

// probe opens a polling session and a WebSocket that is about to replace it.
func probe(k *raw.Talk) *raw.Conn {
	k.Open4()
	return k.Upgrade(upgrade4).Text("2probe").Recv(1)
}

func TestRawUpgrade(t *testing.T) {
	compare(t, []rawCase{
		{name: "upgrade", talk: func(k *raw.Talk) {
			c := probe(k)
			c.Text("5", `420["echo","upgraded"]`).Recv(1)
			k.Get(raw.Polling4)
			k.Post(raw.Polling4, `42["echo",1]`)
			c.Fence()
			c.CloseFrame("\x03\xe8").End()
			k.Disconnected()
		}},
		{name: "upgrade in revision 3", talk: func(k *raw.Talk) {
			k.Open3()
			c := k.Upgrade(upgrade3).Text("2probe").Recv(1)
			c.Text("5", `420["echo","upgraded"]`).Recv(1)
			k.Get(raw.Polling3)
			c.Fence()
		}},
		{name: "upgrade before joining", talk: func(k *raw.Talk) {
			k.Get("?EIO=4&transport=polling")
			c := k.Upgrade(upgrade4).Text("2probe").Recv(1)
			c.Text("5", "40").Recv(1).Fence()
		}},
		{name: "a waiting poll gets a noop", racy: true, talk: func(k *raw.Talk) {
			k.Open4()
			poll := k.Start("GET", raw.Polling4, "")
			arrived(k)
			c := k.Upgrade(upgrade4).Text("2probe").Recv(1)
			poll.Answer()
			c.Text("5").Fence()
		}},
		{name: "polls during an upgrade get noops", racy: true, talk: func(k *raw.Talk) {
			c := probe(k)
			for range 3 {
				k.Get(raw.Polling4)
			}
			c.Text("5").Fence()
		}},
		{name: "messages posted and waiting during an upgrade", talk: func(k *raw.Talk) {
			c := probe(k)
			k.Post(raw.Polling4, `42["echo","posted"]`)
			c.Text("5").Recv(1).Fence()
		}},
		{name: "messages polled during an upgrade", racy: true, talk: func(k *raw.Talk) {
			c := probe(k)
			k.Post(raw.Polling4, `42["echo","posted"]`)
			k.Get(raw.Polling4)
			c.Text("5").Fence()
		}},
		{name: "probe with other data", talk: func(k *raw.Talk) {
			k.Open4()
			k.Upgrade(upgrade4).Text("2other").End()
			alive4(k)
		}},
		{name: "probe without data", talk: func(k *raw.Talk) {
			k.Open4()
			k.Upgrade(upgrade4).Text("2").End()
			alive4(k)
		}},
		{name: "message instead of a probe", talk: func(k *raw.Talk) {
			k.Open4()
			k.Upgrade(upgrade4).Text(`42["echo",1]`).End()
			alive4(k)
		}},
		{name: "message between probe and upgrade", talk: func(k *raw.Talk) {
			probe(k).Text(`42["echo",1]`).End()
			alive4(k)
		}},
		{name: "upgrade without a probe", talk: func(k *raw.Talk) {
			k.Open4()
			k.Upgrade(upgrade4).Text("5").Fence()
		}},
		{name: "two probes", talk: func(k *raw.Talk) {
			probe(k).Text("2probe").Recv(1).Text("5").Fence()
		}},
		{name: "probe closed", talk: func(k *raw.Talk) {
			probe(k).Close()
			alive4(k)
			c := k.Upgrade(upgrade4).Text("2probe").Recv(1)
			c.Text("5").Fence()
		}},
		{name: "probe reset", talk: func(k *raw.Talk) {
			probe(k).Reset()
			alive4(k)
		}},
		{name: "reset in the middle of the opening handshake", talk: func(k *raw.Talk) {
			k.Open4()
			for range 5 {
				k.Start("GET", upgrade4, "", hUpgrade, hConnection, hVersion, hKey).Reset()
				k.Dial().Write("GET /socket.io/" + upgrade4 + " HTTP/1.1\r\nHost: {host}\r\nUpgrade: webs").Reset()
			}
			alive4(k)
		}},
		{name: "illegal frame on the probe", talk: func(k *raw.Talk) {
			probe(k).Bytes(raw.Unmasked(0x81, "5")).End()
			alive4(k)
		}},
		{name: "rubbish on the probe", talk: func(k *raw.Talk) {
			probe(k).Text("x").End()
			alive4(k)
		}},
		{name: "second upgrade beside the first", talk: func(k *raw.Talk) {
			c := probe(k)
			k.Upgrade(upgrade4).Text("2probe").End()
			c.Text("5").Fence()
		}},
		{name: "second upgrade after the first", talk: func(k *raw.Talk) {
			c := probe(k)
			c.Text("5").Fence()
			k.Upgrade(upgrade4).End()
			c.Fence()
		}},
		{name: "upgrade of a WebSocket session", talk: func(k *raw.Talk) {
			c := k.Socket4()
			k.Upgrade(upgrade4).Text("2probe").Recv(1)
			c.Fence()
		}, differs: []difference{{
			reference: "text 3probe", ioserver: "close",
			why: "a session on WebSocket has nothing to upgrade; the reference lets a second WebSocket take its place",
		}}},
		{name: "upgrade with another revision", talk: func(k *raw.Talk) {
			k.Open4()
			k.Upgrade(upgrade3).EOF()
			k.Upgrade("?transport=websocket&sid={sid}").EOF()
			alive4(k)
			k.Open3()
			k.Upgrade(upgrade4).EOF()
			k.Post(raw.Polling3, p3(`42["echo","alive"]`))
			k.Get(raw.Polling3)
		}},
		{name: "upgrade to polling", talk: func(k *raw.Talk) {
			k.Open4()
			k.Upgrade(raw.Polling4)
			alive4(k)
		}, differs: []difference{{
			reference: "101 [sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=] [upgrade: websocket]", ioserver: "400 [content-type: text/html] Bad request",
			why: "the reference refuses after its 101",
		}}},
		{name: "session closed during an upgrade", talk: func(k *raw.Talk) {
			c := probe(k)
			k.Post(raw.Polling4, "1")
			c.End()
			k.Disconnected()
		}},
		{name: "server disconnects during an upgrade", talk: func(k *raw.Talk) {
			c := probe(k)
			k.Post(raw.Polling4, `42["kick",true]`)
			c.Text("5").End()
			k.Disconnected()
		}},
		{name: "not allowed", on: noUpgrades, talk: func(k *raw.Talk) {
			k.Open4()
			k.Upgrade(upgrade4).Text("2probe").Recv(1)
		}, differs: []difference{{reference: "text 3probe", ioserver: "close", why: "what is switched off is off"}}},
		{name: "never finished", on: hasty, talk: func(k *raw.Talk) {
			k.Get("?EIO=4&transport=polling")
			k.Upgrade(upgrade4).End()
		}},
	})
}

// alive4 shows that the polling session lives.
func alive4(k *raw.Talk) {
	k.Post(raw.Polling4, `42["echo","alive"]`)
	k.Get(raw.Polling4)
}

func TestRawHeartbeat(t *testing.T) {
	compare(t, []rawCase{
		{name: "pings are answered", on: hasty, talk: func(k *raw.Talk) {
			c := k.Socket4()
			for range 3 {
				c.Recv(1).Text("3")
			}
			c.Fence()
		}},
		{name: "no pong", on: hasty, talk: func(k *raw.Talk) {
			k.Socket4().End()
			k.Disconnected()
		}},
		{name: "pings by polling", on: hasty, talk: func(k *raw.Talk) {
			k.Open4()
			for range 2 {
				k.Get(raw.Polling4)
				k.Post(raw.Polling4, "3")
			}
			k.Get(raw.Polling4)
			k.Disconnected()
			k.Get(raw.Polling4)
		}},
		{name: "no poll", on: hasty, talk: func(k *raw.Talk) {
			k.Open4()
			k.Disconnected()
			k.Get(raw.Polling4)
		}},
		{name: "revision 3: silence", on: hasty, talk: func(k *raw.Talk) {
			k.Socket3().End()
			k.Disconnected()
		}},
		{name: "revision 3: silence by polling", on: hasty, talk: func(k *raw.Talk) {
			k.Open3()
			k.Get(raw.Polling3)
			k.Disconnected()
		}},
		{name: "no namespace joined", on: impatient, talk: func(k *raw.Talk) {
			k.Upgrade(socket4).End()
		}},
		{name: "no namespace joined, by polling", on: impatient, racy: true, talk: func(k *raw.Talk) {
			k.Get("?EIO=4&transport=polling")
			k.Get(raw.Polling4)
		}},
		{name: "every namespace refused", on: impatient, talk: func(k *raw.Talk) {
			k.Upgrade(socket4).Recv(1).Text("40/admin,").Recv(1).End()
		}},
		{name: "attachments withheld", on: hasty, talk: func(k *raw.Talk) {
			k.Socket4().Text(`451-["echo",{"_placeholder":true,"num":0}]`).End()
			k.Disconnected()
		}},
	})
}
