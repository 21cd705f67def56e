package command

import (
	"strings"
	"unicode/utf8"
)

// lane is a column of a table for people.
type lane struct {
	title  string
	right  bool // numbers
	spare  int  // the higher, the sooner a narrow terminal goes without; 0: never
	least  int  // to how few runes a narrow terminal may cut it; 0: to none
	cells  []string
	colour func(cell string) string // nil: none
}

// gap is between columns.
const gap = "  "

func (c *lane) width() int {
	w := utf8.RuneCountInString(c.title)
	for _, cell := range c.cells {
		w = max(w, utf8.RuneCountInString(cell))
	}
	return w
}

// layout is the table's lines, each of at most width runes (0: however long they
// get). A column where no cell says anything is left out. Where that is too wide,
// columns that may be shortened are, then those go that can be spared; what is too
// long even so is cut.
func layout(columns []lane, width int) []string {
	var shown []lane
	for _, c := range columns {
		if c.spare == 0 || strings.Join(c.cells, "") != "" {
			shown = append(shown, c)
		}
	}
	for width > 0 && total(shown) > width {
		if !shorten(shown, total(shown)-width) {
			at := sparest(shown)
			if shown[at].spare == 0 {
				break
			}
			shown = append(shown[:at:at], shown[at+1:]...)
		}
	}
	if len(shown) == 0 {
		return nil
	}
	lines := []string{compose(shown, width, -1)}
	for row := range shown[0].cells {
		lines = append(lines, compose(shown, width, row))
	}
	return lines
}

// shorten takes so many runes from a column's cells, or as many as it may, and
// tells whether that was any.
func shorten(columns []lane, runes int) bool {
	for i := range columns {
		c := &columns[i]
		wide := c.width()
		left := max(c.least, utf8.RuneCountInString(c.title), wide-runes)
		if c.least == 0 || left >= wide {
			continue
		}
		cells := make([]string, len(c.cells))
		for row, cell := range c.cells {
			if cells[row] = cell; utf8.RuneCountInString(cell) > left {
				cells[row] = cut(cell, left-1) + "…"
			}
		}
		c.cells = cells
		return true
	}
	return false
}

// sparest is where the column is that is needed least.
func sparest(columns []lane) (at int) {
	for i := range columns {
		if columns[i].spare > columns[at].spare {
			at = i
		}
	}
	return at
}

func total(columns []lane) int {
	sum := len(gap) * (len(columns) - 1)
	for i := range columns {
		sum += columns[i].width()
	}
	return sum
}

// compose is a row's line, without blanks at its end; row -1 is the titles.
func compose(columns []lane, width, row int) string {
	var b strings.Builder
	blanks, left := "", width
	if width == 0 {
		left = 1 << 20
	}
	for i := range columns {
		c := &columns[i]
		cell, colour := c.title, ""
		if row >= 0 {
			if cell = c.cells[row]; c.colour != nil {
				colour = c.colour(cell)
			}
		}
		pad := strings.Repeat(" ", c.width()-utf8.RuneCountInString(cell))
		if c.right {
			blanks += pad
			pad = ""
		}
		if room := left - len(blanks); cell != "" && room > 0 {
			cell = cut(cell, room)
			b.WriteString(blanks)
			left -= len(blanks) + utf8.RuneCountInString(cell)
			blanks = ""
			b.WriteString(painted(cell, colour))
		}
		blanks += pad + gap
	}
	return b.String()
}

// cut shortens a text to so many runes; 0: not at all.
func cut(s string, runes int) string {
	if runes == 0 || utf8.RuneCountInString(s) <= runes {
		return s
	}
	return string([]rune(s)[:runes])
}

// wrapped is a text in lines of at most width runes (0: in one), broken between
// words; a word that is longer by itself is cut into pieces.
func wrapped(text string, width int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if n := utf8.RuneCountInString(line); line != "" && width > 0 && n+1+utf8.RuneCountInString(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
		for r := []rune(line); width > 0 && len(r) > width; r = r[width:] {
			lines, line = append(lines, string(r[:width])), string(r[width:])
		}
	}
	return append(lines, line)
}

// What a terminal writes in colour from there on, and no more.
const (
	green    = "\x1b[32m"
	yellow   = "\x1b[33m"
	red      = "\x1b[31m"
	noColour = "\x1b[0m"
)

// painted is a text in a colour; "": none.
func painted(text, colour string) string {
	if colour == "" {
		return text
	}
	return colour + text + noColour
}
