package eventbridge_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/trigger/eventbridge"
)

// piece is a part of a template together with what it stands for.
type piece struct{ template, meaning string }

// drawPieces draws what may stand inside a string of a template. Values are texts, numbers and truths.
func drawPieces(t *rapid.T, values map[string]any) []piece {
	plain := rapid.StringMatching(`[a-z <>:,{}\[\]]{0,6}`)
	var pieces []piece
	for i := range rapid.IntRange(0, 5).Draw(t, "pieces") {
		text := plain.Draw(t, "text")
		if strings.Contains(text, "<") {
			text = strings.ReplaceAll(text, ">", " ") // no variable by accident
		}
		pieces = append(pieces, piece{text, text})
		name := fmt.Sprintf("v%d", i)
		value := rapid.OneOf(
			rapid.Map(rapid.String(), func(s string) any { return s }), rapid.Map(rapid.IntRange(-999, 999), func(n int) any { return n }),
			rapid.Map(rapid.Bool(), func(b bool) any { return b }), rapid.Just[any](missing{}),
		).Draw(t, "value")
		p := piece{template: "<" + name + ">"}
		if _, ok := value.(missing); !ok {
			values[name], p.meaning = value, fmt.Sprint(value)
		}
		if strings.Contains(text, "<") {
			pieces = append(pieces, piece{" >", " >"}) // what began there ends, and is none
		}
		pieces = append(pieces, p)
	}
	return pieces
}

// missing is a value that the event does not have.
type missing struct{}

// Inside a string every value is what it prints as, a missing one is nothing, and the rest stays as it is.
func TestStringsOfTemplates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := map[string]any{}
		var template, meaning strings.Builder
		for _, p := range drawPieces(t, values) {
			template.WriteString(p.template)
			meaning.WriteString(p.meaning)
		}
		detail, err := json.Marshal(values)
		require.NoError(t, err)
		paths := map[string]string{}
		for i := range 5 {
			paths[fmt.Sprintf("v%d", i)] = fmt.Sprintf("$.detail.v%d", i)
		}
		function, queue, topic := sent(t, eventbridge.Target{InputTransformer: &eventbridge.InputTransformer{
			InputPathsMap: paths, InputTemplate: `"` + template.String() + `"`,
		}}, string(detail))
		var got string
		require.NoError(t, json.Unmarshal([]byte(function), &got))
		require.Equal(t, meaning.String(), got, "%s of %s", &template, detail)
		require.Equal(t, got, queue)
		require.Equal(t, got, topic)
	})
}

// Where a value may stand, any value stands as it is in the event.
func TestValuesOfTemplates(t *testing.T) {
	value := rapid.Deferred(func() *rapid.Generator[any] {
		leaf := rapid.OneOf(
			rapid.Map(rapid.String(), func(s string) any { return s }), rapid.Map(rapid.IntRange(-999, 999), func(n int) any { return float64(n) }),
			rapid.Just[any](nil),
		)
		return rapid.OneOf(leaf, rapid.Map(rapid.SliceOfN(leaf, 0, 3), func(l []any) any { return l }),
			rapid.Map(rapid.MapOfN(rapid.String(), leaf, 0, 3), func(m map[string]any) any { return m }))
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := value.Draw(t, "a"), value.Draw(t, "b")
		detail, err := json.Marshal(map[string]any{"a": a, "b": []any{b}})
		require.NoError(t, err)
		function, queue, _ := sent(t, eventbridge.Target{InputTransformer: &eventbridge.InputTransformer{
			InputPathsMap: map[string]string{"a": "$.detail.a", "b": "$.detail.b[0]", "none": "$.detail.b[1]"},
			InputTemplate: ` { "a" : <a>, "list":[<b>,<a>,<none>] } `,
		}}, string(detail))
		var got map[string]any
		require.NoError(t, json.Unmarshal([]byte(function), &got))
		require.Equal(t, map[string]any{"a": a, "list": []any{b, a, ""}}, got)
		require.Equal(t, function, queue, "JSON that is no string is the same text")
	})
}
