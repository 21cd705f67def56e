package server

import (
	"bytes"
	"sync"
)

// output keeps what a server's processes write, and tells of a wanted line.
type output struct {
	mu    sync.Mutex
	text  bytes.Buffer
	start int // of the line not yet complete
	line  func(string)
}

// Write implements io.Writer; os/exec calls it from one goroutine a stream.
func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(b)
	for {
		rest := o.text.Bytes()[o.start:]
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			return len(b), nil
		}
		o.start += end + 1
		o.line(string(rest[:end]))
	}
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
