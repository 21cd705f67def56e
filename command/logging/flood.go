package logging

import (
	"log/slog"
	"strconv"
	"strings"
	"time"
)

// kind tells messages apart that are counted.
type kind struct {
	level   slog.Level
	message string
	slot    int64
}

// rest is the kind of all messages beyond maxMessages.
var rest = kind{slot: -2}

// floods count how often each message came within its window. The log's lock
// guards it.
type floods struct {
	byKind map[kind]*flood
	order  []*flood // by the end of their windows, since all are equally long
}

// flood is one message within its window.
type flood struct {
	kind     kind
	ends     time.Time
	seen     int
	repeated uint64 // not written
	last     []byte // the line of the last of these
}

func (f *floods) init() { f.byKind = make(map[kind]*flood) }

// admit counts a message; pass: it is to be written; first: it is the first one
// of its window that is not.
func (f *floods) admit(k kind, now time.Time, line []byte) (pass, first bool) {
	if len(k.message) > maxMessageKey {
		k.message = k.message[:maxMessageKey]
	}
	m := f.byKind[k]
	if m == nil && len(f.byKind) >= maxMessages {
		k = rest
		m = f.byKind[k]
	}
	if m == nil {
		k.message = strings.Clone(k.message) // the rest of it is not to be kept
		m = &flood{kind: k, ends: now.Add(floodWindow)}
		f.byKind[k] = m
		f.order = append(f.order, m)
	}
	m.seen++
	if m.seen <= floodLines {
		return true, false
	}
	m.repeated++
	m.last = append(m.last[:0], line...)
	return false, m.repeated == 1
}

// expire ends the windows that are over, and has the lines written of those in
// which messages were only counted; told: there was one.
func (f *floods) expire(now time.Time, tell func(*flood)) (told bool) {
	for len(f.order) > 0 && !now.Before(f.order[0].ends) {
		m := f.order[0]
		f.order[0] = nil
		f.order = f.order[1:]
		delete(f.byKind, m.kind)
		if m.repeated > 0 {
			tell(m)
			told = true
		}
	}
	return told
}

// deadline is when the first line is to be told, if there is one.
func (f *floods) deadline() (time.Time, bool) {
	for _, m := range f.order {
		if m.repeated > 0 {
			return m.ends, true
		}
	}
	return time.Time{}, false
}

// line tells of m: the last one's line, with how many there were beyond those
// that were written.
func (m *flood) line(json bool) []byte {
	end, before, after := 1, ` repeated=`, "\n"
	if json {
		end, before, after = 2, `,"repeated":`, "}\n"
	}
	line := append(m.last[:len(m.last)-end], before...)
	return append(strconv.AppendUint(line, m.repeated, 10), after...)
}
