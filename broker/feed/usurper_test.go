package feed_test

import (
	"testing"

	"github.com/ioserver/ioserver/broker"
)

// Of two machines that drew one number one gives it up. Until then a third takes
// the later one for the successor of the other. Afterwards it hears the one that
// has kept the number again, and what that one said meanwhile, in order and once.
func TestUsurper(t *testing.T) {
	for name, leave := range map[string]func(*member){
		"says goodbye": func(m *member) { m.Close() },
		"is silent":    func(m *member) { m.broker.(*broker.Memory).Interrupt() },
	} {
		t.Run(name, func(t *testing.T) {
			h := broker.NewHub()
			begin := func(node uint16) *member {
				b := h.Connect()
				t.Cleanup(func() { b.Close() })
				o := options(t, 0)
				o.Origin.Node, o.DeadBeats = node, 100
				return start(t, b, o)
			}
			third, first := begin(1), begin(7)
			third.join(1)
			third.knows(first)
			first.number(0, 10, one(1))
			third.expect(0, 10)
			usurper := begin(7)
			third.knows(usurper)
			first.number(10, 20, one(1))
			leave(usurper)
			third.expect(0, 20)
			first.number(20, 30, one(1))
			third.expect(0, 30)
		})
	}
}
