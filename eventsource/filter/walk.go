package filter

import (
	"slices"
	"sync"
)

// walker finds the facts that hold in one event: it walks the event's text along the tree of nodes, tests the leaves
// that matter, and skips the rest, checking only that it is JSON.
type walker struct {
	hits    []hit
	aside   []hit // hits of plain values in arrays that are being read
	elems   []elem
	arrays  []int32 // for each array the index of the first hit of its plain values, which follow those of its elements
	members []member
	begun   []int32 // for each node where in members it was begun last
	skipped *node   // a node that the event's own text does not lead to

	value value
	text  []byte // room for decoded strings and for literals
	key   []byte // room for decoded keys

	tally  tally
	search search
}

// hit says that a fact holds, within an element of an array, or in the event at large where elem is 0.
type hit struct{ fact, elem int32 }

// dead marks hits of a member that a later one of the same name replaced.
const dead = -1

// elem is an object or array in an array at a node. Hits within it are hits[first:end].
type elem struct {
	parent     int32 // the element around its array, or 0
	array      int32 // the array it is in
	root       int32 // the outermost array around it
	first, end int32
}

// member is a member, at a node, of an object that is being read. Hits within it are hits[first:end].
type member struct {
	node, first, end int32
	outer            int32 // what begun said about the node before: an object around this one may lead to it as well
}

var walkers = sync.Pool{New: func() any { return new(walker) }}

// maxKept is how long the slices of a walker may be for it to be kept for reuse.
const maxKept = 1 << 16

func newWalker() *walker {
	w := walkers.Get().(*walker)
	w.hits, w.aside, w.members, w.arrays = w.hits[:0], w.aside[:0], w.members[:0], w.arrays[:0]
	w.elems = append(w.elems[:0], elem{array: none, root: none})
	return w
}

func (w *walker) release() {
	w.value, w.skipped, w.search.requirements = value{}, nil, nil
	if max(cap(w.hits), cap(w.elems), cap(w.arrays), cap(w.begun), cap(w.text)) <= maxKept {
		walkers.Put(w)
	}
}

// event walks a whole text, which must be an object.
func (w *walker) event(n *node, b []byte) bool {
	i := space(b, 0)
	if at(b, i) != '{' {
		return false
	}
	i = w.object(n, b, i, 0, 0)
	return i >= 0 && space(b, i) == len(b)
}

// object reads an object at a node. Like all functions that read, it takes and returns indexes as scan.go explains.
func (w *walker) object(n *node, b []byte, i int, within int32, depth int) int {
	base := len(w.members)
	i, more := open(b, i, '}', depth)
	for more {
		end, value, escaped := memberKey(b, i)
		if value < 0 {
			return value
		}
		key := b[i+1 : end]
		if escaped {
			w.key = unescape(w.key[:0], key)
			key = w.key
		}
		if kid := n.child(key); kid == nil || kid == w.skipped {
			i = skip(b, value, depth+1)
		} else {
			m := w.begin(base, kid)
			i = w.read(kid, b, value, within, depth+1)
			w.members[m].end = int32(len(w.hits))
		}
		if i < 0 {
			return i
		}
		i, more = next(b, i, '}')
	}
	w.endMembers(base)
	return i
}

// begin begins a member of the object whose members start at base. One of the same name before it is forgotten.
func (w *walker) begin(base int, kid *node) int {
	w.begun = grown(w.begun, int(kid.id)+1)
	outer := w.begun[kid.id] // or what an earlier event left there, which its node gives away
	if m := int(outer); m >= base && m < len(w.members) && w.members[m].node == kid.id {
		for h := w.members[m].first; h < w.members[m].end; h++ {
			w.hits[h].fact = dead
		}
		w.members[m].first = int32(len(w.hits))
		return m
	}
	w.begun[kid.id] = int32(len(w.members))
	w.members = append(w.members, member{node: kid.id, first: int32(len(w.hits)), outer: outer})
	return len(w.members) - 1
}

// endMembers ends an object whose members start at base.
func (w *walker) endMembers(base int) {
	for _, m := range w.members[base:] {
		w.begun[m.node] = m.outer
	}
	w.members = w.members[:base]
}

// grown is b with at least n elements.
func grown(b []int32, n int) []int32 {
	if n <= len(b) {
		return b
	}
	return append(b, make([]int32, n-len(b))...)
}

// read reads the value at a node.
func (w *walker) read(n *node, b []byte, i int, within int32, depth int) int {
	switch at(b, i) {
	case '{':
		if n.kids != nil {
			return w.object(n, b, i, within, depth)
		}
	case '[':
		return w.array(n, b, i, within, depth)
	default:
		if n.leaf() {
			return w.scalar(n, b, i, within)
		}
	}
	return skip(b, i, depth)
}

// array reads an array at a node: the values in it, at whatever depth of arrays, are values at the node.
func (w *walker) array(n *node, b []byte, i int, within int32, depth int) int {
	i, more := open(b, i, ']', depth)
	array, aside := w.beginArray()
	for more {
		if c := at(b, i); c == '{' || c == '[' {
			e := w.beginElem(within, array)
			i = w.read(n, b, i, e, depth+1)
			w.endElem(e)
		} else {
			first := len(w.hits)
			i = w.read(n, b, i, within, depth+1)
			w.setAside(first, aside)
		}
		if i < 0 {
			return i
		}
		i, more = next(b, i, ']')
	}
	w.endArray(array, aside)
	return i
}

func (w *walker) beginArray() (array int32, aside int) {
	w.arrays = append(w.arrays, 0)
	return int32(len(w.arrays) - 1), len(w.aside)
}

// setAside takes away the hits of a plain value, from first on, until the array ends, and keeps each fact once, in the
// order of facts. Arrays may have many plain values, and the search finds its way because theirs are the last hits of an
// array.
func (w *walker) setAside(first, aside int) {
	next := aside // where the hit is if the values before were alike
	for _, h := range w.hits[first:] {
		if next >= len(w.aside) || w.aside[next].fact != h.fact {
			i, found := slices.BinarySearchFunc(w.aside[aside:], h.fact, func(o hit, fact int32) int { return int(o.fact - fact) })
			if next = aside + i; !found {
				w.aside = slices.Insert(w.aside, next, h)
			}
		}
		next++
	}
	w.hits = w.hits[:first]
}

func (w *walker) endArray(array int32, aside int) {
	w.arrays[array] = int32(len(w.hits))
	w.hits = append(w.hits, w.aside[aside:]...)
	w.aside = w.aside[:aside]
}

func (w *walker) beginElem(within, array int32) int32 {
	root := w.elems[within].root
	if within == 0 {
		root = array
	}
	w.elems = append(w.elems, elem{parent: within, array: array, root: root, first: int32(len(w.hits))})
	return int32(len(w.elems) - 1)
}

// endElem ends an element. Those in which nothing was found are forgotten.
func (w *walker) endElem(e int32) {
	if end := int32(len(w.hits)); end > w.elems[e].first {
		w.elems[e].end = end
		return
	}
	w.elems = w.elems[:e]
}

// scalar reads a leaf and tests it.
func (w *walker) scalar(n *node, b []byte, i int, within int32) int {
	end := 0
	switch c := at(b, i); {
	case c == '"':
		var escaped bool
		if end, escaped = stringEnd(b, i+1); end < 0 {
			return end
		}
		w.value = value{kind: stringKind, text: b[i+1 : end]}
		if escaped {
			w.text = unescape(w.text[:0], w.value.text)
			w.value.text = w.text
		}
		end++
	case c == '-' || c-'0' <= 9:
		if end = numberEnd(b, i); end < 0 {
			return end
		}
		w.value = value{kind: numberKind, text: b[i:end]}
	default:
		if end = wordEnd(b, i); end < 0 {
			return end
		}
		w.value = value{kind: wordKind(c)}
	}
	w.test(n, within)
	return end
}

func wordKind(c byte) kind {
	switch c {
	case 't':
		return trueKind
	case 'f':
		return falseKind
	}
	return nullKind
}

// test notes the facts that the value establishes at a node.
func (w *walker) test(n *node, within int32) {
	for i := range n.lists {
		if n.lists[i].list.match(&w.value) {
			w.hits = append(w.hits, hit{n.lists[i].fact, within})
		}
	}
	if n.present != none {
		w.hits = append(w.hits, hit{n.present, within})
	}
}
