package filter

// tally sums up the hits of an event: which facts hold somewhere, and which hold in the event at large, outside of
// elements of arrays.
type tally struct{ somewhere, free facts }

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

func (t *tally) count(n int, hits []hit) {
	t.somewhere, t.free = t.somewhere.emptied(n), t.free.emptied(n)
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
	w.tally.count(n, w.hits)
	indexed := false
	for i := range branches {
		requirements := branches[i].requirements
		switch w.tally.judge(requirements) {
		case always:
			return true
		case maybe:
			if !indexed {
				w.search.index(n, w.hits)
				indexed = true
			}
			if w.holds(requirements) {
				return true
			}
		}
	}
	return false
}
