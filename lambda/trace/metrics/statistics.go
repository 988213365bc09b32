package metrics

import (
	"maps"
	"math"
	"slices"
)

// Statistics sums up the samples of one metric over some time. The zero Statistics are those of no samples.
//
// Statistics is a value of its own: nothing recorded later changes it.
type Statistics struct {
	SampleCount int
	Sum         float64
	Minimum     float64 // 0 without samples
	Maximum     float64 // 0 without samples

	values distribution
}

// Average is Sum divided by SampleCount, or 0 without samples.
func (s Statistics) Average() float64 {
	if s.SampleCount == 0 {
		return 0
	}
	return s.Sum / float64(s.SampleCount)
}

// Percentile is the smallest sample that at least p per cent of all samples do not exceed (CloudWatch's p99 is
// Percentile(99)), or 0 without samples. It is exact as long as there are no more than a thousand different values,
// and within 1 % beyond. p is taken as 0 when below and as 100 when above.
func (s Statistics) Percentile(p float64) float64 {
	if s.SampleCount == 0 {
		return 0
	}
	p = min(max(p, 0), 100)
	rank := max(1, int(math.Ceil(p/100*float64(s.SampleCount))))
	switch rank {
	case 1:
		return s.Minimum
	case s.SampleCount:
		return s.Maximum
	}
	return s.values.at(rank)
}

// add records one sample.
func (s *Statistics) add(v float64) {
	if s.SampleCount == 0 {
		s.Minimum, s.Maximum = v, v
	}
	s.SampleCount++
	s.Sum += v
	s.Minimum = min(s.Minimum, v)
	s.Maximum = max(s.Maximum, v)
	s.values.add(v, 1)
}

// merge adds all samples of o.
func (s *Statistics) merge(o Statistics) {
	if o.SampleCount == 0 {
		return
	}
	if s.SampleCount == 0 {
		s.Minimum, s.Maximum = o.Minimum, o.Maximum
	}
	s.SampleCount += o.SampleCount
	s.Sum += o.Sum
	s.Minimum = min(s.Minimum, o.Minimum)
	s.Maximum = max(s.Maximum, o.Maximum)
	s.values.merge(o.values)
}

// clone returns a copy that shares nothing.
func (s Statistics) clone() Statistics {
	s.values.others = maps.Clone(s.values.others)
	return s
}

// distribution counts samples by value. Most metrics know only 0 and 1, which cost no map.
type distribution struct {
	zeros, ones int
	others      map[float64]int
	coarse      bool // others holds representatives: see representative
}

// maxDistinct bounds the different values that are kept exactly, and so the memory of a series' minute.
const maxDistinct = 1000

func (d *distribution) add(v float64, n int) {
	switch v {
	case 0:
		d.zeros += n
		return
	case 1:
		d.ones += n
		return
	}
	if d.others == nil {
		d.others = make(map[float64]int)
	}
	if d.coarse {
		v = representative(v)
	}
	d.others[v] += n
	if !d.coarse && len(d.others) > maxDistinct {
		d.coarsen()
	}
}

// coarsen replaces the values by representatives, of which there are some 2,000 from a nanosecond to a day in
// milliseconds.
func (d *distribution) coarsen() {
	exact := d.others
	d.coarse, d.others = true, make(map[float64]int, len(exact))
	for v, n := range exact {
		d.others[representative(v)] += n
	}
}

// representative returns a value within 1 % of a positive v, the same for all values near it.
func representative(v float64) float64 {
	const step = 0.0198 // of logarithms: two ends of a step are 2 % apart, and its middle 1 % from either
	return math.Exp(math.Round(math.Log(v)/step) * step)
}

func (d *distribution) merge(o distribution) {
	d.zeros += o.zeros
	d.ones += o.ones
	if o.coarse && !d.coarse {
		d.coarsen()
	}
	for v, n := range o.others {
		d.add(v, n)
	}
}

// at returns the value of the sample of that rank, counted from 1.
func (d *distribution) at(rank int) float64 {
	values := append(slices.Collect(maps.Keys(d.others)), 0, 1)
	slices.Sort(values)
	for _, v := range slices.Compact(values) {
		if rank -= d.count(v); rank <= 0 {
			return v
		}
	}
	return 0
}

func (d *distribution) count(v float64) int {
	switch v {
	case 0:
		return d.zeros
	case 1:
		return d.ones + d.others[1] // which may be a representative
	}
	return d.others[v]
}
