package socketio_test

import (
	"testing"

	"github.com/ioserver/ioserver/worker/socketio"
)

// What a server and a parent are told to send goes where their namespaces'
// broadcasts go.
func TestShortcuts(t *testing.T) {
	s, addr := start(t, socketio.Options{}, nil)
	p := s.OfRegexp(tenants)
	enter := func(s *socketio.Socket) error { return s.Join("a") }
	s.Of("/").Use(enter)
	p.Use(enter)
	in, out := dial(t, addr, 4, ""), dial(t, addr, 4, "")
	in.join("/")
	in.join("/tenant-1")
	out.join("/tenant-1")
	for name, emit := range map[string]func(string, ...any) error{
		"Emit": s.Emit, "To": s.To("a").Emit, "In": s.In("a").Emit, "Except": s.Except("b").Emit,
		"Volatile": s.Volatile().Emit, "Local": s.Local().Emit, "Compress": s.Compress(true).Emit,
	} {
		if err := emit("root", name); err != nil {
			t.Error(err)
		}
		in.expect(`42["root","` + name + `"]`)
	}
	for name, emit := range map[string]func(string, ...any) error{
		"Emit": p.Emit, "To": p.To("a").Emit, "In": p.In("a").Emit, "Except": p.Except("b").Emit,
		"Volatile": p.Volatile().Emit, "Local": p.Local().Emit, "Compress": p.Compress(true).Emit,
		"all": p.In("b").In("a").Except("c").Volatile().Local().Compress(false).Emit,
	} {
		if err := emit("child", name); err != nil {
			t.Error(err)
		}
		in.expect(`42/tenant-1,["child","` + name + `"]`)
		out.expect(`42/tenant-1,["child","` + name + `"]`)
	}
	_ = p.Except("a").Emit("child", "nobody")
	_ = s.To("b").Emit("root", "nobody")
	_ = s.Emit("end")
	_ = p.Emit("end")
	in.expect(`42["end"]`, `42/tenant-1,["end"]`)
	out.expect(`42/tenant-1,["end"]`)
}
