package filter

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// each is what an Index must answer: the numbers of the sets that match, asked one by one.
func each(sets []*Set, event []byte) []int {
	var numbers []int
	for i, s := range sets {
		if s.Match(event) {
			numbers = append(numbers, i)
		}
	}
	return numbers
}

// indexScene is sets that may have no pattern, or several, or be there twice, and events that have to do with them.
func indexScene(t *rapid.T, genEvent func(*rapid.T) jsonObject) (sets []*Set, events [][]byte) {
	var patterns []string
	for range 2 {
		s := genScene(t, genEvent)
		patterns, events = append(patterns, s.patterns...), append(events, s.events...)
	}
	patterns = slices.DeleteFunc(patterns, func(p string) bool {
		_, err := Compile(p)
		return err != nil
	})
	for len(patterns) > 0 {
		n := min(len(patterns), oneOf(t, 0, 1, 1, 1, 1, 2, 3))
		set, err := Compile(patterns[:n]...)
		require.NoError(t, err)
		sets, patterns = append(sets, set), patterns[n:]
		if chance(t, 1) {
			sets = append(sets, oneOf(t, sets...))
		}
	}
	return sets, events
}

func TestIndex_agreesWithTheSets(t *testing.T) {
	for name, genEvent := range map[string]func(*rapid.T) jsonObject{"plain": genPlain, "arrays": genArrays} {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			sets, events := indexScene(t, genEvent)
			index := NewIndex(sets...)
			require.Equal(t, len(sets), index.Len())
			for _, event := range events {
				require.Equal(t, each(sets, event), index.AppendMatches(nil, event), "%s", event)
				broken := event[:below(t, len(event))]
				require.Equal(t, each(sets, broken), index.AppendMatches(nil, broken), "%s", broken)
			}
		}))
	}
}

func TestIndex_appends(t *testing.T) {
	index := NewIndex(mustCompile(t, `{"a":[1]}`), mustCompile(t), mustCompile(t, `{"a":[2]}`, `{"b":[{"exists":false}]}`, `{"a":[1]}`))
	require.Equal(t, 3, index.Len())
	require.Equal(t, []int{7, 0, 1, 2}, index.AppendMatches([]int{7}, []byte(`{"a":1,"b":1}`)))
	require.Equal(t, []int{1, 2}, index.AppendMatches(nil, []byte(`{}`)), "numbers, in order, each once")
	require.Equal(t, []int{1}, index.AppendMatches(nil, []byte(`{"a":3,"b":1}`)))
	require.Equal(t, []int{1}, index.AppendMatches(nil, []byte(`{"a":1`)), "a set without patterns matches what is no event")
	require.Equal(t, []int{7}, NewIndex().AppendMatches([]int{7}, []byte(`{}`)))
}

// All vectors at once: a set for each, and all their events.
func TestIndex_vectors(t *testing.T) {
	var sets []*Set
	for _, v := range vectors {
		sets = append(sets, mustCompile(t, v.patterns...))
	}
	index := NewIndex(sets...)
	for row, v := range vectors {
		for _, e := range v.events {
			got := index.AppendMatches(nil, []byte(e.event))
			require.Equal(t, e.match, slices.Contains(got, row), "%s: %s", v.patterns, e.event)
			require.Equal(t, each(sets, []byte(e.event)), got, e.event)
		}
	}
}

// A pattern of one set never has a say in the verdict on another, though they look at the same places.
func TestIndex_keepsSetsApart(t *testing.T) {
	sets := []*Set{
		mustCompile(t, `{"u":{"n":["A"],"r":["X"]}}`), mustCompile(t, `{"u":{"n":["B"],"r":["Y"]}}`), mustCompile(t, `{"u":{"n":["A"],"r":["Y"]}}`),
		mustCompile(t, `{"u":{"n":["A"],"r":[{"exists":false}]}}`), mustCompile(t, `{"u":{"r":[{"exists":true}]}}`), mustCompile(t, `{"u":[1]}`),
	}
	index := NewIndex(sets...)
	for event, want := range map[string][]int{
		`{"u":[{"n":"A","r":"Y"},{"n":"B","r":"X"}]}`:         {2, 4},
		`{"u":[{"n":"A"},{"n":"B","r":"Y"}]}`:                 {1, 3, 4},
		`{"u":[1,{"n":["A","B"],"r":["X","Y"]}]}`:             {0, 1, 2, 4, 5},
		`{"u":{"n":"A"},"u.r":"X"}`:                           {0, 4},
		`{"u":[{"n":"A","r":"X"}],"u":[{"n":"B"},{"r":"Y"}]}`: {4},
	} {
		require.Equal(t, want, index.AppendMatches(nil, []byte(event)), event)
		require.Equal(t, want, each(sets, []byte(event)), event)
	}
}

// Many sets that look at one place cost an event with a long array no more than the sets by themselves do: each tests
// each value once.
func TestIndex_manySetsAtOnePlace(t *testing.T) {
	var sets []*Set
	var want []int
	for i := range 300 {
		sets = append(sets, mustCompile(t, fmt.Sprintf(`{"a":[{"anything-but":["x%d"]}],"k%d":[{"exists":false}]}`, i, i%7)))
		if i%7 != 3 {
			want = append(want, i)
		}
	}
	index := NewIndex(sets...)
	event := []byte(`{"k3":1,"a":["x7","x3","x299","x0",` + strings.Repeat(`"y","x5",`, 500) + `"x1"]}`)
	require.Equal(t, want, index.AppendMatches(nil, event))
	w := newWalker()
	defer w.release()
	require.True(t, w.event(index.root, event))
	require.Len(t, w.hits, 301, "each fact is kept once")
}

func TestIndex_concurrently(t *testing.T) {
	index := NewIndex(mustCompile(t, `{"a":{"b":["x"],"c":[{"exists":false}]}}`), mustCompile(t, `{"t":[{"prefix":"é"}]}`))
	events := []struct {
		event string
		want  []int
	}{
		{`{"a":[{"b":"x","c":1},{"b":"x"}]}`, []int{0}}, {`{"a":[{"b":"x","c":1}]}`, []int{}},
		{`{"t":"\u00e9a","a":{"b":"x"}}`, []int{0, 1}}, {`{"t":"e"}`, []int{}},
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			var numbers []int
			for i := range 2000 {
				e := events[i%len(events)]
				if numbers = index.AppendMatches(numbers[:0], []byte(e.event)); !slices.Equal(numbers, e.want) {
					t.Errorf("wrong verdict on %s: %v", e.event, numbers)
				}
			}
		})
	}
	wg.Wait()
}

func TestIndex_allocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates, and has pools forget")
	}
	index, event := indexOf(t, 100), []byte(benchEvent)
	allocs := testing.AllocsPerRun(1000, func() {
		var room [8]int
		if len(index.AppendMatches(room[:0], event)) != 1 {
			t.Fatal("one set should match")
		}
	})
	require.Zero(t, allocs)
}
