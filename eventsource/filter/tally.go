package filter

// tally sums up the hits of an event: which facts hold somewhere, and which hold in the event at large, outside of
// elements of arrays.
type tally struct {
	somewhere, free facts
	count           int // of all facts that there can be
}

// facts is a set of facts.
type facts []uint64

func (f facts) has(fact int32) bool { return f[fact>>6]&(1<<(fact&63)) != 0 }
func (f facts) set(fact int32)      { f[fact>>6] |= 1 << (fact & 63) }

// emptied is f, or a new one, with room for n facts and none in it.
func (f facts) emptied(n int) facts {
	n = (n + 63) / 64
	if cap(f) < n {
		return make(facts, n)
	}
	f = f[:n]
	clear(f)
	return f
}

func (t *tally) sum(n int, hits []hit) {
	t.somewhere, t.free, t.count = t.somewhere.emptied(n), t.free.emptied(n), n
	for _, h := range hits {
		if h.fact == dead {
			continue
		}
		t.somewhere.set(h.fact)
		if h.elem == 0 {
			t.free.set(h.fact)
		}
	}
}

// verdict is what a tally says about a branch.
type verdict uint8

const (
	never  verdict = iota
	always         // whatever elements of arrays are chosen
	maybe          // if there are elements that fit together
)

func (t *tally) judge(requirements []requirement) verdict {
	v := always
	for i := range requirements {
		r := &requirements[i]
		switch {
		case r.fact != none && t.free.has(r.fact), r.absent != none && !t.somewhere.has(r.absent):
		case r.fact != none && t.somewhere.has(r.fact), r.absent != none && !t.free.has(r.absent):
			v = maybe
		default:
			return never
		}
	}
	return v
}

// decide reports whether any branch holds in the event that has been walked. There are n facts.
func (w *walker) decide(n int, branches []branch) bool {
	w.sum(n)
	return w.holding(branches) < len(branches)
}

// sum readies what has been found in an event for questions about branches. There are n facts.
func (w *walker) sum(n int) {
	w.tally.sum(n, w.hits)
	w.search.indexed = false
}

// holding is the index of the first branch that holds, or the number of branches.
func (w *walker) holding(branches []branch) int {
	for i := range branches {
		requirements := branches[i].requirements
		switch w.tally.judge(requirements) {
		case always:
			return i
		case maybe:
			if w.holds(requirements) {
				return i
			}
		}
	}
	return len(branches)
}
