package lambda

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestPlainJSON(t *testing.T) {
	for text, want := range map[string]bool{
		`{}`: true, `[]`: true, ` { "a" : [ 1 , -2.5 , true , null ] , "b" : { } } `: true, `"x"`: true, `0`: true, `-0`: true,
		`[[],{},[{}]]`: true, `{"a":{"b":{"c":[1,2,[3]]}}}`: true,
		``: false, ` `: false, `{`: false, `{]`: false, `[}`: false, `[1,]`: false, `{"a":1,}`: false, `[,1]`: false,
		`{"a"}`: false, `{"a":}`: false, `{a:1}`: false, `01`: false, `-`: false, `1.`: false, `.5`: false, `+1`: false,
		`tru`: false, `truex`: false, `1 2`: false, `[1 2]`: false, `"a`: false, "\"\n\"": false, `{} {}`: false, `]`: false, `{"a":1]`: false,
		`{"a\"":"\\ \/\b\f\n\r\t of some length \" and more"}`: true,
		`"\x"`: false, `"\`: false, `"\"`: false, "\"12345678\x01\"": false,
		// these are JSON, but not plain
		`"\u0041"`: false, `"ü"`: false, `1e3`: false,
	} {
		require.Equal(t, want, plainJSON([]byte(text)), text)
	}
}

// What is plain is JSON, whatever bytes it is made of.
func TestPlainJSONIsJSON(t *testing.T) {
	pieces := rapid.SampledFrom([]string{`{`, `}`, `[`, `]`, `,`, `:`, `"a"`, `"`, `1`, `-`, `0`, `.5`, `true`, `null`, ` `, `\`, `\n`, `e3`, `eight or more`, "\x80", "x"})
	rapid.Check(t, func(t *rapid.T) {
		text := ""
		for _, p := range rapid.SliceOfN(pieces, 0, 14).Draw(t, "pieces") {
			text += p
		}
		if plainJSON([]byte(text)) && !json.Valid([]byte(text)) {
			t.Fatalf("%q is no JSON", text)
		}
	})
	// and what encoding/json writes of plain values is plain
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.MapOf(rapid.StringMatching(`[a-z]{0,5}`), rapid.SliceOf(rapid.Int())).Draw(t, "value")
		b, err := json.Marshal(m)
		if err != nil || !plainJSON(b) {
			t.Fatalf("%s is plain", b)
		}
	})
}

func FuzzPlainJSON(f *testing.F) {
	f.Add([]byte(`{"a":[1,2.5,{"b":null}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if plainJSON(text) && !json.Valid(text) {
			t.Fatalf("%q is no JSON", text)
		}
	})
}
