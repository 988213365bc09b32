package filter

import (
	"bytes"
	"slices"
	"strings"
)

// tree is patterns made ready for the walk: the places to look at, and what has to be found there.
type tree struct {
	root     *node
	branches []branch
	facts    int
}

// node is a place in an event that some pattern mentions. The tree of nodes is what an event is walked along: paths are
// cut at their dots, so that {"a.b":…} and {"a":{"b":…}} are one place, in patterns and in events.
type node struct {
	id      int32
	first   [4]uint64 // the first bytes of children's names, as bits: most keys of an event fail here
	names   []string
	kids    []*node
	index   map[string]*node // the children by name, where there are many
	lists   []watch
	present int32 // the fact that there is a leaf here, where somebody wants to know; or none
}

// watch is a list to be tested at a node, and the fact that some value satisfied it.
type watch struct {
	fact int32
	list *list
}

// none is no fact.
const none = -1

// fewKids is how many children are compared one by one.
const fewKids = 8

// leaf says whether values at the node itself matter.
func (n *node) leaf() bool { return n.lists != nil || n.present != none }

// firstByte is the byte by which keys are told apart. Keys that are empty, or start with a dot, start with an empty part.
func firstByte(key []byte) byte {
	if len(key) == 0 {
		return '.'
	}
	return key[0]
}

// child finds the place that a key of an object at n leads to.
func (n *node) child(key []byte) *node {
	c := firstByte(key)
	if n.first[c>>6]&(1<<(c&63)) == 0 {
		return nil
	}
	for dot := bytes.IndexByte(key, '.'); dot >= 0; dot = bytes.IndexByte(key, '.') {
		if n = n.kid(key[:dot]); n == nil {
			return nil
		}
		key = key[dot+1:]
	}
	return n.kid(key)
}

// kid finds a direct child by its name.
func (n *node) kid(name []byte) *node {
	if n.index != nil {
		return n.index[string(name)]
	}
	for i, s := range n.names {
		if s == string(name) {
			return n.kids[i]
		}
	}
	return nil
}

func (n *node) add(name string, kid *node) {
	c := firstByte([]byte(name))
	n.first[c>>6] |= 1 << (c & 63)
	n.names = append(n.names, name)
	n.kids = append(n.kids, kid)
	if len(n.kids) <= fewKids {
		return
	}
	if n.index == nil {
		n.index = make(map[string]*node, 2*fewKids)
		for i, name := range n.names {
			n.index[name] = n.kids[i]
		}
	}
	n.index[name] = kid
}

// requirement is what an alternative needs at one path: the fact that its list was satisfied, or, where the list has
// {"exists":false}, that the fact of a leaf being there does not hold.
type requirement struct {
	fact   int32
	absent int32
	list   *list
}

// branch is a compiled alternative, its paths in order. The order matters to {"exists":false} in arrays only: it asks for
// a value in the elements that the paths before have settled on.
type branch struct {
	requirements []requirement
	number       int // of the pattern in a Set, of the Set in an Index
}

// builder makes a tree.
type builder struct {
	tree  *tree
	nodes int32
	facts map[*list]int32
}

func newBuilder(t *tree) *builder {
	b := &builder{tree: t, facts: map[*list]int32{}}
	t.root = b.node()
	return b
}

func (b *builder) node() *node {
	b.nodes++
	return &node{id: b.nodes, present: none}
}

func (b *builder) fact() int32 {
	b.tree.facts++
	return int32(b.tree.facts - 1)
}

// place finds or makes the node of a path.
func (b *builder) place(path string) *node {
	n := b.tree.root
	for name := range strings.SplitSeq(path, ".") {
		kid := n.kid([]byte(name))
		if kid == nil {
			kid = b.node()
			n.add(name, kid)
		}
		n = kid
	}
	return n
}

// compile adds an alternative of a pattern.
func (b *builder) compile(number int, a alternative) {
	br := branch{number: number, requirements: make([]requirement, 0, len(a))}
	for _, l := range a {
		br.requirements = append(br.requirements, requirement{list: l})
	}
	slices.SortFunc(br.requirements, func(x, y requirement) int { return strings.Compare(x.list.path, y.list.path) })
	b.add(br)
}

// add adds a branch, which may be of another tree, but not its requirements. Alternatives of one pattern share lists, and
// so the facts about them.
func (b *builder) add(br branch) {
	for i := range br.requirements {
		b.watch(&br.requirements[i])
	}
	b.tree.branches = append(b.tree.branches, br)
}

// watch sees to it that what r needs gets known.
func (b *builder) watch(r *requirement) {
	r.fact, r.absent = none, none
	n := b.place(r.list.path)
	if r.list.absent {
		if n.present == none {
			n.present = b.fact()
		}
		r.absent = n.present
	}
	if r.list.matchers == nil {
		return
	}
	fact, ok := b.facts[r.list]
	if !ok {
		fact = b.fact()
		b.facts[r.list] = fact
		n.lists = append(n.lists, watch{fact: fact, list: r.list})
	}
	r.fact = fact
}
