package filter

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// valid is what encoding/json calls valid, but in UTF-8 and not too deep.
func valid(text []byte) bool {
	_, ok := decodeOrdered(text)
	return ok
}

func TestDocument(t *testing.T) {
	long := strings.Repeat("x", 30)
	for _, text := range []string{
		`0`, `-0`, `-0.0e-0`, `1E9`, `12.5`, `true`, `false`, `null`, `""`, `"a"`, `[]`, `{}`, ` [ ] `, "\t{\n}\r", `[1,"a",{"b":[null]}]`,
		`{"a":1,"a":2}`, `"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud800"`, `"é日😀` + long + `é"`, `"` + long + `\"` + long + `"`, `[ 1 , 2 ]`, `{ "a" : 1 , "b" : 2 }`,
	} {
		require.Equal(t, len(text), document([]byte(text)), text)
		require.True(t, valid([]byte(text)), text)
	}
	for _, c := range []struct {
		text string
		at   int
	}{
		{``, 0}, {` `, 1}, {`x`, 0}, {`01`, 1}, {`-`, 1}, {`-a`, 1}, {`1.`, 2}, {`1.e1`, 2}, {`.5`, 0}, {`+1`, 0}, {`1e`, 2}, {`1e+`, 3}, {`1 2`, 2},
		{`tru`, 0}, {`nulL`, 0}, {`TRUE`, 0}, {`NaN`, 0}, {`"`, 1}, {`"a`, 2}, {"\"\n\"", 1}, {`"\`, 1}, {`"\x"`, 1}, {`"\u12"`, 1}, {`"\u12g4"`, 1}, {`"` + long + "\x00" + `"`, 31},
		{"\"a\xff\"", 1}, {"\"" + long + "\xc3\"", 1}, {"\"\xed\xa0\x80\"", 1}, {"\ufeff{}", 0}, {`'a'`, 0}, {`[`, 1}, {`[1`, 2}, {`[1,]`, 3}, {`[1 2]`, 3}, {`[,]`, 1}, {`]`, 0},
		{`{`, 1}, {`{a:1}`, 1}, {`{"a"}`, 4}, {`{"a":}`, 5}, {`{"a":1,}`, 7}, {`{"a":1]`, 6}, {`{"a" 1}`, 5}, {`{1:2}`, 1}, {`[}`, 1}, {`{]`, 1}, {`/**/1`, 0},
	} {
		require.Equal(t, ^c.at, document([]byte(c.text)), c.text)
		require.False(t, valid([]byte(c.text)), c.text)
	}
}

func TestDocument_depth(t *testing.T) {
	for _, c := range []struct{ open, close string }{{"[", "]"}, {`{"a":`, "}"}, {`[{"a":`, "}]"}} {
		for _, depth := range []int{1000, 1001, 100_000} {
			n := (depth + len(c.close) - 1) / len(c.close)
			text := []byte(strings.Repeat(c.open, n) + "1" + strings.Repeat(c.close, n))
			require.Equal(t, depth <= 1000, document(text) >= 0, "%d times %s", n, c.open)
			set, err := Compile(`{"a":[{"exists":false}],"a.a":[{"exists":false}],"b":[{"exists":false}]}`)
			require.NoError(t, err)
			require.Equal(t, depth <= 1000 && text[0] == '{', set.Match(text), "%d times %s", n, c.open)
		}
	}
}

func TestStringEnd_agreesWithDecoder(t *testing.T) {
	piece := rapid.SampledFrom([]string{"a", "abcdefgh", " ", "é", "日本", "😀", `\n`, `\"`, `\\`, `\u0041`, `\uD83D\uDE00`, `\ud800`, `\udc00`, "\x7f", "\x1f", "\xff", "\xe6\x97", `\`, `\u12`, `"`})
	rapid.Check(t, func(t *rapid.T) {
		content := strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(t, "content"), "")
		text := []byte(`"` + content + `" tail`)
		end, escaped := stringEnd(text, 1)
		var want string
		err := json.NewDecoder(strings.NewReader(string(text))).Decode(&want)
		if end < 0 {
			require.True(t, err != nil || !utf8.Valid(text))
			return
		}
		require.NoError(t, err)
		got := string(text[1:end])
		require.Equal(t, strings.ContainsRune(got, '\\'), escaped)
		require.Equal(t, want, string(unescape(nil, text[1:end])))
	})
}
