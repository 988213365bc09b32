package httpevent

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func parse(t require.TestingT, text string) Value {
	v, ok := Parse([]byte(text))
	require.True(t, ok, text)
	return v
}

// sameAsJSON holds Parse against package json, for any text.
func sameAsJSON(t require.TestingT, text []byte) {
	v, ok := Parse(text)
	require.Equal(t, json.Valid(text), ok, "%q", text)
	if !ok {
		return
	}
	require.Equal(t, string(bytes.TrimSpace(text)), string(v))
	switch v.Kind() {
	case '"':
		var want string
		require.NoError(t, json.Unmarshal(text, &want))
		got, ok := v.Text()
		require.True(t, ok)
		require.Equal(t, want, got)
	case '{':
		var want map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(text, &want))
		got := map[string]json.RawMessage{}
		for name, value := range v.Members() {
			got[string(name)] = json.RawMessage(value)
		}
		require.Equal(t, want, got)
	case '[':
		want, got := []json.RawMessage{}, []json.RawMessage{}
		require.NoError(t, json.Unmarshal(text, &want))
		for e := range v.Elements() {
			got = append(got, json.RawMessage(e))
		}
		require.Equal(t, want, got)
	}
}

var jsonTexts = []string{
	``, ` `, `null`, `true`, `false`, `nul`, `truth`, ` 1 `, `-0`, `01`, `-`, `1.`, `1.5e+10`, `1e`, `.5`, `1E-`, `--1`,
	`"a"`, `"a`, `"\u00e9\ud83d\ude00\ud83d"`, `"\u00g0"`, `"\x"`, `"\`, "\"a\nb\"", "\"a\xffb\"", `"\"\\\/\b\f\n\r\t"`,
	`{}`, `{ "a" : 1 , "b" : [ ] }`, `{"a":1,}`, `{"a"}`, `{"a":}`, `{a:1}`, `{"a":1 "b":2}`, `{"a":1`, `{"a":1,"a":2}`,
	`[]`, `[1,2 , {"a":[null]}]`, `[1,]`, `[1 2]`, `[`, `]`, `{"\u0061\n":0}`, `1 2`, `{}x`,
}

func TestParseIsPackageJSON(t *testing.T) {
	for _, text := range jsonTexts {
		sameAsJSON(t, []byte(text))
	}
}

func TestParseIsPackageJSONForAll(t *testing.T) {
	piece := rapid.SampledFrom(append([]string{"{", "}", "[", "]", ",", ":", `"`, `\`, "0", "1", "-", ".", "e", "\x00", "\xc3"}, jsonTexts...))
	rapid.Check(t, func(t *rapid.T) {
		sameAsJSON(t, []byte(strings.Join(rapid.SliceOfN(piece, 0, 9).Draw(t, "pieces"), "")))
	})
}

func FuzzParse(f *testing.F) {
	for _, text := range jsonTexts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) { sameAsJSON(t, text) })
}

func TestParseDepth(t *testing.T) {
	for depth, want := range map[int]bool{maxDepth: true, maxDepth + 1: false} {
		text := []byte(strings.Repeat("[", depth) + strings.Repeat("]", depth))
		require.Equal(t, json.Valid(text), want, "package json has the same limit")
		_, ok := Parse(text)
		require.Equal(t, want, ok)
	}
}

func TestValuesOfOtherKinds(t *testing.T) {
	for _, v := range []Value{nil, parse(t, `1`), parse(t, `null`)} {
		_, ok := v.Text()
		require.False(t, ok)
		_, ok = v.Strings()
		require.False(t, ok)
		for range v.Members() {
			t.Fatal("a member")
		}
		for range v.Elements() {
			t.Fatal("an element")
		}
	}
	_, ok := parse(t, `["a",1]`).Strings()
	require.False(t, ok)
	list, ok := parse(t, `["a","b\n"]`).Strings()
	require.True(t, ok)
	require.Equal(t, []string{"a", "b\n"}, list)
}

func BenchmarkParse(b *testing.B) {
	text := []byte(`{"statusCode":200,"headers":{"Content-Type":"application/json"},"body":"` + strings.Repeat(`{\"a\":1}`, 128) + `"}`)
	b.Run("here", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			v, _ := Parse(text)
			r, _ := ParseResult(v)
			_, _ = r.Body.Text()
		}
	})
	b.Run("baseline/encoding-json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var r struct {
				StatusCode int
				Headers    map[string]string
				Body       string
			}
			_ = json.Unmarshal(text, &r)
		}
	})
}
