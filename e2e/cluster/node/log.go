package node

import (
	"bytes"
	"encoding/json"
	"sync"
	"time"
)

// Line is one line that a node's processes wrote. The fields are those of a
// log record; other lines have none.
type Line struct {
	At     time.Time // when it was read
	Text   string
	Fields map[string]any
}

// Says reports whether the line is a log record with that message.
func (l Line) Says(message string) bool { return l.Fields["msg"] == message }

// Int is a number among the fields, or -1.
func (l Line) Int(name string) int {
	f, ok := l.Fields[name].(float64)
	if !ok {
		return -1
	}
	return int(f)
}

// journal keeps lines. It is an io.Writer.
type journal struct {
	mu    sync.Mutex
	part  []byte // of a line
	lines []Line
	more  chan struct{} // closed and replaced at every line
}

// Write takes what one stream of a process writes.
func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.part = append(j.part, b...)
	for {
		text, rest, found := bytes.Cut(j.part, []byte("\n"))
		if !found {
			return len(b), nil
		}
		line := Line{At: time.Now(), Text: string(text)}
		_ = json.Unmarshal(text, &line.Fields) // the banner is none
		j.lines = append(j.lines, line)
		j.part = rest
		close(j.more)
		j.more = make(chan struct{})
	}
}

// since returns the lines from the n-th on, and what is closed when there are
// more.
func (j *journal) since(n int) ([]Line, <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]Line(nil), j.lines[n:]...), j.more
}
