package filter

import "sort"

// An event's array of objects satisfies a pattern only if one of its elements does so alone: {"u":{"n":["A"],"r":["X"]}}
// does not match an array in which one user is named A and another one has role X. In general a branch holds if a hit
// can be chosen for each of its requirements so that no two of them lie in different elements of one array; and
// {"exists":false} holds if each leaf at its path lies in another element of an array than a hit chosen before.
//
// The search goes through the requirements in order and tries their hits. When one fails, it goes back to the last
// requirement whose choice had to do with the failure, and there to the first hit that differs in what mattered, so that
// events with many elements in many arrays do not make it try every combination.

type search struct {
	byFact []int32 // the live hits in order of fact, then of place
	start  []int32 // where in byFact each fact starts
	// indexed is whether that is so for the event at hand: most branches are decided without.
	indexed bool

	requirements []requirement
	chosen       []int32     // for each array the element that is chosen, or 0
	chooser      []int32     // for each array with one, the position of the requirement that chose it
	blamed       []int32     // for each position the innermost of its elements that had to do with a failure
	related      []positions // for each position with {"exists":false} those before it whose choices matter to it
	marks        []int32     // for each array the last position that marked it
}

// positions is a set of positions in a branch.
type positions [maxFields / 64]uint64

func (p *positions) has(pos int) bool { return p[pos>>6]&(1<<(pos&63)) != 0 }
func (p *positions) add(pos int)      { p[pos>>6] |= 1 << (pos & 63) }

func (p *positions) merge(q *positions) {
	for i := range p {
		p[i] |= q[i]
	}
}

// whole is blamed where any other hit might make a difference.
const whole = 1<<31 - 1

// index sorts the hits by fact.
func (s *search) index(n int, hits []hit) {
	s.start = zeroed(s.start, n+1)
	for _, h := range hits {
		if h.fact != dead {
			s.start[h.fact+1]++
		}
	}
	for f := range n {
		s.start[f+1] += s.start[f]
	}
	s.byFact = zeroed(s.byFact, int(s.start[n]))
	for i, h := range hits {
		if h.fact != dead {
			s.byFact[s.start[h.fact]] = int32(i)
			s.start[h.fact]++
		}
	}
	copy(s.start[1:], s.start[:n])
	s.start[0] = 0
}

// of is the hits of a fact.
func (s *search) of(fact int32) []int32 { return s.byFact[s.start[fact]:s.start[fact+1]] }

// zeroed is a slice of n zeros, in place of b if there is room.
func zeroed[T any](b []T, n int) []T {
	if cap(b) < n {
		return make([]T, n)
	}
	b = b[:n]
	clear(b)
	return b
}

// holds searches for hits that fit together.
func (w *walker) holds(requirements []requirement) bool {
	s := &w.search
	if !s.indexed {
		s.index(w.tally.count, w.hits)
		s.indexed = true
	}
	s.requirements = requirements
	s.chosen, s.chooser = zeroed(s.chosen, len(w.arrays)), zeroed(s.chooser, len(w.arrays))
	s.marks = zeroed(s.marks, len(w.arrays))
	s.blamed, s.related = zeroed(s.blamed, len(requirements)), zeroed(s.related, len(requirements))
	for pos := range requirements {
		if requirements[pos].absent != none {
			w.relate(pos)
		}
	}
	ok, _ := w.try(0)
	return ok
}

// relate finds the positions before pos that can choose elements in the arrays in which leaves at pos lie.
func (w *walker) relate(pos int) {
	s := &w.search
	mark := int32(pos + 1)
	for _, h := range s.of(s.requirements[pos].absent) {
		if e := w.hits[h].elem; e != 0 {
			s.marks[w.elems[e].root] = mark
		}
	}
	for before := range pos {
		if s.requirements[before].fact == none {
			continue
		}
		for _, h := range s.of(s.requirements[before].fact) {
			if e := w.hits[h].elem; e != 0 && s.marks[w.elems[e].root] == mark {
				s.related[pos].add(before)
				break
			}
		}
	}
}

// try looks for choices from a position on. If there are none, it returns the positions whose choices are to blame.
func (w *walker) try(pos int) (bool, positions) {
	s := &w.search
	var blame positions
	if pos == len(s.requirements) {
		return true, blame
	}
	r := &s.requirements[pos]
	if r.absent != none {
		if done, ok, deeper := w.tryAbsent(pos, r.absent, &blame); done {
			return ok, deeper
		}
	}
	if r.fact != none {
		if done, ok, deeper := w.tryHits(pos, s.of(r.fact), &blame); done {
			return ok, deeper
		}
	}
	return false, blame
}

// tryAbsent tries {"exists":false}. It is done if there is no point in trying anything else at pos; otherwise it adds to
// the blame.
func (w *walker) tryAbsent(pos int, present int32, blame *positions) (done, ok bool, deeper positions) {
	s := &w.search
	if w.fits(s.of(present)) {
		// Any choice before, in the same arrays, might have put these leaves out of sight.
		blame.merge(&s.related[pos])
		for before := range pos {
			if s.related[pos].has(before) {
				s.blamed[before] = whole
			}
		}
		return false, false, positions{}
	}
	ok, deeper = w.try(pos + 1)
	if ok || !deeper.has(pos) {
		return true, ok, deeper
	}
	blame.merge(&deeper)
	return false, false, positions{}
}

// tryHits tries the hits of a fact. It is done if there is no point in trying anything else at pos; otherwise it adds to
// the blame.
func (w *walker) tryHits(pos int, hits []int32, blame *positions) (done, ok bool, deeper positions) {
	s := &w.search
	for i := 0; i < len(hits); {
		e := w.hits[hits[i]].elem
		if obstacle := w.obstacle(e); obstacle != 0 {
			array := w.elems[obstacle].array
			w.blameChoice(array, blame)
			i += w.pass(hits[i:], obstacle, s.chosen[array])
			continue
		}
		s.blamed[pos] = 0
		top := w.choose(e, pos)
		ok, deeper = w.try(pos + 1)
		w.unchoose(e, top)
		if ok || !deeper.has(pos) {
			return true, ok, deeper
		}
		blame.merge(&deeper)
		if inner := s.blamed[pos]; inner != 0 && inner != whole {
			i += behind(hits[i:], w.elems[inner].end)
		} else {
			i++
		}
	}
	return false, false, positions{}
}

// fits says whether some of the hits lies in no other element of an array than the chosen ones.
func (w *walker) fits(hits []int32) bool {
	for i := 0; i < len(hits); {
		obstacle := w.obstacle(w.hits[hits[i]].elem)
		if obstacle == 0 {
			return true
		}
		i += w.pass(hits[i:], obstacle, w.search.chosen[w.elems[obstacle].array])
	}
	return false
}

// obstacle is the innermost element around e, or e, in whose array another element is chosen, or 0.
func (w *walker) obstacle(e int32) int32 {
	for ; e != 0; e = w.elems[e].parent {
		switch w.search.chosen[w.elems[e].array] {
		case 0:
		case e:
			return 0 // and the elements around it are chosen as well
		default:
			return e
		}
	}
	return 0
}

func (w *walker) blameChoice(array int32, blame *positions) {
	s := &w.search
	pos := s.chooser[array]
	blame.add(int(pos))
	s.blamed[pos] = max(s.blamed[pos], s.chosen[array]) // elements are numbered from the outside in
}

// choose chooses e and the elements around it, for pos. It returns the innermost one that had been chosen before.
func (w *walker) choose(e int32, pos int) (top int32) {
	s := &w.search
	for ; e != 0; e = w.elems[e].parent {
		array := w.elems[e].array
		if s.chosen[array] == e {
			return e
		}
		s.chosen[array], s.chooser[array] = e, int32(pos)
	}
	return 0
}

func (w *walker) unchoose(e, top int32) {
	for ; e != top; e = w.elems[e].parent {
		w.search.chosen[w.elems[e].array] = 0
	}
}

// pass says how many hits to pass over because they lie in an element, or beside it in the same array but not in the
// chosen one.
func (w *walker) pass(hits []int32, elem, chosen int32) int {
	if first := w.elems[chosen].first; hits[0] < first {
		return behind(hits, first)
	}
	return behind(hits, w.arrays[w.elems[elem].array])
}

// behind is the number of hits, which are in order, before a place.
func behind(hits []int32, place int32) int {
	return sort.Search(len(hits), func(i int) bool { return hits[i] >= place })
}
