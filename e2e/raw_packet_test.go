package e2e

import (
	"strings"
	"testing"

	"github.com/ioserver/ioserver/e2e/raw"
)

// packets sends packets on a session that has joined "/" and reads on behind a
// fence.
func packets(packets ...string) func(*raw.Talk) {
	return func(k *raw.Talk) { k.Socket4().Text(packets...).Fence() }
}

// answered is packets with a number of answers to read before the fence, for
// what is answered in its own time.
func answered(answers int, packets ...string) func(*raw.Talk) {
	return func(k *raw.Talk) { k.Socket4().Text(packets...).Recv(answers).Fence() }
}

// asked has the server ask something, and sends packets in answer.
func asked(packets ...string) func(*raw.Talk) {
	return func(k *raw.Talk) {
		k.Socket4().Text(`427["ask",5000,"what"]`).Recv(1).Text(packets...).Recv(1).Fence()
	}
}

// fatal sends packets on a session that has joined "/", which end it.
func fatal(packets ...string) func(*raw.Talk) {
	return func(k *raw.Talk) {
		k.Socket4().Text(packets...).End()
		k.Disconnected()
	}
}

// first sends a packet as the very first of a session.
func first(answers int, packets ...string) func(*raw.Talk) {
	return func(k *raw.Talk) {
		c := k.Upgrade(socket4)
		c.Recv(1).Text(packets...)
		if answers > 0 {
			c.Recv(answers)
		} else {
			c.End()
		}
	}
}

// binary sends a binary event and its attachments on a joined session.
func binaryEvent(event string, attachments ...string) func(*raw.Talk) {
	return func(k *raw.Talk) { k.Socket4().Text(event).Binary(attachments...).Fence() }
}

func badBinary(event string, attachments ...string) func(*raw.Talk) {
	return func(k *raw.Talk) {
		k.Socket4().Text(event).Binary(attachments...).End()
		k.Disconnected()
	}
}

// asItCame is why an echo may be other JSON than the reference's.
const asItCame = "arguments that a handler passes on travel as they came, not decoded and encoded anew"

var oddNumber = []difference{{
	reference: "text 451-[\"echo\",{\"_placeholder\":true,\"num\":0}]\nbinary 61\nfence", ioserver: "close\neof",
	why: "the number of attachments is in decimal digits",
}}

func TestRawConnect(t *testing.T) {
	compare(t, []rawCase{
		{name: "default namespace", talk: first(1, "40")},
		{name: "default namespace by name", talk: first(1, "40/")},
		{name: "default namespace by name and comma", talk: first(1, "40/,")},
		{name: "with auth", talk: first(1, `40{"token":"x","nested":{"a":[1]}}`)},
		{name: "another namespace only", talk: first(1, "40/chat,")},
		{name: "without the comma", talk: first(1, "40/chat")},
		{name: "unicode namespace", talk: first(1, "40/room/ü,")},
		{name: "auth accepted", talk: first(1, `40/admin,{"token":"secret"}`)},
		{name: "auth refused with data", talk: first(1, `40/admin,{"token":"wrong"}`)},
		{name: "no auth", talk: first(1, `40/admin,`)},
		{name: "refused without data", talk: first(1, `40/closed,`)},
		{name: "refused, then accepted", talk: func(k *raw.Talk) {
			c := k.Upgrade(socket4).Recv(1)
			c.Text(`40/admin,{"token":"wrong"}`).Recv(1).Text(`40/admin,{"token":"secret"}`).Recv(1)
			c.Text(`42/admin,0["echo","in"]`).Recv(1)
		}},
		{name: "unknown namespace", talk: first(1, "40/nowhere,")},
		{name: "namespace with a query", talk: first(1, "40/chat?token=1,")},
		{name: "namespace case", talk: first(1, "40/Chat,")},
		{name: "namespace __proto__", talk: first(1, "40/__proto__,")},
		{name: "auth is not an object", talk: first(0, `40[1]`)},
		{name: "auth is a string", talk: first(0, `40"x"`)},
		{name: "auth is null", talk: first(0, `40null`)},
		{name: "auth is a number", talk: first(1, `401`)},
		{name: "auth is cut off", talk: first(0, `40{"a":`)},
		{name: "auth with __proto__", talk: first(1, `40{"__proto__":{"x":1},"constructor":1}`)},
		{name: "second CONNECT", talk: fatal("40")},
		{name: "second CONNECT to another namespace", talk: func(k *raw.Talk) {
			k.Socket4().Text("40/chat,").Recv(1).Text("40/chat,").End()
		}},
		{name: "event before CONNECT", talk: first(0, `42["echo",1]`)},
		{name: "binary before CONNECT", talk: func(k *raw.Talk) {
			k.Upgrade(socket4).Recv(1).Binary("\x01").End()
		}},
		{name: "binary event before CONNECT", talk: func(k *raw.Talk) {
			k.Upgrade(socket4).Recv(1).Text(`451-["echo",{"_placeholder":true,"num":0}]`).Binary("\x01").End()
		}},
		{name: "event to a namespace that is not joined", talk: fatal(`42/chat,["echo",1]`)},
		{name: "event to a namespace that does not exist", talk: fatal(`42/nowhere,["echo",1]`)},
		{name: "event to a namespace that refused", talk: func(k *raw.Talk) {
			k.Socket4().Text("40/admin,").Recv(1).Text(`42/admin,["echo",1]`).End()
			k.Disconnected()
		}},
		{name: "acknowledgement to a namespace that is not joined", talk: fatal(`43/chat,1["echo"]`)},
		{name: "DISCONNECT of a namespace that is not joined", talk: fatal(`41/chat,`)},
		{name: "DISCONNECT", talk: func(k *raw.Talk) {
			c := k.Socket4().Text("41")
			k.Disconnected()
			c.Text("40").Recv(1).Fence()
		}},
		{name: "DISCONNECT of one of two", talk: func(k *raw.Talk) {
			c := k.Socket4().Text("40/chat,").Recv(1).Text("41/chat,")
			k.Disconnected()
			c.Fence()
			c.Text("41")
			c.Text("40/chat,").Recv(1).Text(`42/chat,0["echo","back"]`).Recv(1)
		}},
		{name: "DISCONNECT with data", talk: fatal(`41{"a":1}`)},
		{name: "event after DISCONNECT", talk: func(k *raw.Talk) {
			c := k.Socket4().Text("41")
			k.Disconnected()
			c.Text(`42["echo",1]`).End()
		}},
		{name: "CONNECT_ERROR from the client", talk: fatal(`44{"message":"x"}`)},
		{name: "CONNECT_ERROR from the client with a string", talk: fatal(`44"x"`)},
		{name: "two namespaces", talk: func(k *raw.Talk) {
			c := k.Socket4().Text("40/chat,").Recv(1)
			c.Text(`42/chat,["echo","chat"]`, `42/chat,0["echo","ack"]`).Recv(2).Fence()
		}},
	})
}

func TestRawEvent(t *testing.T) {
	compare(t, []rawCase{
		{name: "text", talk: packets(`42["echo","a",1,null,true,{"b":[]}]`)},
		{name: "white space", talk: packets("42[ \"echo\" ,\n 1 ] ")},
		{name: "white space before the payload", talk: packets("42 [\"echo\",1]"), differs: []difference{{reference: `text 430[1]
fence`, ioserver: "close\neof", why: "a space is no id"}}},
		{name: "escapes", talk: packets(`42["echo","\u00fc\ud83d\ude00\n\"\\\/"]`), differs: []difference{{
			reference: `"ü😀\n\"\\/"`, ioserver: `"\u00fc\ud83d\ude00\n\"\\\/"`, why: asItCame,
		}}},
		{name: "name in escapes", talk: packets(`42["\u0065cho",1]`)},
		{name: "numbers", talk: packets(`42["echo",1e3,-0,0.5,12345678901234567890]`), differs: []difference{{
			reference: `1000,0,0.5,12345678901234567000`, ioserver: `1e3,-0,0.5,12345678901234567890`, why: asItCame,
		}}},
		{name: "duplicate keys", talk: packets(`42["echo",{"a":1,"a":2}]`), differs: []difference{{reference: `{"a":2}`, ioserver: `{"a":1,"a":2}`, why: asItCame}}},
		{name: "key __proto__", talk: packets(`42["echo",{"__proto__":{"x":1},"y":2}]`)},
		{name: "lone surrogate", talk: packets(`42["echo","\ud800"]`)},
		{name: "unknown event", talk: packets(`42["nothing here",1]`, `420["nothing here",1]`)},
		{name: "numeric event", talk: packets(`42[1,"x"]`)},
		{name: "no arguments", talk: packets(`42["echo"]`, `425["echo"]`)},
		{name: "event called error", talk: packets(`42["error","x"]`, `42["error"]`)},
		{name: "events of other prototypes", talk: packets(`42["__proto__"]`, `42["constructor",1]`, `42["toString"]`, `42["hasOwnProperty"]`)},
		{name: "event called disconnected, message, ping", talk: packets(`42["disconnected"]`, `42["message"]`, `42["ping"]`)},
		{name: "reserved event connect", talk: fatal(`42["connect"]`)},
		{name: "reserved event connect_error", talk: fatal(`42["connect_error"]`)},
		{name: "reserved event disconnect", talk: fatal(`42["disconnect"]`)},
		{name: "reserved event disconnecting", talk: fatal(`42["disconnecting"]`)},
		{name: "reserved event newListener", talk: fatal(`42["newListener"]`)},
		{name: "reserved event removeListener", talk: fatal(`42["removeListener"]`)},
		{name: "reserved event in escapes", talk: fatal(`42["\u0063onnect"]`)},
		{name: "no payload", talk: packets("42"), differs: []difference{{reference: `fence`, ioserver: "close\neof", why: "an event has a payload"}}},
		{name: "no payload, with id", talk: packets("421"), differs: []difference{{reference: `fence`, ioserver: "close\neof", why: "an event has a payload"}}},
		{name: "empty array", talk: fatal("42[]")},
		{name: "object", talk: fatal(`42{"a":1}`)},
		{name: "string", talk: fatal(`42"echo"`)},
		{name: "name is null", talk: fatal(`42[null]`)},
		{name: "name is an array", talk: fatal(`42[["echo"]]`)},
		{name: "name is an object", talk: fatal(`42[{"toString":"x"}]`)},
		{name: "name is true", talk: fatal(`42[true]`)},
		{name: "cut off", talk: fatal(`42["echo"`)},
		{name: "rubbish behind", talk: fatal(`42["echo"]x`)},
		{name: "second array behind", talk: fatal(`42["echo"]["echo"]`)},
		{name: "single quotes", talk: fatal(`42['echo']`)},
		{name: "trailing comma", talk: fatal(`42["echo",]`)},
		{name: "NaN", talk: fatal(`42["echo",NaN]`)},
		{name: "control character in a string", talk: fatal("42[\"echo\",\"\n\"]")},
		{name: "byte order mark", talk: packets("42\ufeff[\"echo\"]"), differs: []difference{{reference: `text 430[]
fence`, ioserver: "close\neof", why: "a byte order mark is no id"}}},
		{name: "leading zero", talk: fatal(`42["echo",01]`)},
		{name: "nested 500 deep", talk: packets(`42["echo",` + strings.Repeat("[", 500) + strings.Repeat("]", 500) + `]`)},
		{name: "nested and never closed", talk: fatal(`42["echo",` + strings.Repeat("[", 50_000))},
		{name: "type 7", talk: fatal(`47["echo"]`)},
		{name: "type 9", talk: fatal(`49`)},
		{name: "type a", talk: fatal(`4a`)},
		{name: "type is a space", talk: fatal(`4 `)},
		{name: "type is not ASCII", talk: fatal(`4٢["echo"]`)},
		{name: "namespace cut off", talk: fatal("42/chat")},
		{name: "namespace without comma, with payload", talk: fatal(`42/["echo",1]`)},
		{name: "long namespace", talk: fatal("42/" + strings.Repeat("x", 5000) + `,["echo"]`)},
	})
}

func TestRawAcknowledgement(t *testing.T) {
	compare(t, []rawCase{
		{name: "asked and answered", talk: asked(`43{ack}["this"]`)},
		{name: "arguments", talk: packets(`427["echo","a",[1],{"b":null}]`)},
		{name: "id 0", talk: packets(`420["echo"]`)},
		{name: "leading zeros", talk: packets(`42007["echo"]`)},
		{name: "id of 16 digits", talk: packets(`429007199254740991["echo"]`)},
		{name: "unknown id", talk: packets(`4312345["x"]`, `430[]`)},
		{name: "answered twice", talk: asked(`43{ack}["this"]`, `43{ack}["again"]`)},
		{name: "without id", talk: packets(`43["x"]`)},
		{name: "payload is not an array", talk: fatal(`431{"a":1}`)},
		{name: "payload is cut off", talk: fatal(`431[`)},
		{name: "no payload", talk: packets(`4377`), differs: []difference{{reference: `fence`, ioserver: "close\neof", why: "an acknowledgement has a payload"}}},
		{name: "binary", talk: func(k *raw.Talk) {
			c := k.Socket4().Text(`427["ask",5000,"what"]`).Recv(1)
			c.Text(`461-{ack}[{"_placeholder":true,"num":0}]`).Binary("\x01\x02").Recv(2).Fence()
		}},
		{name: "answer to another namespace", talk: func(k *raw.Talk) {
			c := k.Socket4().Text("40/chat,").Recv(1).Text(`427["ask",5000,"what"]`).Recv(1)
			c.Text(`43/chat,{ack}["wrong"]`, `43{ack}["right"]`).Recv(1).Fence()
		}},
		{name: "timeout", talk: answered(2, `427["ask",50,"what"]`)},
		{name: "after the timeout", talk: func(k *raw.Talk) {
			k.Socket4().Text(`427["ask",50,"what"]`).Recv(2).Text(`43{ack}["late"]`).Fence()
		}},
	})
}

func TestRawAttachments(t *testing.T) {
	one := `{"_placeholder":true,"num":0}`
	ten := make([]string, 10)
	places := make([]string, 10)
	for i := range ten {
		ten[i] = string(rune('a' + i))
		places[i] = `{"_placeholder":true,"num":` + string(rune('0'+i)) + `}`
	}
	compare(t, []rawCase{
		{name: "one", talk: binaryEvent(`451-["echo",`+one+`]`, "\x01\x02")},
		{name: "deep", talk: binaryEvent(`452-["echo",{"a":[`+one+`,{"b":{"num":1,"_placeholder":true}}]}]`, "\x01", "\x02"), differs: []difference{{
			reference: `{"_placeholder":true,"num":1}`, ioserver: `{"num":1,"_placeholder":true}`, why: asItCame,
		}}},
		{name: "acknowledged", talk: binaryEvent(`451-8["echo",`+one+`]`, "")},
		{name: "ten", talk: binaryEvent(`4510-["echo",`+strings.Join(places, ",")+`]`, ten...)},
		{name: "in another order", talk: binaryEvent(`452-["echo",{"_placeholder":true,"num":1},`+one+`]`, "a", "b"), differs: []difference{
			{reference: `["echo",` + one + `,{"_placeholder":true,"num":1}]`, ioserver: `["echo",{"_placeholder":true,"num":1},` + one + `]`, why: asItCame},
			{reference: "binary 62\nbinary 61", ioserver: "binary 61\nbinary 62", why: asItCame},
		}},
		{name: "used twice", talk: binaryEvent(`451-["echo",`+one+`,`+one+`]`, "a"), differs: []difference{
			{reference: `text 452-["echo",` + one + `,{"_placeholder":true,"num":1}]`, ioserver: `text 451-["echo",` + one + `,` + one + `]`, why: asItCame},
			{reference: "binary 61\nbinary 61", ioserver: "binary 61", why: asItCame},
		}},
		{name: "not used", talk: binaryEvent(`451-["echo",1]`, "a"), differs: []difference{{reference: `text 42["echo",1]`, ioserver: "text 451-[\"echo\",1]\nbinary 61", why: asItCame}}},
		{name: "some not used", talk: binaryEvent(`452-["echo",`+one+`]`, "a", "b"), differs: []difference{
			{reference: `text 451-`, ioserver: `text 452-`, why: asItCame}, {reference: "binary 61", ioserver: "binary 61\nbinary 62", why: asItCame},
		}},
		{name: "not a placeholder", talk: binaryEvent(`451-["echo",`+one+`,{"_placeholder":false,"num":0},{"_placeholder":"true"},{"_placeholder":1}]`, "a")},
		{name: "placeholder in a text event", talk: packets(`42["echo",` + one + `]`)},
		{name: "none", talk: fatal(`450-["echo",1]`)},
		{name: "none, acknowledged", talk: fatal(`460-1["echo",1]`)},
		{name: "number missing", talk: fatal(`45-["echo",1]`)},
		{name: "dash missing", talk: fatal(`451["echo",1]`)},
		{name: "number and dash missing", talk: fatal(`45["echo",1]`)},
		{name: "number negative", talk: fatal(`45-1-["echo",1]`)},
		{name: "number with a fraction", talk: fatal(`451.5-["echo",1]`)},
		{name: "number in exponents", talk: fatal(`451e9-["echo",1]`)},
		{name: "number in hexadecimal", talk: binaryEvent(`450x1-["echo",`+one+`]`, "a"), differs: oddNumber},
		{name: "number with a space", talk: binaryEvent(`45 1-["echo",`+one+`]`, "a"), differs: oddNumber},
		{name: "eleven", talk: fatal(`4511-["echo",1]`)},
		{name: "a million", talk: fatal(`451000000-["echo",1]`)},
		{name: "enormous number", talk: fatal(`4599999999999999999999-["echo",1]`)},
		{name: "placeholder out of range", talk: badBinary(`451-["echo",{"_placeholder":true,"num":1}]`, "a")},
		{name: "placeholder negative", talk: badBinary(`451-["echo",{"_placeholder":true,"num":-1}]`, "a")},
		{name: "placeholder a string", talk: badBinary(`451-["echo",{"_placeholder":true,"num":"0"}]`, "a")},
		{name: "placeholder a word", talk: badBinary(`451-["echo",{"_placeholder":true,"num":"splice"}]`, "a")},
		{name: "placeholder a fraction", talk: binaryEvent(`451-["echo",{"_placeholder":true,"num":0.5}]`, "a"), differs: []difference{{reference: `text 42["echo",null]
fence`, ioserver: "close\neof", why: "there is no such attachment"}}},
		{name: "placeholder without number", talk: badBinary(`451-["echo",{"_placeholder":true}]`, "a")},
		{name: "text instead of an attachment", talk: fatal(`451-["echo",`+one+`]`, `42["echo",1]`)},
		{name: "one too many", talk: badBinary(`451-["nothing here",`+one+`]`, "a", "b")},
		{name: "in a namespace that is not joined", talk: badBinary(`451-/chat,["echo",`+one+`]`, "a")},
		{name: "event name is an attachment", talk: badBinary(`451-[`+one+`]`, "a")},
		{name: "reserved event", talk: badBinary(`451-["disconnect",`+one+`]`, "a")},
		{name: "base64 in a text frame", talk: func(k *raw.Talk) {
			k.Socket4().Text(`451-["echo",`+one+`]`, "bAQI=").Recv(2).Fence()
		}},
		{name: "heartbeat between", talk: func(k *raw.Talk) {
			k.Socket4().Text(`451-["echo",` + one + `]`).Text("3").Bytes(raw.Frame(0x89, "p")).Binary("a").Recv(3).Fence()
		}},
	})
}
