package eventbridge

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestParsePath(t *testing.T) {
	name := func(s string) step { return step{name: s, member: true} }
	for text, want := range map[string]path{
		"$": nil, "$.detail": {name("detail")}, "$.a.b": {name("a"), name("b")}, "$['detail-type']": {name("detail-type")},
		`$["a b"]`: {name("a b")}, "$.detail-type": {name("detail-type")}, "$.a[0]": {name("a"), step{index: 0}},
		"$[12][3].x": {step{index: 12}, step{index: 3}, name("x")}, "$['a.b'].c": {name("a.b"), name("c")},
		"$.a[2147483647]": {name("a"), step{index: 1<<31 - 1}},
	} {
		got, ok := parsePath(text)
		require.True(t, ok, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{
		"", "detail", ".detail", "$detail", "$.", "$..a", "$.a.", "$.*", "$[*]", "$[]", "$[-1]", "$[1:2]", "$[0,1]", "$[?(@.a)]",
		"$['']", "$['a", "$['a\"]", "$['a'b']", "$.a!", "$.a b", "$ ", " $", "$.a[1", "$.a[2147483648]", "$.ü", "$[+1]", "$[ 1]",
	} {
		_, ok := parsePath(text)
		require.False(t, ok, text)
	}
}

// drawJSON draws a value, with members that paths can name.
func drawJSON(depth int) *rapid.Generator[any] {
	leaf := rapid.OneOf(
		rapid.Map(rapid.String(), func(s string) any { return s }),
		rapid.Map(rapid.IntRange(-99, 99), func(n int) any { return float64(n) }),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }), rapid.Just[any](nil),
	)
	if depth == 0 {
		return leaf
	}
	return rapid.OneOf(leaf,
		rapid.Map(rapid.SliceOfN(drawJSON(depth-1), 0, 3), func(l []any) any { return l }),
		rapid.Map(rapid.MapOfN(rapid.StringMatching(`[a-c]`), drawJSON(depth-1), 0, 3), func(m map[string]any) any { return m }))
}

// A path finds what going through the decoded event step by step finds, and nothing where that finds nothing.
func TestPathAgainstDecoded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		event := drawJSON(3).Draw(t, "event")
		text, err := json.Marshal(event)
		require.NoError(t, err)
		var b strings.Builder
		b.WriteByte('$')
		want, found := event, true
		for range rapid.IntRange(0, 4).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "member") {
				name := rapid.StringMatching(`[a-c]`).Draw(t, "name")
				b.WriteString(rapid.SampledFrom([]string{"." + name, "['" + name + "']", `["` + name + `"]`}).Draw(t, "spelling"))
				m, _ := want.(map[string]any)
				value, ok := m[name]
				want, found = value, found && ok
				continue
			}
			n := rapid.IntRange(0, 3).Draw(t, "index")
			fmt.Fprintf(&b, "[%d]", n)
			l, _ := want.([]any)
			if found = found && n < len(l); found {
				want = l[n]
			}
		}
		p, ok := parsePath(b.String())
		require.True(t, ok, b.String())
		got, ok := p.in(text)
		require.Equal(t, found, ok, "%s in %s", &b, text)
		if found {
			var value any
			require.NoError(t, json.Unmarshal(got, &value))
			require.Equal(t, want, value, "%s in %s", &b, text)
		}
	})
}

func FuzzPath(f *testing.F) {
	for _, seed := range [][2]string{
		{"$.a[0]['b c']", `{"a":[{"b c":1}]}`}, {"$", "{}"}, {`$["x"]`, "[]"}, {"$.a.b", `{"a":"b"}`}, {"$[", "{"}, {"$.a", `{"a":1}{`},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, text, event string) {
		p, ok := parsePath(text)
		if !ok {
			return
		}
		require.True(t, strings.HasPrefix(text, "$"))
		if value, ok := p.in([]byte(event)); ok && json.Valid([]byte(event)) {
			require.True(t, json.Valid(value))
		}
	})
}
