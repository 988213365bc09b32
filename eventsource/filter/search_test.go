package filter

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// crowd is an array of n objects, each made from its index.
func crowd(n int, object func(i int) string) string {
	objects := make([]string, n)
	for i := range objects {
		objects[i] = object(i)
	}
	return "[" + strings.Join(objects, ",") + "]"
}

// either has member n in the even elements and member r in the odd ones, so never both.
func either(i int) string {
	return []string{`{"n":"A"}`, `{"r":"X"}`}[i%2]
}

var crowds = []struct {
	name, pattern string
	event         func(n int) string
}{
	{"one array", `{"u":{"n":["A"],"r":["X"]}}`, func(n int) string {
		return `{"u":` + crowd(n, either) + `}`
	}},
	{"arrays side by side", `{"u":{"n":["A"],"r":["X"]},"v":{"n":["A"],"r":["X"]},"w":{"n":["A"],"r":["X"]}}`, func(n int) string {
		all := crowd(n/3, either)
		return `{"u":` + all + `,"v":` + all + `,"w":` + all + `}`
	}},
	{"only the last of them fails", `{"u":{"n":["A"]},"v":{"n":["A"]},"w":{"n":["A"],"r":["X"]}}`, func(n int) string {
		all := crowd(n/3, either)
		return `{"u":` + all + `,"v":` + all + `,"w":` + all + `}`
	}},
	{"arrays in arrays", `{"u":{"b":{"x":[1]},"c":{"x":[1]},"d":{"e":{"x":[1]},"f":{"x":[1]},"g":[1]},"z":[1]}}`, func(n int) string {
		ones := crowd(n/50, func(int) string { return `{"x":1}` })
		inner := crowd(4, func(i int) string { return []string{`{"e":` + ones + `,"f":` + ones + `}`, `{"g":1}`}[i/3] })
		outer := crowd(5, func(int) string { return `{"b":` + ones + `,"c":` + ones + `,"d":` + inner + `}` })
		return `{"u":` + outer[:len(outer)-1] + `,{"z":1}]}`
	}},
	{"absent", `{"u":{"n":["A"],"r":[{"exists":false}]},"v":{"n":["A"],"r":[{"exists":false}]}}`, func(n int) string {
		all := crowd(n/2, func(i int) string { return fmt.Sprintf(`{"n":"A","r":%d}`, i) })
		return `{"u":` + all + `,"v":` + all + `}`
	}},
	{"plain values beside objects", `{"u":["A"],"u.n":["A"],"u.r":["X"]}`, func(n int) string {
		all := crowd(n/2, either)
		return `{"u":["A",` + all[1:len(all)-1] + `,"A"]}`
	}},
}

// Cases that go wrong if the search forgets, when it goes back, why it failed.
func TestSearch_goesBackToTheRightPlace(t *testing.T) {
	for _, c := range []struct {
		name, pattern, event string
		match                bool
	}{
		{
			"another inner element hides a leaf, another outer one would offer a value", `{"a.b.n":["A"],"a.b.r":[{"exists":false},"x"]}`,
			`{"a":[{"b":[{"n":"A","r":"y"},{"n":"A"}]},{"b":[{"r":"x"}]}]}`, true,
		},
		{
			"the inner elements are all alike", `{"a.b.n":["A"],"a.b.r":[{"exists":false},"x"]}`,
			`{"a":[{"b":[{"n":"A","r":"y"},{"n":"A","r":"y"}]},{"b":[{"r":"x"}]}]}`, false,
		},
		{
			"the last array fails because of the first", `{"a.x":[1],"b.x":[1],"a.y":[1]}`,
			`{"a":[{"x":1},{"x":1},{"x":1,"y":1}],"b":[{"x":1},{"x":1}]}`, true,
		},
		{
			"a value may lie outside of the array", `{"a.x":[1],"a.y":[1]}`, `{"a":[{"x":1},{"y":1}],"a.y":1}`, true,
		},
		{
			"a value inside of the array hides a leaf", `{"a.x":[1],"a.y":[{"exists":false}]}`, `{"a.x":1,"a":[{"x":1},{"y":1}]}`, true,
		},
		{
			"the outer choice stays when an inner one is taken back", `{"a.a":[1],"a.b.y":[1],"a.b.z":[1]}`,
			`{"a":[{"a":1,"b":[{"y":1},{"z":1}]},{"b":[{"y":1,"z":1}]}]}`, false,
		},
		{
			"something absent lies between the failure and its cause", `{"a.x":[1],"a.y":[{"exists":false}],"a.z":[1]}`,
			`{"a":[{"x":1},{"x":1,"z":1}]}`, true,
		},
		{
			"nothing is absent before a choice", `{"a.x":[{"exists":false}],"a.y":[1]}`, `{"a":[{"x":1},{"y":1}]}`, false,
		},
		{
			"an array in an array", `{"a.x":[1],"a.y":[1]}`, `{"a":[[{"x":1},{"y":1}],[{"x":2},{"x":1,"y":1}]]}`, true,
		},
		{
			"a plain value beside an array in an array", `{"a":["x"],"a.y":[1]}`, `{"a":[["z"],["x"],{"y":1}]}`, false,
		},
		{
			"a plain value after it", `{"a":["x"],"a.y":[1]}`, `{"a":[["x"],{"y":1},"x"]}`, true,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.match, mustCompile(t, c.pattern).Match([]byte(c.event)))
			require.Equal(t, c.match, modelMatches(t, []string{c.pattern}, c.event), "the model")
		})
	}
}

// The elements of a large event cannot be tried in all combinations: trying pairs alone would take thousands of times as
// long as reading the event does, trying triples years. None of the events matches. A busy machine may hold up one try, or
// what it is compared with, but not all of them that much.
func TestSearch_manyElementsTakeLittleLonger(t *testing.T) {
	const n, times = 100_000, 200
	for _, c := range crowds {
		t.Run(c.name, func(t *testing.T) {
			set, err := Compile(c.pattern)
			require.NoError(t, err)
			event := []byte(c.event(n))
			matching, reading := time.Duration(math.MaxInt64), time.Duration(0)
			for tries := 0; matching > times*reading && tries < 3; tries++ {
				start := time.Now()
				require.False(t, set.Match(event))
				matching = min(matching, time.Since(start))
				start = time.Now()
				require.True(t, json.Valid(event))
				reading = max(reading, time.Since(start))
			}
			require.LessOrEqual(t, matching, times*reading)
			rules, _ := compileModel([]string{c.pattern})
			require.False(t, modelMatch(rules, []byte(c.event(12))) || set.Match([]byte(c.event(12))))
		})
	}
}

func BenchmarkSearch(b *testing.B) {
	for _, c := range crowds {
		set, err := Compile(c.pattern)
		require.NoError(b, err)
		for _, n := range []int{1000, 10_000} {
			event := []byte(c.event(n))
			b.Run(fmt.Sprintf("%s/%d", strings.ReplaceAll(c.name, " ", "-"), n), func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(event)))
				for b.Loop() {
					set.Match(event)
				}
			})
		}
	}
}

// genElement draws an object with few fields, which may be arrays of such objects.
func genElement(t *rapid.T, depth int) jsonObject {
	object := jsonObject{}
	for _, key := range []string{"a", "b", "c"} {
		switch kind := below(t, 8); {
		case kind < 1:
		case kind < 5 || depth == 0:
			object = append(object, jsonMember{key, oneOf(t, "x", "x", "x", "y")})
		default:
			object = append(object, jsonMember{key, genElements(t, depth-1)})
		}
	}
	return object
}

func genElements(t *rapid.T, depth int) []any {
	var elements []any
	for range 1 + below(t, 3) {
		elements = append(elements, genElement(t, depth))
	}
	if chance(t, 2) {
		elements = append(elements, oneOf[any](t, "x", []any{genElement(t, depth)}, []any{"x"}))
	}
	return elements
}

// Patterns with nothing but the fields of nested arrays, many of them absent ones: the cases for the search to go wrong.
func TestProperties_searchFindsWhatFits(t *testing.T) {
	paths := strings.Fields("a.a a.b a.c a.a.a a.a.b a.b.a a.b.b a.b.c a.c.a a.c.b a.b.b.a a.b.b.b a.a.b.c a b.a")
	found, missed := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		object := jsonObject{{"a", genElements(t, 2)}}
		if chance(t, 3) {
			object = append(object, jsonMember{oneOf(t, "b", "a.b", "a.a"), genElements(t, 1)})
		}
		event := []byte(encode(nil, object))
		for range 5 {
			var fields []string
			for range 2 + below(t, 3) {
				list := oneOf(t, `["x"]`, `["x"]`, `["x"]`, `["y"]`, `[{"exists":true}]`, `[{"exists":false}]`, `[{"exists":false}]`, `[{"exists":false},"x"]`)
				fields = append(fields, `"`+oneOf(t, paths...)+`":`+list)
			}
			pattern := "{" + strings.Join(fields, ",") + "}"
			set, err := Compile(pattern)
			require.NoError(t, err)
			rules, _ := compileModel([]string{pattern})
			want := modelMatch(rules, event)
			if got := set.Match(event); got != want {
				t.Fatalf("%s matches %s: %v, the model: %v", pattern, event, got, want)
			}
			if want {
				found++
			} else {
				missed++
			}
		}
	})
	t.Logf("%d match, %d do not", found, missed)
	require.Greater(t, found*30, missed)
}
