package socketio_test

import (
	"slices"
	"testing"

	"github.com/ioserver/ioserver/worker/socketio"
)

// ids are those of the sockets, sorted.
func ids(sockets []*socketio.RemoteSocket) []string {
	var out []string
	for _, s := range sockets {
		out = append(out, s.ID())
	}
	slices.Sort(out)
	return out
}

func TestFetchAndChange(t *testing.T) {
	s, addr := start(t, socketio.Options{}, serveRooms)
	a, b := dial(t, addr, 4, "&token=x"), dial(t, addr, 4, "")
	idA, idB := a.join("/"), b.join("/")
	ns := s.Of("/")
	if err := ns.To(idA).SocketsJoin("r", "q"); err != nil {
		t.Fatal(err)
	}
	_ = ns.To("r").Emit("m", 1)
	a.expect(`42["m",1]`)

	all, err := s.FetchSockets(t.Context())
	if want := slices.Sorted(slices.Values([]string{idA, idB})); err != nil || !slices.Equal(ids(all), want) {
		t.Fatalf("%v, %v", ids(all), err)
	}
	in, err := ns.In("r").FetchSockets(t.Context())
	if err != nil || len(in) != 1 || in[0].ID() != idA {
		t.Fatalf("%v, %v", ids(in), err)
	}
	rooms := in[0].Rooms()
	slices.Sort(rooms[1:])
	if !slices.Equal(rooms, []string{idA, "q", "r"}) || in[0].Handshake().Query.Get("token") != "x" {
		t.Errorf("rooms %v, handshake %v", rooms, in[0].Handshake())
	}
	out, err := ns.Except("r").FetchSockets(t.Context())
	if err != nil || len(out) != 1 || out[0].ID() != idB {
		t.Fatalf("%v, %v", ids(out), err)
	}

	_ = ns.To("r").SocketsLeave("q", "other")
	_ = ns.To("q").Emit("m", 2)
	_ = ns.DisconnectSockets(false)
	a.expect("41")
	b.expect("41")
}
