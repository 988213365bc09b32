package sqs

import (
	"cmp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The heap gives messages by instant and number, whatever was taken out of its middle.
func TestHeap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := &dueHeap{which: byDue}
		var in []dueItem
		pushes := uint64(0)
		order := func(a, b dueItem) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.n, b.n)) }
		t.Repeat(map[string]func(*rapid.T){
			"push": func(t *rapid.T) {
				for range rapid.IntRange(1, 8).Draw(t, "several") {
					pushes++
					m := &message{number: pushes, pos: [2]int{notIn, notIn}}
					at := rapid.Int64Range(0, 20).Draw(t, "at")
					h.push(m, at)
					in = append(in, dueItem{at, m.number, m})
				}
			},
			"remove": func(t *rapid.T) {
				if len(in) == 0 {
					t.Skip("the heap is empty")
				}
				i := rapid.IntRange(0, len(in)-1).Draw(t, "i")
				h.remove(in[i].m)
				require.Equal(t, notIn, in[i].m.pos[byDue])
				in = slices.Delete(in, i, i+1)
			},
			"": func(t *rapid.T) {
				m, at, ok := h.min()
				require.Equal(t, len(in) > 0, ok)
				if ok {
					want := slices.MinFunc(in, order)
					require.Equal(t, want.at, at)
					require.Equal(t, want.n, m.number)
				}
				for i := range h.items {
					require.Equal(t, i, h.items[i].m.pos[byDue])
					require.False(t, h.items[i].before(&h.items[(i-1)/2]), "a child before its parent")
				}
			},
		})
	})
}
