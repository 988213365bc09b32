package batch

import (
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

type listed struct {
	id      string
	parents []string
}

func readable(shards []listed, drained map[string]bool) (ids []string) {
	for _, i := range Readable(shards, func(s *listed) string { return s.id }, func(s *listed) []string { return s.parents },
		func(id string) bool { return drained[id] }) {
		ids = append(ids, shards[i].id)
	}
	return ids
}

func TestReadable(t *testing.T) {
	tree := []listed{{"a", nil}, {"b", nil}, {"a1", []string{"a"}}, {"a2", []string{"a"}}, {"m", []string{"a2", "b"}}, {"z", []string{"m"}}}
	for _, c := range []struct {
		name    string
		drained []string
		want    []string
	}{
		{"roots first", nil, []string{"a", "b"}},
		{"siblings side by side", []string{"a"}, []string{"b", "a1", "a2"}},
		{"a merged child waits for both", []string{"a", "a2"}, []string{"b", "a1"}},
		{"and then is read", []string{"a", "a2", "b"}, []string{"a1", "m"}},
		{"all drained", []string{"a", "b", "a1", "a2", "m", "z"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			drained := map[string]bool{}
			for _, d := range c.drained {
				drained[d] = true
			}
			require.Equal(t, c.want, readable(tree, drained))
		})
	}
}

func TestReadable_unlistedParentsCountAsDrained(t *testing.T) {
	require.Equal(t, []string{"c"}, readable([]listed{{"c", []string{"gone", "gone too"}}}, nil))
	require.Equal(t, []string{"self"}, readable([]listed{{"self", []string{"self"}}}, nil))
	require.Empty(t, readable(nil, nil))
}

// Draining whatever is readable, in any order, reads every shard once and never a child before its parents.
func TestReadable_everyShardIsReadAfterItsParents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "shards")
		shards := make([]listed, n)
		for i := range shards {
			shards[i].id = strconv.Itoa(i)
			for range rapid.IntRange(0, 2).Draw(t, "parents") {
				if p := rapid.IntRange(-2, i-1).Draw(t, "parent"); p != -1 { // -2 is not listed
					shards[i].parents = append(shards[i].parents, strconv.Itoa(p))
				}
			}
		}
		drained := map[string]bool{}
		for len(drained) < n {
			ready := readable(shards, drained)
			require.NotEmpty(t, ready, "stuck with %v", drained)
			for _, s := range shards {
				waits := slices.ContainsFunc(s.parents, func(p string) bool { return p != "-2" && !drained[p] })
				require.Equal(t, !drained[s.id] && !waits, slices.Contains(ready, s.id), s.id)
			}
			drained[rapid.SampledFrom(ready).Draw(t, "drain")] = true
		}
		require.Empty(t, readable(shards, drained))
	})
}
