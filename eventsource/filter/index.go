package filter

import "slices"

// Index matches an event against many Sets in one walk over its bytes, and says which of them match: a bus has as many
// Sets as it has rules, and to ask one after the other is to read the event as often. An Index does not change; where
// Sets come and go, make another. Its methods may be called concurrently.
type Index struct {
	tree
	sets int
	open []int // the numbers of the sets without patterns
}

// NewIndex makes an index of sets, which go by their numbers in it; the first is 0. A set may be there twice.
func NewIndex(sets ...*Set) *Index {
	x := &Index{sets: len(sets)}
	b := newBuilder(&x.tree)
	for i, s := range sets {
		if s.patterns == 0 {
			x.open = append(x.open, i)
			b.add(branch{number: i}) // requires nothing
		}
		for _, br := range s.branches {
			b.add(branch{number: i, requirements: slices.Clone(br.requirements)})
		}
	}
	return x
}

// Len is the number of sets.
func (x *Index) Len() int { return x.sets }

// AppendMatches appends the numbers of the sets that match the event to numbers, in ascending order, and returns the
// whole: of those sets whose [Set.Match] says true. The event is neither kept nor changed, and in the long run nothing
// is allocated but what numbers lacks in room.
func (x *Index) AppendMatches(numbers []int, event []byte) []int {
	if len(x.open) == x.sets {
		return append(numbers, x.open...)
	}
	w := newWalker()
	defer w.release()
	if !w.event(x.root, event) {
		return append(numbers, x.open...)
	}
	w.sum(x.facts)
	left := x.branches
	for i := w.holding(left); i < len(left); i = w.holding(left) {
		number := left[i].number
		numbers = append(numbers, number)
		for i < len(left) && left[i].number == number {
			i++
		}
		left = left[i:]
	}
	return numbers
}
