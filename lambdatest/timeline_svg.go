package lambdatest

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/lambdakit/lambdakit/lambda/trace"
)

// The measures of the picture, in pixels.
const (
	pictureWidth = 960
	labelsWidth  = 168.0 // of the column that names the lanes
	laneHeight   = 42.0
	axisHeight   = 46.0
	stripHeight  = 62.0 // of the strip that shows how many run at once
	legendHeight = 40.0
	margin       = 20.0
	barHeight    = 18.0
	barLeast     = 18.0 // the width of a run that took no time
	fontSize     = 11.0
	maxLanes     = 60
)

// WriteSVG draws the trace: one lane for each invocation and for each shard of a mapping, with its runs as bars, the
// Init phase before a cold one hatched, throttles as diamonds, the waits between attempts, how it ended and where the
// result went; below, how many runs were in flight. Long spans in which nothing ran are cut short, and the axis says
// where. At most 60 lanes are drawn.
//
// The picture is one self-contained SVG document for light and dark surroundings, with a text for every mark. The same
// trace gives the same bytes. The only error is w's.
func (tl *Timeline) WriteSVG(w io.Writer) error {
	_, err := w.Write(draw(tl.Events()))
	return err
}

// picture is an SVG document in the making.
type picture struct {
	bytes.Buffer
	origin time.Time
	lanes  []*lane
	more   int // lanes that are not drawn
	scale  scale
	right  float64 // where the plot ends and the endings begin
	used   map[string]bool
}

func draw(events []trace.Event) []byte {
	p := &picture{lanes: lanesOf(events), used: map[string]bool{}}
	if len(p.lanes) > maxLanes {
		p.more = len(p.lanes) - maxLanes
		p.lanes = p.lanes[:maxLanes]
	}
	p.layOut()
	top := axisHeight
	bottom := top + laneHeight*float64(max(1, len(p.lanes)))
	levels := inFlightOf(p.lanes)
	height := bottom + legendHeight
	if levels != nil {
		height += stripHeight
	}
	p.open(height)
	for i := 0; i < len(p.lanes); i += 2 {
		p.f(`<rect class="row" x="8" y="%g" width="%d" height="%g" rx="6"/>`, top+laneHeight*float64(i), pictureWidth-16, laneHeight)
	}
	p.axis(top, bottom)
	for i, l := range p.lanes {
		p.lane(l, top+laneHeight*float64(i))
	}
	if levels != nil {
		p.strip(levels, bottom)
	}
	p.legend(height - legendHeight/2)
	p.WriteString("</svg>\n")
	return p.Bytes()
}

// layOut finds the scale that shows all lanes and leaves room for how they ended.
func (p *picture) layOut() {
	var instants []time.Time
	var busy, waits []interval
	widest := 0.0
	for _, l := range p.lanes {
		instants = append(instants, l.instants()...)
		busy = append(busy, l.spans(bar)...)
		waits = append(waits, l.spans(wait)...)
		widest = max(widest, textWidth(l.ending), textWidth(strings.Join(l.routes, " ")))
	}
	slices.SortFunc(instants, time.Time.Compare)
	p.right = pictureWidth - margin - barLeast - min(widest+16, 260)
	p.scale = newScale(instants, busy, waits, labelsWidth+margin, p.right)
	if len(instants) > 0 {
		p.origin = instants[0]
	}
}

// textWidth is about how wide a text will be.
func textWidth(s string) float64 { return float64(utf8.RuneCountInString(s)) * fontSize * 0.58 }

func (p *picture) f(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

// escape makes s safe as the text of an element or the value of an attribute.
func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder does not fail
	return b.String()
}

func (p *picture) open(height float64) {
	p.f(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %g" width="%d" height="%g" role="img" aria-labelledby="title">`, pictureWidth, height, pictureWidth, height)
	p.f(`<title id="title">Timeline of %s</title>`, plural(len(p.lanes)+p.more, "lane"))
	p.f(`<style>%s</style>`, pictureStyle)
	p.f(`<defs><pattern id="init" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="init" width="5" height="5"/><rect class="hatch" width="2" height="5"/></pattern></defs>`)
	p.f(`<rect class="card" x=".5" y=".5" width="%d" height="%g" rx="10"/>`, pictureWidth-1, height-1)
}

// axis labels the time and marks where it was cut.
func (p *picture) axis(top, bottom float64) {
	if !p.origin.IsZero() {
		p.f(`<text class="dim" x="%g" y="%g">%s</text>`, margin, top-16, p.origin.UTC().Format("2006-01-02 15:04:05Z"))
	}
	for _, t := range p.scale.ticks(64) {
		p.f(`<path class="grid" d="M%.1f %gV%g"/><text class="dim" text-anchor="middle" x="%.1f" y="%g">+%s</text>`, t.x, top-8, bottom, t.x, top-16, span(t.at.Sub(p.origin)))
	}
	p.f(`<path class="axis" d="M%g %gH%.1f"/>`, labelsWidth+margin, top-8, p.right+barLeast)
	for _, c := range p.scale.cuts {
		x := (c.from.x + c.to.x) / 2
		p.f(`<path class="gap" d="M%.1f %gh8"/><path class="axis" d="M%.1f %gl4 -10M%.1f %gl4 -10"/>`, x-4, top-8, x-6, top-3, x+2, top-3)
	}
}

// lane draws one row whose upper edge is at y.
func (p *picture) lane(l *lane, y float64) {
	middle := y + laneHeight/2
	p.f(`<g><title>%s</title><text class="name" x="%g" y="%g">%s</text><text class="dim" x="%g" y="%g">%s</text></g>`,
		escape(l.tip), margin, middle-3, escape(clip(l.title, 22)), margin, middle+11, escape(clip(l.note, 24)))
	if len(l.items) == 0 {
		return
	}
	p.line(l, middle)
	x := 0.0
	for _, i := range l.items {
		x = p.item(i, max(x, p.scale.x(i.begin())), middle)
	}
	p.ending(l, x+8, middle)
}

// clip shortens s to n characters.
func clip(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

// line is what the lane's items stand on: the event waits wherever it shows.
func (p *picture) line(l *lane, y float64) {
	if !l.async {
		return
	}
	ts := l.instants()
	from, to := p.scale.x(slices.MinFunc(ts, time.Time.Compare)), p.scale.x(slices.MaxFunc(ts, time.Time.Compare))
	if to > from {
		p.used["wait"] = true
		p.f(`<path class="wait" d="M%.1f %gH%.1f"/>`, from, y, to)
	}
}

// item draws i from x on and returns where the next one may begin.
func (p *picture) item(i item, x, y float64) float64 {
	end := p.scale.x(i.to)
	switch i.shape {
	case start:
		p.f(`<circle class="start" cx="%.1f" cy="%g" r="3"><title>%s</title></circle>`, x-6, y, escape(i.tip))
		return x
	case diamond:
		p.used[i.class] = true
		p.f(`<path class="%s" d="M%.1f %gl7 7l-7 7l-7 -7z"><title>%s</title></path>`, i.class, x+7, y-7, escape(i.tip))
		return x + 16
	case square:
		p.used[i.class] = true
		p.f(`<g><title>%s</title><rect class="%s" x="%.1f" y="%g" width="14" height="14" rx="3"/>`, escape(i.tip), i.class, x, y-7)
		p.glyph(i.class, x+7, y)
		p.WriteString("</g>\n")
		return x + 16
	case wait:
		if w := textWidth(i.label); end-x > w+12 {
			p.f(`<text class="dim" text-anchor="middle" x="%.1f" y="%g">%s</text>`, (x+end)/2, y-7, escape(i.label))
		}
		return x
	}
	return p.bar(i, x, y)
}

// bar draws a run, with its Init phase before it, and says in shape and text what its color says.
func (p *picture) bar(i item, x, y float64) float64 {
	p.used[i.class] = true
	p.f(`<g><title>%s</title>`, escape(i.tip))
	if i.cold || !i.init.IsZero() {
		p.used["init"] = true
		w := max(8, p.scale.x(i.from)-x)
		p.f(`<path class="cold" d="M%.1f %gv%gh-%.1fa4 4 0 0 1 -4 -4v-%ga4 4 0 0 1 4 -4z"/>`, x+w, y-barHeight/2, barHeight, w-4, barHeight-8)
		x += w
	}
	w := max(barLeast, p.scale.x(i.to)-x)
	p.f(`<rect class="%s" x="%.1f" y="%g" width="%.1f" height="%g" rx="4"/>`, i.class, x, y-barHeight/2, w, barHeight)
	p.glyph(i.class, x+barLeast/2, y)
	if tw := textWidth(i.label); tw > 0 && w > tw+barLeast+8 {
		p.f(`<text class="on" x="%.1f" y="%g">%s</text>`, x+barLeast+2, y+4, escape(i.label))
	}
	p.WriteString("</g>\n")
	return x + w + 2
}

// glyph draws the sign of an outcome around a point.
func (p *picture) glyph(class string, x, y float64) {
	if d, ok := glyphs[class]; ok {
		p.f(`<path class="sign" transform="translate(%.1f %g)" d="%s"/>`, x, y, d)
	}
}

var glyphs = map[string]string{
	trace.Success: "M-4 0l3 3l5 -6",
	trace.Error:   "M-3 -3l6 6M3 -3l-6 6",
	trace.Timeout: "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0M0 -2v2h1.5",
	trace.Failure: "M0 -4v4.500M0 3.500v.1",
	"running":     "M-4 0h.1M0 0h.1M4 0h.1",
}

// ending tells how the lane ended and where its result went.
func (p *picture) ending(l *lane, x, y float64) {
	if l.ending == "" {
		return
	}
	if len(l.routes) == 0 {
		p.f(`<text class="end %s-text" x="%.1f" y="%g">%s</text>`, l.endingClass, x, y+4, escape(l.ending))
		return
	}
	p.f(`<text class="end %s-text" x="%.1f" y="%g">%s</text><text class="dim" x="%.1f" y="%g">%s</text>`,
		l.endingClass, x, y-3, escape(l.ending), x, y+11, escape(strings.Join(l.routes, " ")))
}

// level is how many runs are in flight from an instant on.
type level struct {
	at time.Time
	n  int
}

// inFlightOf counts runs at every change; nil if none took any time.
func inFlightOf(lanes []*lane) []level {
	var changes []level
	for _, l := range lanes {
		for _, b := range l.spans(bar) {
			if !l.batches && b.to.After(b.from) {
				changes = append(changes, level{b.from, 1}, level{b.to, -1})
			}
		}
	}
	slices.SortStableFunc(changes, func(a, b level) int { return a.at.Compare(b.at) })
	var levels []level
	n := 0
	for _, c := range changes {
		n += c.n
		if last := len(levels) - 1; last >= 0 && levels[last].at.Equal(c.at) {
			levels[last].n = n
			continue
		}
		levels = append(levels, level{c.at, n})
	}
	return levels
}

// strip draws how many runs were in flight as a stepped area below the lanes.
func (p *picture) strip(levels []level, y float64) {
	peak := slices.MaxFunc(levels, func(a, b level) int { return a.n - b.n }).n
	base, tall := y+stripHeight-10, stripHeight-24
	p.f(`<text class="name" x="%g" y="%g">in flight</text><text class="dim" x="%g" y="%g">peak %d</text>`, margin, base-tall/2, margin, base-tall/2+14, peak)
	fmt.Fprintf(p, `<path class="area" d="M%.1f %g`, p.scale.x(levels[0].at), base)
	for _, l := range levels {
		fmt.Fprintf(p, "H%.1fV%.1f", p.scale.x(l.at), base-tall*float64(l.n)/float64(peak))
	}
	p.f(`z"/>`)
	p.f(`<path class="axis" d="M%g %gH%.1f"/>`, labelsWidth+margin, base, p.right+barLeast)
}

// legend explains what was drawn, and only that.
func (p *picture) legend(y float64) {
	x := margin
	for _, entry := range legendEntries {
		if !p.used[entry.class] {
			continue
		}
		switch entry.class {
		case "wait":
			p.f(`<path class="wait" d="M%.1f %gh16"/>`, x, y)
		case "throttle":
			p.f(`<path class="throttle" d="M%.1f %gl7 7l-7 7l-7 -7z"/>`, x+8, y-7)
		case "init":
			p.f(`<rect class="cold" x="%.1f" y="%g" width="16" height="14" rx="3"/>`, x, y-7)
		default:
			p.f(`<rect class="%s" x="%.1f" y="%g" width="16" height="14" rx="3"/>`, entry.class, x, y-7)
			p.glyph(entry.class, x+8, y)
		}
		p.f(`<text class="dim" x="%.1f" y="%g">%s</text>`, x+22, y+4, entry.text)
		x += 22 + textWidth(entry.text) + 18
	}
	if p.more > 0 {
		p.f(`<text class="dim" text-anchor="end" x="%g" y="%g">and %s more</text>`, pictureWidth-margin, y+4, plural(p.more, "lane"))
	}
}

var legendEntries = []struct{ class, text string }{
	{"init", "cold start"}, {trace.Success, "success"}, {trace.Error, "error"}, {trace.Timeout, "timeout"},
	{trace.Failure, "refused or failed"}, {"running", "still running"}, {"throttle", "throttled"}, {"wait", "waiting"},
}
