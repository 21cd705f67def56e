package sealed

// Memory is mapped into this process.
type Memory struct {
	fd    int // -1 once closed, and where it was opened
	bytes []byte
}

// Bytes are the memory, nil once it is closed.
func (m *Memory) Bytes() []byte { return m.bytes }

// Descriptor is the memfd's number, for a child to inherit: valid while nobody
// closes m, never to be closed by the caller. -1 where the memory was opened.
func (m *Memory) Descriptor() int { return m.fd }
