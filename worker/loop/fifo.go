package loop

// fifo is a queue of connections that reuses its memory.
type fifo struct {
	conns []*Conn
	start int
}

func (f *fifo) push(c *Conn) { f.conns = append(f.conns, c) }

func (f *fifo) pop() *Conn {
	if f.start == len(f.conns) {
		return nil
	}
	c := f.conns[f.start]
	f.conns[f.start] = nil
	f.start++
	switch {
	case f.start == len(f.conns):
		f.conns, f.start = f.conns[:0], 0
	case f.start >= 1024 && f.start*2 >= len(f.conns): // moves each entry once on average
		n := copy(f.conns, f.conns[f.start:])
		clear(f.conns[n:])
		f.conns, f.start = f.conns[:n], 0
	}
	return c
}

func (f *fifo) len() int { return len(f.conns) - f.start }

func (f *fifo) empty() bool { return f.start == len(f.conns) }
