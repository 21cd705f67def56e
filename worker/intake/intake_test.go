package intake_test

import (
	"fmt"
	"testing"

	"github.com/ioserver/ioserver/worker/contract"
)

// One publish reaches whom it names on all workers, and nobody else.
func TestEmit(t *testing.T) {
	b := begin(t)
	all := b.workers(3)
	a := b.app()
	var clients []*client
	for i, w := range all {
		c := w.client("")
		c.Join(fmt.Sprint("room", i))
		c.Join("a.b c")
		clients = append(clients, c)
	}
	chat := all[1].client("/chat")
	for _, x := range []struct {
		subject, body string
		hearers       []*client
		packet        string
	}{
		{"emit", `{"event":"m"}`, clients, `42["m"]`},
		{"emit._", `{"event":"m","args":[1,{"a":"é"}]}`, clients, `42["m",1,{"a":"é"}]`},
		{"emit._.room1", `{"event":"m"}`, clients[1:2], `42["m"]`},
		{"emit._.a%2Eb%20c", `{"event":"m"}`, clients, `42["m"]`},
		{"emit._", `{"event":"m","rooms":["room0","room2"]}`, []*client{clients[0], clients[2]}, `42["m"]`},
		{"emit._.a%2Eb%20c", `{"event":"m","except":["room1"]}`, []*client{clients[0], clients[2]}, `42["m"]`},
		{"emit._." + clients[2].ID, `{"event":"m"}`, clients[2:], `42["m"]`},
		{"emit", `{"event":"m","socket":"` + clients[0].ID + `"}`, clients[:1], `42["m"]`},
		{"at." + contract.HomeOf(clients[1].ID) + ".emit._." + clients[1].ID, `{"event":"m"}`, clients[1:2], `42["m"]`},
		{"at." + contract.HomeOf(clients[1].ID) + ".emit._", `{"event":"m"}`, clients[1:2], `42["m"]`},
		{"emit.chat", `{"event":"m","compress":false}`, []*client{chat}, `42/chat,["m"]`},
		{"emit", `{"event":"m","namespace":"/chat"}`, []*client{chat}, `42/chat,["m"]`},
		{"emit._", `{"event":"last"}`, clients, `42["last"]`},
	} {
		a.tell(x.subject, x.body)
		for _, c := range x.hearers {
			c.Hears(x.packet)
		}
	}
	for _, c := range clients {
		c.Say(`421["join","x"]`)
		c.Hears("431[]") // and nothing else came
	}
}

// Commands with a reply do the same, once, and say so.
func TestEmitWithReply(t *testing.T) {
	b := begin(t)
	all := b.workers(3)
	a := b.app()
	var clients []*client
	for _, w := range all {
		clients = append(clients, w.client(""))
	}
	for i := range 10 {
		a.asks("emit._", fmt.Sprintf(`{"event":"m","args":[%d]}`, i), `{"ok":true}`)
	}
	a.asks("at."+contract.HomeOf(clients[0].ID)+".emit._."+clients[0].ID, `{"event":"m","args":["at"]}`, `{"ok":true}`)
	for _, c := range clients {
		for i := range 10 {
			c.Hears(fmt.Sprintf(`42["m",%d]`, i))
		}
	}
	clients[0].Hears(`42["m","at"]`)
}

// Binary comes and goes as it is.
func TestBinary(t *testing.T) {
	b := begin(t)
	all := b.workers(2)
	a := b.app()
	c, d := all[0].client(""), all[1].client("")
	a.tell("emit._", `{"event":"m","args":[{"file":{"$binary":"AAEC/w=="}},{"$$binary":1}]}`)
	for _, c := range []*client{c, d} {
		c.Hears(`451-["m",{"file":{"_placeholder":true,"num":0}},{"$binary":1}]`)
		c.Hears("\x00\x01\x02\xff")
	}
}

// What one publisher sends is done in its order on every worker: emissions,
// joins and leaves, to all and to one.
func TestOrder(t *testing.T) {
	b := begin(t)
	all := b.workers(4)
	a := b.app()
	var clients []*client
	for _, w := range all {
		clients = append(clients, w.client(""))
	}
	const rounds = 60
	for i := range rounds {
		one := clients[i%len(clients)]
		room := fmt.Sprint("r", i)
		a.tell("emit._."+room, `{"event":"early"}`) // nobody is in it yet
		a.tell("join._."+one.ID, `{"join":["`+room+`"]}`)
		a.tell("emit._."+room, fmt.Sprintf(`{"event":"in","args":[%d]}`, i))
		a.tell("emit._", fmt.Sprintf(`{"event":"all","args":[%d]}`, i))
		a.tell("leave._."+one.ID, `{"leave":["`+room+`"]}`)
		a.tell("emit._."+room, `{"event":"late"}`)
		a.tell("at."+contract.HomeOf(one.ID)+".emit._."+one.ID, fmt.Sprintf(`{"event":"at","args":[%d]}`, i))
	}
	for i := range rounds {
		for j, c := range clients {
			mine := i%len(clients) == j
			if mine {
				c.Hears(fmt.Sprintf(`42["in",%d]`, i))
			}
			c.Hears(fmt.Sprintf(`42["all",%d]`, i))
			if mine {
				c.Hears(fmt.Sprintf(`42["at",%d]`, i))
			}
		}
	}
}
