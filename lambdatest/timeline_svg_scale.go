package lambdatest

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// scale maps time to the horizontal axis: linearly, except that long spans in which nothing runs are cut short.
type scale struct {
	stops    []stop // by time and place; between two of them the scale is linear
	cuts     []cut
	perPixel float64 // nanoseconds, where nothing is cut
}

type stop struct {
	at time.Time
	x  float64
}

// cut is a span of time that takes less room than its length would have it.
type cut struct{ from, to stop }

// interval is a span of time in which something runs.
type interval struct{ from, to time.Time }

const (
	readable  = 16.0 // how wide a run of median length should be drawn
	shortest  = 0.12 // a gap of less than this part of what is left is not worth a cut
	cutWidth  = 56.0 // of the shortest cut; ten times the time gets cutGrowth more
	cutGrowth = 36.0
)

// newScale lays out the given instants, which must be sorted, between left and right. It cuts the longest idle gaps
// until a run of median length can be seen; if no run took any time, until the shortest wait can.
func newScale(instants []time.Time, busy, waits []interval, left, right float64) scale {
	instants = slices.CompactFunc(slices.Clone(instants), time.Time.Equal)
	if len(instants) == 0 {
		return scale{}
	}
	cuts := chooseCuts(instants, busy, unit(instants, busy, waits).Seconds()*(right-left)/readable)
	return place(instants, cuts, left, right)
}

// unit is the length of time that the scale should show as readable.
func unit(instants []time.Time, busy, waits []interval) time.Duration {
	if runs := lengths(busy); len(runs) > 0 {
		return runs[len(runs)/2]
	}
	if pauses := lengths(waits); len(pauses) > 0 {
		return pauses[0]
	}
	shortest := time.Duration(0)
	for i := range len(instants) - 1 {
		if gap := instants[i+1].Sub(instants[i]); shortest == 0 || gap < shortest {
			shortest = gap
		}
	}
	return shortest
}

// lengths are those of the intervals that have any, in order.
func lengths(spans []interval) []time.Duration {
	var ds []time.Duration
	for _, s := range spans {
		if d := s.to.Sub(s.from); d > 0 {
			ds = append(ds, d)
		}
	}
	slices.Sort(ds)
	return ds
}

// chooseCuts says which of the gaps between instants to cut: cut[i] is about the one behind instant i. Once no more
// seconds than enough are left, nothing need be cut.
func chooseCuts(instants []time.Time, busy []interval, enough float64) []bool {
	n := len(instants) - 1
	gap := func(i int) time.Duration { return instants[i+1].Sub(instants[i]) }
	idle := idleGaps(instants, busy)
	slices.SortStableFunc(idle, func(a, b int) int { return cmp.Compare(gap(b), gap(a)) })
	left := instants[n].Sub(instants[0])
	cuts := make([]bool, n)
	for _, i := range idle {
		if left.Seconds() <= enough || gap(i).Seconds() < shortest*left.Seconds() {
			break
		}
		cuts[i] = true
		left -= gap(i)
	}
	return cuts
}

// idleGaps lists the gaps between instants, by the instant before, in which nothing is busy.
func idleGaps(instants []time.Time, busy []interval) []int {
	busy = slices.SortedFunc(slices.Values(busy), func(a, b interval) int { return a.from.Compare(b.from) })
	var idle []int
	var until time.Time // the latest end of what began before the gap's end
	next := 0
	for i := range len(instants) - 1 {
		for ; next < len(busy) && busy[next].from.Before(instants[i+1]); next++ {
			if busy[next].to.After(until) {
				until = busy[next].to
			}
		}
		if !until.After(instants[i]) {
			idle = append(idle, i)
		}
	}
	return idle
}

// place gives cut gaps widths that grow with the logarithm of their length, and shares the rest out linearly. If
// nothing is linear the cuts get it all; they never take more than three quarters otherwise.
func place(instants []time.Time, cuts []bool, left, right float64) scale {
	widths := make([]float64, len(cuts))
	var linear time.Duration
	taken, base := 0.0, shortestCut(instants, cuts)
	for i, isCut := range cuts {
		gap := instants[i+1].Sub(instants[i])
		if !isCut {
			linear += gap
			continue
		}
		widths[i] = cutWidth + cutGrowth*math.Log10(gap.Seconds()/base.Seconds())
		taken += widths[i]
	}
	room := right - left
	squeeze := 1.0
	if most := 0.75 * room; taken > 0 && (linear == 0 || taken > most) {
		if linear == 0 {
			most = room
		}
		squeeze = most / taken
	}
	last := stop{instants[0], left}
	s := scale{stops: []stop{last}, perPixel: float64(linear) / (room - taken*squeeze)}
	for i, isCut := range cuts {
		next := stop{at: instants[i+1]}
		if isCut {
			next.x = last.x + widths[i]*squeeze
			s.cuts = append(s.cuts, cut{last, next})
		} else {
			next.x = last.x + float64(next.at.Sub(last.at))/s.perPixel
		}
		s.stops = append(s.stops, next)
		last = next
	}
	return s
}

func shortestCut(instants []time.Time, cuts []bool) time.Duration {
	shortest := time.Duration(math.MaxInt64)
	for i, isCut := range cuts {
		if isCut {
			shortest = min(shortest, instants[i+1].Sub(instants[i]))
		}
	}
	return shortest
}

// x is the place of an instant; one outside of the scale is put at its end.
func (s scale) x(t time.Time) float64 {
	i, found := slices.BinarySearchFunc(s.stops, t, func(s stop, t time.Time) int { return s.at.Compare(t) })
	switch {
	case len(s.stops) == 0:
		return 0
	case found || i == 0:
		return s.stops[i].x
	case i == len(s.stops):
		return s.stops[i-1].x
	}
	a, b := s.stops[i-1], s.stops[i]
	return a.x + (b.x-a.x)*float64(t.Sub(a.at))/float64(b.at.Sub(a.at))
}

// ticks are the instants to label: the ends, the ends of cuts, and round times in between, none nearer to another than
// apart.
func (s scale) ticks(apart float64) []stop {
	if len(s.stops) == 0 {
		return nil
	}
	candidates := []stop{s.stops[0]}
	for _, c := range s.cuts {
		candidates = append(candidates, c.to)
	}
	candidates = append(candidates, s.stops[len(s.stops)-1])
	for _, c := range s.cuts {
		candidates = append(candidates, c.from)
	}
	var ticks []stop
	for _, t := range append(candidates, s.round(apart)...) {
		if !slices.ContainsFunc(ticks, func(o stop) bool { return math.Abs(o.x-t.x) < apart }) {
			ticks = append(ticks, t)
		}
	}
	slices.SortFunc(ticks, func(a, b stop) int { return a.at.Compare(b.at) })
	return ticks
}

// round lists round times in the linear parts, at steps that leave them apart.
func (s scale) round(apart float64) []stop {
	origin, cuts := s.stops[0].at, s.cuts
	every := niceStep(time.Duration(s.perPixel * apart))
	var ticks []stop
	for i := range len(s.stops) - 1 {
		a, b := s.stops[i], s.stops[i+1]
		if len(cuts) > 0 && cuts[0].from == a {
			cuts = cuts[1:]
			continue
		}
		for t := (a.at.Sub(origin) + every - 1).Truncate(every); t < b.at.Sub(origin); t += every {
			ticks = append(ticks, stop{origin.Add(t), a.x + float64(t-a.at.Sub(origin))/s.perPixel})
		}
	}
	return ticks
}

// niceStep is the smallest round step that is at least d.
func niceStep(d time.Duration) time.Duration {
	for unit := time.Microsecond; unit < time.Second; unit *= 10 {
		for _, n := range []time.Duration{1, 2, 5} {
			if n*unit >= d {
				return n * unit
			}
		}
	}
	for _, n := range []time.Duration{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600} {
		if n*time.Second >= d {
			return n * time.Second
		}
	}
	return d.Truncate(time.Hour) + time.Hour
}
