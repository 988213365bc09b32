package filter

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func mustCompile(t testing.TB, patterns ...string) *Set {
	set, err := Compile(patterns...)
	require.NoError(t, err)
	return set
}

// Of members of one name the last counts, with all that is in it, and no matter how the name is written.
func TestWalk_lastMemberCounts(t *testing.T) {
	for _, c := range []struct {
		pattern, event string
		match          bool
	}{
		{`{"a":[1]}`, `{"a":1,"a":2}`, false}, {`{"a":[2]}`, `{"a":1,"a":2}`, true}, {`{"a":[1]}`, `{"a":1,"a":{}}`, false},
		{`{"a":[1]}`, `{"a":1,"\u0061":2}`, false}, {`{"a":{"b":[1],"c":[2]}}`, `{"a":{"b":1},"a":{"c":2}}`, false},
		{`{"a":[{"exists":false}]}`, `{"a":1,"a":[]}`, true}, {`{"a":{"b":[1]}}`, `{"a":{"b":1,"b":2},"a":{"b":1}}`, true},
		{`{"a":{"b":[1]}}`, `{"a":[{"b":1},{"b":2,"b":1}],"a":[{"b":1,"b":2}]}`, false},
		{`{"a":{"b":[1]}}`, `{"a":[{"b":2,"b":1}]}`, true},
		// These are names of their own, whose values add up.
		{`{"a":{"b":[1]}}`, `{"a.b":1,"a":{"b":2}}`, true}, {`{"a":{"b":[2]}}`, `{"a.b":1,"a":{"b":2}}`, true},
		{`{"a":{"b":[1]}}`, `{"a.b":1,"a":{"b":2},"a.b":3}`, false}, {`{"a":{"b":[1]}}`, `{"a.b":1,"a":{"b":1},"a.b":3}`, true},
		{`{"a":{"b":[3]}}`, `{"a.b":1,"a":{"b":2,"b":3},"a.b":4}`, true},
	} {
		require.Equal(t, c.match, mustCompile(t, c.pattern).Match([]byte(c.event)), "%s and %s", c.pattern, c.event)
		require.Equal(t, c.match, modelMatches(t, []string{c.pattern}, c.event), "the model")
	}
}

func TestWalk_manyPlacesAreFound(t *testing.T) {
	var fields, members []string
	for i := range 300 {
		fields = append(fields, fmt.Sprintf(`{"x":{"k%d":[%d]}}`, i, i))
		members = append(members, fmt.Sprintf(`"k%d":%d`, i, i+1))
	}
	set := mustCompile(t, fields...)
	require.False(t, set.Match([]byte(`{"x":{`+strings.Join(members, ",")+`}}`)))
	for i := range members {
		hit := slices.Clone(members)
		hit[i] = fmt.Sprintf(`"k%d":%d`, i, i)
		require.True(t, set.Match([]byte(`{"x":{`+strings.Join(hit, ",")+`}}`)), i)
	}
}

// Arrays of many values, or of elements that nothing is found in, take no memory.
func TestWalk_keepsLittle(t *testing.T) {
	set := mustCompile(t, `{"a":[1,{"exists":false}],"b":{"c":[1]}}`)
	w := newWalker()
	defer w.release()
	require.True(t, w.event(set.root, []byte(`{"a":[`+strings.Repeat(`1,[1],[[],{}],`, 1000)+`2],"b":`+crowd(1000, either)+`}`)))
	require.Less(t, len(w.hits), 2010) // two facts in each [1], and once in the array
	require.Less(t, len(w.elems), 1010)
}

func TestWalk_emptyNames(t *testing.T) {
	for _, c := range []struct {
		pattern, event string
		match          bool
	}{
		{`{"":[1]}`, `{"":1}`, true}, {`{"":[1]}`, `{"x":1}`, false}, {`{"":{"":[1]}}`, `{".":1}`, true}, {`{".a":[1]}`, `{"":{"a":1}}`, true},
		{`{"a.":[1]}`, `{"a":{"":1}}`, true}, {`{"a":{"":{"b":[1]}}}`, `{"a..b":1}`, true}, {`{"a..b":[1]}`, `{"a.b":1}`, false},
	} {
		require.Equal(t, c.match, mustCompile(t, c.pattern).Match([]byte(c.event)), "%s and %s", c.pattern, c.event)
	}
}

// A pattern of one alternative may have 256 fields, and $or may multiply to 1000 alternatives.
func TestCompile_bounds(t *testing.T) {
	wide := func(n int) string {
		fields := make([]string, n)
		for i := range fields {
			fields[i] = fmt.Sprintf(`"k%d":[1]`, i)
		}
		return "{" + strings.Join(fields, ",") + "}"
	}
	mustCompile(t, wide(256))
	_, err := Compile(wide(257))
	require.EqualError(t, err, "filter: pattern 0, byte 0: more than 256 fields")

	or := func(n int) string { return `"$or":[` + strings.Repeat(`{"a":[1]},`, n-1) + `{"b":[1]}]` }
	require.True(t, mustCompile(t, `{`+or(1000)+`}`).Match([]byte(`{"b":1}`)))
	mustCompile(t, `{`+or(10)+`,`+or(10)+`,`+or(10)+`}`)
	_, err = Compile(`{` + or(1001) + `}`)
	require.EqualError(t, err, "filter: pattern 0, byte 7: $or makes more than 1000 alternatives")
	_, err = Compile(`{` + strings.Repeat(or(2)+`,`, 9) + or(2) + `}`)
	require.ErrorContains(t, err, "$or makes more than 1000 alternatives")
	_, err = Compile(`{` + strings.Repeat(or(2)+`,`, 5000) + or(2) + `}`)
	require.ErrorContains(t, err, "$or makes more than 1000 alternatives")
}

func TestMatchValue(t *testing.T) {
	type line struct {
		SKU string `json:"sku"`
		N   int    `json:"n"`
	}
	set := mustCompile(t, `{"lines":{"sku":["b"],"n":[{"numeric":[">",1]}]}}`)
	require.True(t, set.MatchValue(struct {
		Lines []line `json:"lines"`
	}{[]line{{"a", 1}, {"b", 2}}}))
	require.True(t, set.MatchValue(map[string]any{"lines": []line{{"a", 1}, {"b", 2}}}))
	require.True(t, set.MatchValue(map[string]any{"lines": []any{line{"b", 2}}}))
	require.True(t, set.MatchValue(map[string]any{"lines": []any{map[string]any{"sku": "b", "n": uint8(2)}}}))
	require.True(t, set.MatchValue(map[string]any{"lines": []any{map[string]any{"sku": "b", "n": 2.5}}}))
	require.True(t, set.MatchValue(map[string]any{"lines.sku": "b", "lines": map[string]any{"n": json.Number("2e0")}}))
	require.False(t, set.MatchValue(map[string]any{"lines": []any{map[string]any{"sku": "a", "n": 2}, map[string]any{"sku": "b", "n": 1}}}))

	plain := mustCompile(t, `{"a":["x"],"a.b":[1]}`) // plain values of any type are not elements
	require.True(t, plain.MatchValue(map[string]any{"a": []any{json.RawMessage(`"x"`), map[string]int{"b": 1}}}))

	words := mustCompile(t, `{"a":[true,null]}`)
	require.True(t, words.MatchValue(map[string]any{"a": true}))
	require.True(t, words.MatchValue(map[string]any{"a": nil}))
	require.False(t, words.MatchValue(map[string]any{"a": false}))

	anything := mustCompile(t, `{"b":[{"exists":false}]}`, `{"a":[{"exists":true}]}`)
	endless := []any{nil}
	endless[0] = endless
	for _, bad := range []any{
		nil, 1, "a", []any{}, []map[string]any{}, math.NaN(), make(chan int), map[string]any{"a": math.NaN()}, map[string]any{"a": math.Inf(1)},
		map[string]any{"a": make(chan int)}, map[string]any{"a": []any{make(chan int)}}, map[string]any{"a": json.Number("1x")},
		map[string]any{"a": endless}, map[string]any{"a": []any{json.Number("")}}, map[string]any{"a": json.RawMessage(`{`)},
	} {
		require.False(t, anything.MatchValue(bad), "%v", bad)
	}
	require.True(t, mustCompile(t).MatchValue(1))
}

func TestMatchValue_depth(t *testing.T) {
	for depth, match := range map[int]bool{1000: true, 1001: false} {
		set := mustCompile(t, `{"a`+strings.Repeat(".a", depth-1)+`":[1]}`)
		var v any = 1.0
		for range depth {
			v = map[string]any{"a": v}
		}
		require.Equal(t, match, set.MatchValue(v), depth)
		text := strings.Repeat(`{"a":`, depth) + "1" + strings.Repeat("}", depth)
		require.Equal(t, match, set.Match([]byte(text)), depth)
	}
}

func TestMatch_concurrently(t *testing.T) {
	set := mustCompile(t, `{"a":{"b":["x"],"c":[{"exists":false}]}}`, `{"t":[{"prefix":"é"}]}`)
	events := []expectation{{`{"a":[{"b":"x","c":1},{"b":"x"}]}`, true}, {`{"a":[{"b":"x","c":1}]}`, false}, {`{"t":"\u00e9a"}`, true}, {`{"t":"e"}`, false}}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 2000 {
				e := events[i%len(events)]
				if set.Match([]byte(e.event)) != e.match {
					t.Errorf("wrong verdict on %s", e.event)
				}
			}
		})
	}
	wg.Wait()
}

// A walker may be reused for another Set, whatever the one before left in it.
func TestMatch_leavesNothingBehind(t *testing.T) {
	wide := mustCompile(t, `{"$or":[{"a":{"b":[1],"c":[2]}},{"a":{"d":[3],"e":[{"exists":false}]}},{"x":[1]}]}`)
	narrow := mustCompile(t, `{"a":{"b":[1],"c":[2]}}`)
	for range 3 {
		require.True(t, wide.Match([]byte(`{"a":[{"d":3,"e":1},{"b":1},{"c":2},{"b":1,"c":2}]}`)))
		require.False(t, narrow.Match([]byte(`{"a":[{"b":1},{"c":2}]}`)))
		require.False(t, wide.Match([]byte(`{"a":[{"b":1},[{"c":2}],1`)))
		require.False(t, narrow.Match([]byte(`{"a":{"b":1}}`)))
	}
}
