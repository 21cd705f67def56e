package socketio

import (
	"encoding/json"
	"fmt"
)

// SetData keeps a value of the application's with the socket, as JSON: it can
// be read from any goroutine, and moves where the socket moves. It replaces
// what was kept before.
func (s *Socket) SetData(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("data of socket %s: %w", s.id, err)
	}
	s.data.Store(&b)
	return nil
}

// Data decodes the value that SetData kept into what v points to. Without one
// it leaves v as it is.
func (s *Socket) Data(v any) error {
	b := s.data.Load()
	if b == nil {
		return nil
	}
	if err := json.Unmarshal(*b, v); err != nil {
		return fmt.Errorf("data of socket %s: %w", s.id, err)
	}
	return nil
}
