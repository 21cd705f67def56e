package socketio

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"
)

// model is a roster as one would write it without care for cost.
type model struct {
	sockets map[string]*Socket
	rooms   map[string]map[string]bool // room -> socket ids
}

func (m *model) targets(rooms, except []string, skip *Socket) map[string]bool {
	out := map[string]bool{}
	if len(rooms) == 0 {
		for id := range m.sockets {
			out[id] = true
		}
	}
	for _, r := range rooms {
		for id := range m.of(r) {
			out[id] = true
		}
	}
	for _, r := range except {
		for id := range m.of(r) {
			delete(out, id)
		}
	}
	if skip != nil {
		delete(out, skip.id)
	}
	return out
}

func (m *model) of(room string) map[string]bool {
	out := maps.Clone(m.rooms[room])
	if out == nil {
		out = map[string]bool{}
	}
	if m.sockets[room] != nil {
		out[room] = true
	}
	return out
}

func (m *model) remove(id string) (ended int) {
	delete(m.sockets, id)
	for name, members := range m.rooms {
		if members[id] {
			delete(members, id)
			if len(members) == 0 {
				delete(m.rooms, name)
				ended++
			}
		}
	}
	return ended
}

func TestRosterAgainstModel(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	ro, m := newRoster(), &model{map[string]*Socket{}, map[string]map[string]bool{}}
	name := func() string { // a room, or sometimes a socket's id
		if rng.IntN(8) == 0 {
			return fmt.Sprintf("s%d", rng.IntN(40))
		}
		return fmt.Sprintf("r%d", rng.IntN(30))
	}
	names := func() []string {
		out := make([]string, rng.IntN(4))
		for i := range out {
			out[i] = name()
		}
		return out
	}
	for step := range 20_000 {
		id := fmt.Sprintf("s%d", rng.IntN(40))
		s := m.sockets[id]
		switch op := rng.IntN(10); {
		case s == nil:
			s = &Socket{id: id}
			m.sockets[id] = s
			ro.add(s)
		case op == 0:
			ended := 0
			ro.remove(s, func(*room) { ended++ })
			if want := m.remove(id); ended != want {
				t.Fatalf("step %d: %d rooms ended, want %d", step, ended, want)
			}
		case op < 6:
			r := name()
			if r == id {
				continue
			}
			began := ro.join(s, r) != nil
			if want := m.rooms[r] == nil; began != want {
				t.Fatalf("step %d: join %s began %v, want %v", step, r, began, want)
			}
			if began {
				m.rooms[r] = map[string]bool{}
			}
			m.rooms[r][id] = true
		case op < 8:
			r := name()
			ended := ro.leave(s, r) != nil
			want := m.rooms[r][id] && len(m.rooms[r]) == 1
			delete(m.rooms[r], id)
			if len(m.rooms[r]) == 0 {
				delete(m.rooms, r)
			}
			if ended != want {
				t.Fatalf("step %d: leave %s ended %v, want %v", step, r, ended, want)
			}
		}
		compare(t, ro, m, names(), names(), m.sockets[fmt.Sprintf("s%d", rng.IntN(60))])
	}
}

func compare(t *testing.T, ro *roster, m *model, rooms, except []string, skip *Socket) {
	t.Helper()
	got := map[string]bool{}
	for s := range ro.targets(rooms, except, skip) {
		if got[s.id] {
			t.Fatalf("to %v except %v: %s twice", rooms, except, s.id)
		}
		got[s.id] = true
	}
	if want := m.targets(rooms, except, skip); !maps.Equal(got, want) {
		t.Fatalf("to %v except %v skip %v: got %v, want %v", rooms, except, skip != nil, got, want)
	}
	memberships := 0
	for _, members := range m.rooms {
		memberships += len(members)
	}
	if ro.memberships != memberships || len(ro.byName) != len(m.rooms) || len(ro.listed) != len(m.sockets) {
		t.Fatalf("%d memberships, %d rooms, %d sockets; want %d, %d, %d", ro.memberships, len(ro.byName), len(ro.listed),
			memberships, len(m.rooms), len(m.sockets))
	}
}

// A delivery may end the socket it is made to: nobody else is missed or met
// twice by that.
func TestRemovalDuringWalk(t *testing.T) {
	for _, rooms := range [][]string{{"a"}, {"a", "b"}, nil} {
		ro := newRoster()
		var want []string
		for i := range 10 {
			s := &Socket{id: fmt.Sprint(i)}
			ro.add(s)
			ro.join(s, "a")
			ro.join(s, "b")
			want = append(want, s.id)
		}
		var got []string
		for s := range ro.targets(rooms, nil, nil) {
			got = append(got, s.id)
			if len(got)%2 == 0 {
				ro.remove(s, func(*room) {})
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("to %v: got %v, want %v", rooms, got, want)
		}
		if len(ro.listed) != 5 || len(ro.byName["a"].members) != 5 {
			t.Errorf("%d sockets are left, %d in the room, want 5", len(ro.listed), len(ro.byName["a"].members))
		}
	}
}

func TestRoomEndsWithItsLastMember(t *testing.T) {
	ro := newRoster()
	s := &Socket{id: "s"}
	ro.add(s)
	ro.join(s, "a")
	for range ro.targets([]string{"a"}, nil, nil) {
		ro.remove(s, func(*room) {})
	}
	if len(ro.byName) != 0 || ro.memberships != 0 || len(ro.byID) != 0 {
		t.Errorf("%d rooms, %d memberships, %d sockets are left", len(ro.byName), ro.memberships, len(ro.byID))
	}
}

func TestNames(t *testing.T) {
	ro := newRoster()
	s := &Socket{id: "me"}
	ro.add(s)
	for _, r := range []string{"a", "b", "c", "d"} {
		ro.join(s, r)
	}
	ro.leave(s, "b")
	if got, want := ro.names(nil, s), []string{"me", "a", "d", "c"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// BenchmarkMemberships reports what a membership costs: 10,000 sockets, each
// in 100 of 20,000 rooms.
func BenchmarkMemberships(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	names := make([]string, 20_000)
	for i := range names {
		names[i] = fmt.Sprintf("room-%d", i)
	}
	for b.Loop() {
		ro := newRoster()
		for i := range 10_000 {
			s := &Socket{id: fmt.Sprint(i)}
			ro.add(s)
			for range 100 {
				ro.join(s, names[rng.IntN(len(names))])
			}
		}
		size := 0
		for _, r := range ro.rooms {
			size += int(unsafe.Sizeof(*r)) + cap(r.members)*int(unsafe.Sizeof(link{})) + len(r.name) + 40
		}
		for _, s := range ro.sockets {
			size += cap(s.member.rooms) * int(unsafe.Sizeof(link{}))
		}
		b.ReportMetric(float64(size)/float64(ro.memberships), "B/membership")
		b.ReportMetric(0, "ns/op")
	}
}
