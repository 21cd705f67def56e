package estate

import (
	"errors"
	"fmt"
	"math/bits"
	"os"
	"sync"
)

// Bounds.
const (
	MaxID       = 1 << 10   // bytes of an entry's id
	MaxFarewell = 64 << 10  // bytes of its farewell
	MaxBytes    = 256 << 20 // of one estate
	// keptBytes is what an empty estate may hold on to.
	keptBytes = 1 << 20
)

// ErrFull is what an entry meets that has no room any more, or is too long.
var ErrFull = errors.New("estate: no room for an entry")

// Place is one life of a worker, on any machine. The zero Place is nobody.
type Place struct {
	Boot uint64 // of its machine's server, never 0
	Slot uint8
	Life uint64
}

// Witness is who else knows what a worker owes. Whole says that it has heard all.
type Witness struct {
	Place
	Whole bool
}

// Entry is something owed. Number orders the entries of a life.
type Entry struct {
	ID       string
	Number   uint64
	Farewell []byte
}

// Legacy is what one life has left.
type Legacy struct {
	Life    uint64
	Witness Witness
	Entries []Entry
}

// Estate is a worker's end of it. Its methods are for any goroutine. Those of a nil Estate, of a server that notes nothing, do nothing.
type Estate struct {
	file *os.File
	life uint64

	mu   sync.Mutex
	row  int // our life's
	held map[owed]place
	free [classes][]int64
	end  int64 // where the next record goes that finds no free place
}

// owed names an entry.
type owed struct {
	life uint64
	id   string
}

// place is where a record is.
type place struct {
	at    int64
	class uint8
}

// Open reads what earlier lives have left, and notes from now on what the given one owes. It takes ownership of the file, and closes it
// where it fails. What the file holds that cannot be is passed over.
func Open(f *os.File, life uint64) (*Estate, []Legacy, error) {
	e := &Estate{file: f, life: life, held: make(map[owed]place), end: headerBytes}
	left, err := e.read()
	if err == nil {
		err = e.claimRow(left)
	}
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("estate: %w", err), f.Close())
	}
	return e, left, nil
}

// Owe notes an entry, or replaces it. ErrFull, or an error of the system: then it is not noted, and what it was to replace remains.
func (e *Estate) Owe(entry Entry) error {
	switch {
	case e == nil:
		return nil
	case len(entry.ID) > MaxID || len(entry.Farewell) > MaxFarewell:
		return ErrFull
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	p, ok := e.take(classOf(recordHead + len(entry.ID) + len(entry.Farewell)))
	if !ok {
		return ErrFull
	}
	if _, err := e.file.WriteAt(appendRecord(nil, e.life, p.class, &entry), p.at); err != nil {
		e.free[p.class] = append(e.free[p.class], p.at)
		return fmt.Errorf("estate: %w", err)
	}
	name := owed{e.life, entry.ID}
	err := e.drop(name)
	e.held[name] = p
	return err
}

// Settle forgets an entry of one's own. One that is not there is no error.
func (e *Estate) Settle(id string) error {
	if e == nil {
		return nil
	}
	return e.Forget(e.life, id)
}

// Forget forgets an entry of any life.
func (e *Estate) Forget(life uint64, id string) error {
	if e == nil {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.drop(owed{life, id}); err != nil || len(e.held) > 0 || e.end <= keptBytes {
		return err
	}
	e.free, e.end = [classes][]int64{}, headerBytes
	if err := e.file.Truncate(headerBytes); err != nil {
		return fmt.Errorf("estate: %w", err)
	}
	return nil
}

func (e *Estate) drop(name owed) error {
	p, ok := e.held[name]
	if !ok {
		return nil
	}
	if _, err := e.file.WriteAt([]byte{stateFree}, p.at); err != nil {
		return fmt.Errorf("estate: %w", err)
	}
	delete(e.held, name)
	e.free[p.class] = append(e.free[p.class], p.at)
	return nil
}

// take finds a place for a record, if there is room.
func (e *Estate) take(class uint8) (place, bool) {
	if f := e.free[class]; len(f) > 0 {
		e.free[class] = f[:len(f)-1]
		return place{f[len(f)-1], class}, true
	}
	p := place{e.end, class}
	if e.end+classBytes(class) > MaxBytes {
		return p, false
	}
	e.end += classBytes(class)
	return p, true
}

// Close closes the memory's descriptor. What it holds remains.
func (e *Estate) Close() error {
	if e == nil {
		return nil
	}
	return e.file.Close()
}

func classBytes(class uint8) int64 { return smallest << class }

// classOf is the smallest class that holds so many bytes.
func classOf(size int) uint8 {
	return uint8(bits.Len(uint(size-1) / smallest))
}
