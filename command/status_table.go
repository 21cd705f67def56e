package command

import (
	"strings"
	"unicode/utf8"
)

// lane is a column of a table for people.
type lane struct {
	title string
	right bool // numbers
	spare int  // the higher, the sooner a narrow terminal goes without; 0: never
	cells []string
	paint func(cell string) string // escapes around what is written; nil: none
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
// get). A column where no cell says anything is left out, then those that can be
// spared; what is too long even so is cut.
func layout(columns []lane, width int) []string {
	var shown []lane
	for _, c := range columns {
		if c.spare == 0 || strings.Join(c.cells, "") != "" {
			shown = append(shown, c)
		}
	}
	for width > 0 && total(shown) > width {
		at := 0
		for i := range shown {
			if shown[i].spare > shown[at].spare {
				at = i
			}
		}
		if shown[at].spare == 0 {
			break
		}
		shown = append(shown[:at:at], shown[at+1:]...)
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
		cell := c.title
		if row >= 0 {
			cell = c.cells[row]
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
			if c.paint != nil && row >= 0 {
				cell = c.paint(cell)
			}
			b.WriteString(cell)
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
