package report

import (
	"fmt"
	"html"
	"strings"
)

// plot is a drawing of lines.
type plot struct {
	title         string // for those who do not see it
	width, height float64
	x, y          axis
	lines         []line
	caption       string // of the y axis
}

// line is one of them.
type line struct {
	name   string
	colour int
	area   bool
	dashed bool
	dots   bool
	points []point
}

type point struct {
	x, y float64
	says string // when pointed at
}

// margins around the drawing, for the labels.
const (
	left, right, top, bottom = 62.0, 14.0, 22.0, 26.0
	colours                  = 7
)

func (p *plot) px(v float64) float64 { return left + p.x.place(v)*(p.width-left-right) }
func (p *plot) py(v float64) float64 { return p.height - bottom - p.y.place(v)*(p.height-top-bottom) }

// svg is the drawing. Its colours are the page's.
func (p *plot) svg() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %.0f %.0f" role="img" aria-label="%s">`, p.width, p.height, html.EscapeString(p.title))
	for _, t := range p.y.ticks {
		y := p.py(t.at)
		fmt.Fprintf(&b, `<line class="grid" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>`, left, p.width-right, y, y)
		fmt.Fprintf(&b, `<text class="tick end" x="%.1f" y="%.1f">%s</text>`, left-8, y+4, html.EscapeString(t.label))
	}
	for _, t := range p.x.ticks {
		x := p.px(t.at)
		if t.at != p.x.ticks[0].at {
			fmt.Fprintf(&b, `<line class="grid faint" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>`, x, x, top, p.height-bottom)
		}
		fmt.Fprintf(&b, `<text class="tick mid" x="%.1f" y="%.1f">%s</text>`, x, p.height-8, html.EscapeString(t.label))
	}
	fmt.Fprintf(&b, `<line class="axis" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>`, left, p.width-right, p.height-bottom, p.height-bottom)
	fmt.Fprintf(&b, `<text class="caption" x="%.1f" y="12">%s</text>`, left-50, html.EscapeString(p.caption))
	for _, l := range p.lines {
		p.draw(&b, l)
	}
	b.WriteString(`</svg>`)
	return b.String()
}

func (p *plot) draw(b *strings.Builder, l line) {
	if len(l.points) == 0 {
		return
	}
	var path strings.Builder
	for i, q := range l.points {
		letter := 'L'
		if i == 0 {
			letter = 'M'
		}
		fmt.Fprintf(&path, "%c%.1f %.1f", letter, p.px(q.x), p.py(q.y))
	}
	colour := l.colour % colours
	if l.area {
		last := l.points[len(l.points)-1]
		fmt.Fprintf(b, `<path class="area c%d" d="%sL%.1f %.1fL%.1f %.1fZ"/>`, colour, path.String(),
			p.px(last.x), p.height-bottom, p.px(l.points[0].x), p.height-bottom)
	}
	class := ""
	if l.dashed {
		class = " dashed"
	}
	fmt.Fprintf(b, `<path class="line c%d%s" d="%s"/>`, colour, class, path.String())
	for _, q := range l.points {
		kind := "hover"
		if l.dots {
			kind = "dot"
		}
		fmt.Fprintf(b, `<circle class="%s c%d" cx="%.1f" cy="%.1f" r="4"><title>%s</title></circle>`, kind, colour, p.px(q.x), p.py(q.y), html.EscapeString(q.says))
	}
}

// legend names the lines.
func (p *plot) legend() string {
	var b strings.Builder
	b.WriteString(`<p class="legend">`)
	for _, l := range p.lines {
		class := ""
		if l.dashed {
			class = " dashed"
		}
		fmt.Fprintf(&b, `<span><i class="c%d%s"></i>%s</span>`, l.colour%colours, class, html.EscapeString(l.name))
	}
	return b.String() + "</p>"
}
