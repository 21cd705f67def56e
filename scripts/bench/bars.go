package main

import (
	"fmt"
	"html"
	"strings"
)

// chart is a drawing of bars, which stands for itself: a file of its own, or in a page.
type chart struct {
	file   string // without .svg
	title  string
	says   string // below the title
	groups []group
}

// group is some bars under a name.
type group struct {
	name string
	bars []bar
}

// bar is one value, or a range of two, from 0.
type bar struct {
	name  string
	value float64
	high  float64 // 0: none
	text  string
	node  bool // of the server that is compared with
}

// Sizes of the drawing.
const (
	chartWidth = 760.0
	chartLeft  = 130.0 // where bars begin
	chartRight = 195.0 // for their texts
	chartPad   = 20.0
	chartHead  = 62.0
	barHeight  = 17.0
	barStep    = 23.0
	groupHead  = 24.0
	groupStep  = 12.0
)

// chartStyle has colours of its own: the file is shown on pages of any colour.
const chartStyle = `<style>
.bars{font:13px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
.bars .card{fill:#fff;stroke:#e3e6eb}.bars .title{font-size:15.5px;font-weight:600}.bars .soft{fill:#5b6372;font-size:12.5px}
.bars text{fill:#171a21}.bars .end{text-anchor:end}.bars .axis{stroke:#c9ced7}
.bars .ours{fill:#2f6fde}.bars .node{fill:#d4640b}.bars .faint{opacity:.32}
@media (prefers-color-scheme:dark){.bars .card{fill:#181c24;stroke:#2a303b}.bars text{fill:#e8ebf1}.bars .soft{fill:#98a1b2}.bars .axis{stroke:#3b4350}.bars .ours{fill:#74a7ff}.bars .node{fill:#ffa057}}
</style>`

func (c *chart) height() float64 {
	h := chartHead + chartPad
	for _, g := range c.groups {
		h += groupHead + barStep*float64(len(g.bars)) + groupStep
	}
	return h - groupStep
}

// svg is the drawing.
func (c *chart) svg() string {
	var b strings.Builder
	high := 0.0
	for _, g := range c.groups {
		for _, one := range g.bars {
			high = max(high, one.value, one.high)
		}
	}
	h := c.height()
	fmt.Fprintf(&b, `<svg class="bars" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" role="img" aria-label="%s">%s`,
		chartWidth, h, chartWidth, h, html.EscapeString(c.title), chartStyle)
	fmt.Fprintf(&b, "\n"+`<rect class="card" x=".5" y=".5" width="%.0f" height="%.0f" rx="10"/>`, chartWidth-1, h-1)
	label := func(class string, x, y float64, text string) {
		fmt.Fprintf(&b, "\n"+`<text class="%s" x="%.1f" y="%.1f">%s</text>`, class, x, y, html.EscapeString(text))
	}
	label("title", chartPad, 29, c.title)
	label("soft", chartPad, 49, c.says)
	y := chartHead
	for _, g := range c.groups {
		label("soft", chartPad, y+14, g.name)
		y += groupHead
		fmt.Fprintf(&b, "\n"+`<line class="axis" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>`, chartLeft, chartLeft, y-2, y+barStep*float64(len(g.bars))-4)
		for _, one := range g.bars {
			one.draw(&b, y, high)
			label("end", chartLeft-10, y+13, one.name)
			label("value", chartLeft+length(max(one.value, one.high), high)+8, y+13, one.text)
			y += barStep
		}
		y += groupStep
	}
	b.WriteString("\n</svg>\n")
	return b.String()
}

func (one *bar) draw(b *strings.Builder, y, high float64) {
	class := "ours"
	if one.node {
		class = "node"
	}
	if one.high > one.value {
		fmt.Fprintf(b, "\n"+`<rect class="%s faint" x="%.1f" y="%.1f" width="%.1f" height="%.0f" rx="2"/>`, class, chartLeft, y, length(one.high, high), barHeight)
	}
	fmt.Fprintf(b, "\n"+`<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.0f" rx="2"><title>%s: %s</title></rect>`,
		class, chartLeft, y, length(one.value, high), barHeight, html.EscapeString(one.name), html.EscapeString(one.text))
}

// length is how long a bar is; one that is not nothing can be seen.
func length(v, high float64) float64 {
	if v <= 0 || high <= 0 {
		return 0
	}
	return max(1, v/high*(chartWidth-chartLeft-chartRight))
}
