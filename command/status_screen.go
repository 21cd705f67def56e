package command

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

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
	terminal bool // one on which lines can be written over
	colours  bool
}

// extent is a terminal's, in characters. Zero is unknown, or of no terminal.
type extent struct{ width, height int }

// screenOf is standard output's, where out is that. Colours are for terminals
// that can show them, unless NO_COLOR is set.
func screenOf(out io.Writer) *screen {
	s := &screen{out: out}
	if f, ok := out.(*os.File); ok {
		_, err := winsize(f)
		s.terminal = err == nil && os.Getenv("TERM") != "dumb"
		s.colours = s.terminal && os.Getenv("NO_COLOR") == ""
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

// show puts a text in the place of the one before: line over line, so that
// nothing flickers. Where there is no terminal it follows that.
func (s *screen) show(text string) error {
	if !s.terminal {
		_, err := io.WriteString(s.out, text+"\n")
		return err
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if height := s.size().height; height > 1 && len(lines) > height {
		hidden := len(lines) - height + 1
		lines = append(lines[:height-1:height-1], cut(fmt.Sprintf("(%s more: the terminal is too low)", counted(hidden, "line")), s.width()))
	}
	_, err := io.WriteString(s.out, topLeft+strings.Join(lines, restOfLine+"\r\n")+restOfLine+restOfAll)
	return err
}

// width is how long a line may be that is written over another: what erases the
// rest of a full one would take its last character.
func (s *screen) width() int {
	width := s.size().width
	if s.terminal && width > 1 {
		width--
	}
	return width
}
