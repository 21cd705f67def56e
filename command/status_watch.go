package command

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// watchInterval is between two looks.
const watchInterval = time.Second

// What a terminal understands (ECMA-48, xterm's other screen).
const (
	otherScreen = "\x1b[?1049h\x1b[?25l"
	backAgain   = "\x1b[?25h\x1b[?1049l"
	topLeft     = "\x1b[H"
	restOfLine  = "\x1b[K"
	restOfAll   = "\x1b[J"
)

// screen is where text for people goes.
type screen struct {
	out      io.Writer
	terminal *os.File // nil: it is none
	colours  bool
}

// extent is a terminal's, in characters. Zero is unknown, or of no terminal.
type extent struct{ width, height int }

// screenOf is standard output's, where out is that. Colours are for terminals
// that can show them, unless NO_COLOR is set.
func screenOf(out io.Writer) *screen {
	s := &screen{out: out}
	f, ok := out.(*os.File)
	if !ok {
		return s
	}
	if _, err := winsize(f); err != nil {
		return s
	}
	s.terminal = f
	dumb := os.Getenv("TERM") == "dumb"
	s.colours = !dumb && os.Getenv("NO_COLOR") == ""
	if dumb {
		s.terminal = nil
	}
	return s
}

func (s *screen) size() extent {
	f, ok := s.out.(*os.File)
	if !ok {
		return extent{}
	}
	w, err := winsize(f)
	if err != nil {
		return extent{}
	}
	return extent{int(w.Col), int(w.Row)}
}

func winsize(f *os.File) (*unix.Winsize, error) {
	c, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	var w *unix.Winsize
	var failed error
	if err := c.Control(func(fd uintptr) { w, failed = unix.IoctlGetWinsize(int(fd), unix.TIOCGWINSZ) }); err != nil {
		return nil, err
	}
	return w, failed
}

// watchStatus shows the cluster every second until ctx ends. What cannot be
// reached is shown as that, and asked again.
func watchStatus(ctx context.Context, c *caller, s *screen) error {
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	if s.terminal != nil {
		if _, err := io.WriteString(s.out, otherScreen); err != nil {
			return err
		}
	}
	last, err := "", error(nil)
	for err == nil {
		if text := look(ctx, c, s); ctx.Err() == nil {
			last = text
			err = s.show(text)
		}
		select {
		case <-tick.C:
			continue
		case <-ctx.Done():
		}
		break
	}
	if s.terminal != nil { // what was seen last stays
		_, werr := io.WriteString(s.out, backAgain+last)
		if err == nil {
			err = werr
		}
	}
	return err
}

// look is what there is to see now.
func look(ctx context.Context, c *caller, s *screen) string {
	at := time.Now().Format(time.TimeOnly)
	width := s.size().width
	if width > 1 {
		width-- // what erases the rest of a line would take its last character
	}
	_, status, err := c.ask(ctx)
	if err != nil {
		return cut(fmt.Sprintf("%s  %v", at, err), width) + "\n"
	}
	return at + "\n" + statusText(status, width, s.colours)
}

// show puts a text in the place of the one before: line over line, so that
// nothing flickers. Where there is no terminal it follows that.
func (s *screen) show(text string) error {
	if s.terminal == nil {
		_, err := io.WriteString(s.out, text+"\n")
		return err
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if height := s.size().height; height > 0 && len(lines) > height {
		lines = lines[:height]
	}
	_, err := io.WriteString(s.out, topLeft+strings.Join(lines, restOfLine+"\r\n")+restOfLine+restOfAll)
	return err
}
