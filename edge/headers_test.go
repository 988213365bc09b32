package edge

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestInvariant13HeadersComeBackAsTheyWere: lines, their order and their bytes survive being shown and returned.
func TestInvariant13HeadersComeBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := http.Header{}
		for range rapid.IntRange(0, 5).Draw(t, "lines") {
			name := rapid.SampledFrom([]string{"Set-Cookie", "X-A", "Content-Type", "Etag"}).Draw(t, "name")
			value := strings.Trim(rapid.StringOf(rapid.RuneFrom([]rune("ab \t;=\u00e9\u4e16"))).Draw(t, "value"), " \t")
			if rapid.Bool().Draw(t, "latin") {
				value += "\xe9" // ISO-8859-1
			}
			h.Add(name, value)
		}
		back, f := readHeaders(showHeaders(h))
		require.Nil(t, f)
		restoreBytes(back, h)
		require.Equal(t, h, back)
	})
}

func TestHeadersMethods(t *testing.T) {
	h := Headers{}
	require.Empty(t, h.Get("X-A"))
	require.Empty(t, h.Values("X-A"))
	h.Add("x-a", "1")
	h.Add("X-A", "2")
	require.Equal(t, Headers{"x-a": {{"X-A", "1"}, {"X-A", "2"}}}, h)
	require.Equal(t, "1", h.Get("X-a"))
	require.Equal(t, []string{"1", "2"}, h.Values("x-A"))
	c := h.Clone()
	h.Set("X-A", "3")
	require.Equal(t, []string{"3"}, h.Values("x-a"))
	require.Equal(t, []string{"1", "2"}, c.Values("x-a"), "a clone shares nothing")
	c["x-a"][0].Value = "9"
	h.Del("X-A")
	require.Empty(t, h)
	require.Nil(t, Headers(nil).Clone())
}

func TestShowHeaders(t *testing.T) {
	require.Equal(t, Headers{
		"set-cookie":   {{"Set-Cookie", "a=1"}, {"Set-Cookie", "b=2"}},
		"x-latin":      {{"X-Latin", "café"}},
		"content-type": {{"Content-Type", "text/html"}},
	}, showHeaders(http.Header{
		"Set-Cookie": {"a=1", "b=2"}, "X-Latin": {"caf\xe9"}, "Content-Type": {"text/html"},
		"Connection": {"close"}, "X-Amz-Cf-Id": {"x"}, "X-None": {},
	}))
}

func TestReadHeaders(t *testing.T) {
	h, f := readHeaders(Headers{"content-type": {{"", "text/html "}}, "X-A": {{"x-b", "1"}}, "x-a": {{"", "2"}}, "x-none": {}})
	require.Nil(t, f)
	require.Equal(t, http.Header{"Content-Type": {"text/html"}, "X-A": {"1", "2"}}, h, "names are the map's, canonical")
	for _, bad := range []Headers{
		{"": {{Value: "1"}}}, {"a b": {{Value: "1"}}}, {"a:b": {{Value: "1"}}}, {"a\r\nb": {{Value: "1"}}}, {"é": {{Value: "1"}}},
		{"x-a": {{Value: "1\r\nSet-Cookie: evil"}}}, {"x-a": {{Value: "1\n"}}}, {"x-a": {{Value: "\x00"}}}, {"x-a": {{Value: "\x7f"}}},
	} {
		_, f := readHeaders(bad)
		require.NotNil(t, f, "%q", bad)
		require.Equal(t, []any{502, textInvalid}, []any{f.status, f.text})
	}
}

func TestIsToken(t *testing.T) {
	for _, good := range []string{"a", "X-A", "!#$%&'*+-.^_`|~09"} {
		require.True(t, isToken(good), good)
	}
	for c := range 256 {
		if text := string([]byte{byte(c)}); strings.ContainsAny(text, "\"(),/:;<=>?@[\\]{} \t\r\n\x00\x7f") || c >= 0x80 {
			require.False(t, isToken(text), "%q", text)
		}
	}
	require.False(t, isToken(""))
}

func TestUTF8Text(t *testing.T) {
	require.Equal(t, "caf\u00e9", utf8Text("caf\xe9"))
	require.Equal(t, "caf\u00e9", utf8Text("caf\u00e9"))
	require.Equal(t, "", utf8Text(""))
	require.Equal(t, "\u00ff\u00e9", utf8Text("\xff\xe9"))
}

func TestOmittedKeysAreCanonical(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[a-z]{1,4}(-[a-z]{1,4}){0,2}`).Draw(t, "name")
		h, f := readHeaders(Headers{name: {{Value: "1"}}})
		require.Nil(t, f)
		var parts []string
		for part := range strings.SplitSeq(name, "-") {
			parts = append(parts, strings.ToUpper(part[:1])+part[1:])
		}
		require.Equal(t, http.Header{strings.Join(parts, "-"): {"1"}}, h)
	})
}
