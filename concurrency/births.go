package concurrency

import "math/bits"

const wordBits = 64

// births orders the environments of a version by creation and finds the newest idle one without a search: a tree of
// bit sets, in which each bit says whether the word below it has one set. A place is never given to a younger
// environment than its neighbour above; when places run out, those of retired environments are squeezed out.
type births struct {
	slots  []*slot    // by place; nil where the environment retired
	live   int        // slots that are not nil
	levels [][]uint64 // levels[0] has a bit for every place, set if the environment there is idle
}

// add gives s, busy, the next place.
func (b *births) add(s *slot) {
	if len(b.slots) == b.places() {
		b.squeeze()
	}
	s.place = len(b.slots)
	b.slots = append(b.slots, s)
	b.live++
}

// remove takes s, busy, out.
func (b *births) remove(s *slot) {
	b.slots[s.place] = nil
	b.live--
}

func (b *births) places() int {
	if len(b.levels) == 0 {
		return 0
	}
	return len(b.levels[0]) * wordBits
}

// mark says that the environment at place is idle.
func (b *births) mark(place int) {
	for _, level := range b.levels {
		word := place / wordBits
		before := level[word]
		level[word] = before | 1<<(place%wordBits)
		if before != 0 {
			return
		}
		place = word
	}
}

// unmark says that it is busy.
func (b *births) unmark(place int) {
	for _, level := range b.levels {
		word := place / wordBits
		level[word] &^= 1 << (place % wordBits)
		if level[word] != 0 {
			return
		}
		place = word
	}
}

// newest returns the idle environment created last, nil if none is idle.
func (b *births) newest() *slot {
	place := 0
	for k := len(b.levels) - 1; k >= 0; k-- {
		word := b.levels[k][place]
		if word == 0 {
			return nil // only the topmost level can be empty
		}
		place = place*wordBits + bits.Len64(word) - 1
	}
	if len(b.slots) == 0 {
		return nil
	}
	return b.slots[place]
}

// squeeze moves the environments together, and makes more places if that frees fewer than half of them: so each
// place is paid for once.
func (b *births) squeeze() {
	places := max(b.places(), wordBits)
	for b.live > places/2 {
		places *= 2
	}
	kept := make([]*slot, 0, places)
	for _, s := range b.slots {
		if s != nil {
			s.place = len(kept)
			kept = append(kept, s)
		}
	}
	b.slots = kept
	b.levels = b.levels[:0]
	for n := places; ; {
		n = (n + wordBits - 1) / wordBits
		b.levels = append(b.levels, make([]uint64, n))
		if n == 1 {
			break
		}
	}
	for _, s := range kept {
		if s.waiting {
			b.mark(s.place)
		}
	}
}
