package main

import (
	"fmt"
	"net/netip"
	"strconv"

	"github.com/ioserver/ioserver/e2e/figures/lean"
)

const (
	unicastWider = 1.15 // of two workers' cost
	posters      = 16
)

// unicast has both sizes of server there all the time, and measures them in turns.
func unicast(b *bench) error {
	sides := []*reached{}
	for _, workers := range []int{2, b.count(8, 3)} {
		t, err := b.demo(workers)
		if err != nil {
			return err
		}
		f, err := b.open(lean.Options{Target: t.addr, Clients: b.count(2000, 20), Sources: lean.Sources(250)})
		if err != nil {
			return err
		}
		sides = append(sides, &reached{servers: []*target{t}, apis: []netip.AddrPort{t.api}, fleet: f})
	}
	if err := b.reach(sides); err != nil {
		return err
	}
	b.tell(figure{name: "CPU a message, wide", value: sides[1].each, unit: "µs", yard: "two workers", yardValue: sides[0].each, how: ratio, target: unicastWider})
	return nil
}

// reached are clients that are sent messages of their own, each over one of the
// HTTP APIs in turn.
type reached struct {
	servers []*target // whose processor time counts
	apis    []netip.AddrPort
	fleet   *lean.Fleet
	each    float64 // processor time of a message, in µs
}

// reach has each side's clients reached, round by round.
func (b *bench) reach(sides []*reached) error {
	rounds, messages := 4, b.count(5000, 50)
	for range rounds {
		for _, s := range sides {
			spent, err := spentBy(s.servers, func() error { return toEach(s.fleet, messages, s.apis...) })
			if err != nil {
				return err
			}
			s.each += microseconds(spent) / float64(rounds*messages)
		}
	}
	return nil
}

// toEach posts messages to one client's own room each, and waits until each has
// come to that client, and to no other. The posters take turns at the APIs.
func toEach(f *lean.Fleet, messages int, apis ...netip.AddrPort) error {
	got, wrong, refused, sent := 0, 0, 0, 0
	receiver := func(i int) *lean.Client { return f.Clients[i*7919%len(f.Clients)] }
	seen := make([]bool, messages)
	f.OnEvent = func(c *lean.Client, args []byte) {
		i, ok := lean.Number(args, "N")
		if !ok || i >= int64(messages) || receiver(int(i)) != c || seen[i] {
			wrong++
			return
		}
		seen[i] = true
		got++
	}
	defer func() { f.OnEvent = nil }()
	for i := range min(posters, messages) {
		api := apis[i%len(apis)]
		h := f.NewHTTP(netip.MustParseAddr("127.0.0.1"), api)
		defer h.Close()
		next := func() {
			if sent < messages {
				h.Send(emit(api, word(sent, 0, 64), receiver(sent).ID))
				sent++
			}
		}
		h.OnAnswer = func(status int, _ []byte) {
			if status != 200 {
				refused++
			}
			next()
		}
		next()
	}
	err := f.Until(patience, func() bool { return got >= messages || wrong+refused+f.Lost > 0 })
	if err != nil || wrong+refused+f.Lost > 0 {
		return fmt.Errorf("%d of %d delivered, %d wrong, %d refused, lost %v, %v", got, messages, wrong, refused, f.Losses, err)
	}
	return nil
}

// emit is a request of the HTTP API.
func emit(api netip.AddrPort, word, room string) []byte {
	body := `{"event":"m","args":["` + word + `"],"rooms":["` + room + `"]}`
	return []byte("POST /api/emit HTTP/1.1\r\nHost: " + api.String() + "\r\nAuthorization: Bearer " + apiToken +
		"\r\nContent-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
}
