package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/ioserver/ioserver/e2e/figures/lean"
)

const (
	membershipBytes = 200
	roomLikeAlone   = 1.15 // of the same broadcast where there are no other rooms
	roomsEach       = 100
	roomMembers     = 50
	memberSettle    = 20 * time.Second
)

// memberships measures memory and broadcasts to one room before and after all
// others join theirs. Each client chooses its own hundred rooms.
func memberships(b *bench) error {
	t, err := b.serve(b.app, b.count(8, 2))
	if err != nil {
		return err
	}
	o := lean.Options{Target: t.addr, Clients: b.count(10_000, 100), Sources: lean.Sources(250)}
	f, err := b.open(o)
	if err != nil {
		return err
	}
	h := &hall{b: b, t: t, f: f, sizes: map[string]int{}}
	if err := h.enter(func(i int) []string {
		if i < roomMembers {
			return []string{"first"}
		}
		return nil
	}); err != nil {
		return err
	}
	few := b.count(3000, 20)
	aloneCost, err := h.cost(few, func(int) string { return "first" })
	if err != nil {
		return err
	}
	memory, err := h.crowd(b.count(20_000, 200))
	if err != nil {
		return err
	}
	b.tell(figure{name: "memory a membership", value: memory, unit: "bytes", how: alone, target: membershipBytes})
	return h.compare(aloneCost, few)
}

// hall is clients in rooms.
type hall struct {
	b     *bench
	t     *target
	f     *lean.Fleet
	sizes map[string]int // members of each room
}

// crowd has everybody join their rooms, and returns what a membership takes.
func (h *hall) crowd(rooms int) (bytes float64, err error) {
	before, err := h.memory()
	if err != nil {
		return 0, err
	}
	joined := 0
	err = h.enter(func(i int) (names []string) {
		r := rand.New(rand.NewPCG(4, uint64(i)))
		mine := map[int]bool{}
		for len(mine) < roomsEach {
			mine[r.IntN(rooms)] = true
		}
		for n := range mine {
			names = append(names, "room-"+strconv.Itoa(n))
		}
		joined += len(names)
		return names
	})
	if err != nil {
		return 0, err
	}
	after, err := h.memory()
	if err != nil {
		return 0, err
	}
	<-time.After(told)
	// everybody is also in the room that is its own
	if m, err := h.t.metric("ioserver_room_memberships", ""); err != nil || int(m) < joined {
		return 0, fmt.Errorf("%d memberships, the server counts %.0f, %v", joined, m, err)
	}
	return (after - before) * 1024 / float64(joined), nil
}

// memory is that of all processes, once it has come to rest.
func (h *hall) memory() (float64, error) {
	if err := settle(h.f, h.b.span(memberSettle)); err != nil {
		return 0, err
	}
	return h.t.pss()
}

// enter has each client join rooms; none: it does not.
func (h *hall) enter(rooms func(i int) []string) error {
	open := 0
	h.f.OnAck = func(*lean.Client, []byte) { open-- }
	defer func() { h.f.OnAck = nil }()
	for i, c := range h.f.Clients {
		names := rooms(i)
		if len(names) == 0 {
			continue
		}
		for _, n := range names {
			h.sizes[n]++
		}
		args, err := json.Marshal([]any{"enter", names})
		if err != nil {
			return err
		}
		if err := h.f.Until(patience, func() bool { return open < 64 || h.f.Lost > 0 }); err != nil {
			return err
		}
		open++
		c.Ask(string(args))
	}
	if err := h.f.Until(patience, func() bool { return open == 0 || h.f.Lost > 0 }); err != nil {
		return fmt.Errorf("%d have not joined: %w", open, err)
	}
	return h.f.Whole()
}

// cost is the processor time of a broadcast, one at a time, to a room each, in
// microseconds. Each has to be heard by as many clients as the room has.
func (h *hall) cost(messages int, room func(i int) string) (float64, error) {
	got, want, wrong, current := 0, 0, 0, 0
	h.f.OnEvent = func(_ *lean.Client, args []byte) {
		got++
		if n, ok := lean.Number(args, "N"); !ok || int(n) != current {
			wrong++
		}
	}
	defer func() { h.f.OnEvent = nil }()
	spent, err := h.t.spent(func() error {
		for current = range messages {
			name := room(current)
			want = h.f.Ready
			if name != "" {
				want = h.sizes[name]
			}
			got = 0
			h.f.Clients[current%len(h.f.Clients)].Emit(`["tell","` + name + `","` + word(current, 0, 64) + `"]`)
			if err := h.f.Until(patience, func() bool { return got >= want || wrong > 0 || h.f.Lost > 0 }); err != nil {
				return fmt.Errorf("%d of %d heard it: %w", got, want, err)
			}
		}
		return h.f.Whole()
	})
	if wrong > 0 {
		err = fmt.Errorf("%d heard what was not for them", wrong)
	}
	return microseconds(spent) / float64(messages), err
}

// compare puts a broadcast to one room of many beside that to the only room, and
// beside what as many deliveries of a broadcast to everybody cost.
func (h *hall) compare(aloneCost float64, few int) error {
	filled := make([]string, 0, len(h.sizes))
	for n := range h.sizes {
		if n != "first" {
			filled = append(filled, n)
		}
	}
	members := 0
	room := func(i int) string { return filled[i%len(filled)] }
	for i := range few {
		members += h.sizes[room(i)]
	}
	cost, err := h.cost(few, room)
	if err != nil {
		return err
	}
	again, err := h.cost(few, func(int) string { return "first" })
	if err != nil {
		return err
	}
	everybody, err := h.cost(h.b.count(50, 3), func(int) string { return "" })
	if err != nil {
		return err
	}
	delivery, mean := everybody/float64(h.f.Ready), float64(members)/float64(few)
	h.b.tell(figure{name: "CPU of a broadcast to a room of 50", value: again, unit: "µs", yard: "the only room", yardValue: aloneCost, how: ratio, target: roomLikeAlone})
	h.b.tell(figure{name: "CPU a member, one room of many", value: cost / mean, unit: "µs", yard: "the only room", yardValue: aloneCost / roomMembers, how: ratio, target: roomLikeAlone})
	h.b.tell(figure{name: "the same", value: cost / mean, unit: "µs", yard: "of everybody", yardValue: delivery, how: ratio, open: true})
	return nil
}
