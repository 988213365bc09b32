package httpevent

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestParseResult(t *testing.T) {
	r, ok := ParseResult(parse(t, `{"statusCode":1,"statusCode":200,"statusDescription":"200 OK","headers":null,`+
		`"multiValueHeaders":{},"cookies":[],"body":"x","isBase64Encoded":true}`))
	require.True(t, ok)
	require.Equal(t, Result{
		StatusCode: Value(`200`), StatusDescription: Value(`"200 OK"`), Headers: Value(`null`),
		MultiValueHeaders: Value(`{}`), Cookies: Value(`[]`), Body: Value(`"x"`), IsBase64Encoded: Value(`true`),
	}, r)
	r, ok = ParseResult(parse(t, `{"StatusCode":200}`))
	require.True(t, ok)
	require.Equal(t, Result{Unknown: true}, r)
	for _, other := range []string{`[]`, `"x"`, `1`, `null`, `true`} {
		_, ok := ParseResult(parse(t, other))
		require.False(t, ok, other)
	}
}

func TestStatus(t *testing.T) {
	for i := range 1000 {
		status, ok := parse(t, strconv.Itoa(i)).Status()
		require.Equal(t, 200 <= i && i <= 599, ok)
		require.True(t, !ok || status == i)
	}
	for _, text := range []string{`200.5`, `2e2`, `-20`, `"200"`, `null`, `2000`, `20000000000000000000000`} {
		_, ok := parse(t, text).Status()
		require.False(t, ok, text)
	}
	_, ok := Value(nil).Status()
	require.False(t, ok)
}

func TestDigits(t *testing.T) {
	for text, want := range map[string]string{
		`"418"`: `418`, `418`: `418`, `"test"`: `"test"`, `""`: `""`, `" 418"`: `" 418"`, `"{}"`: `"{}"`, `null`: `null`,
		`"\u0034\u0031\u0038"`: `418`,
	} {
		require.Equal(t, want, string(parse(t, text).Digits()))
	}
}

func TestBool(t *testing.T) {
	for text, want := range map[string][2]bool{
		`true`: {true, true}, `false`: {false, true}, `null`: {}, `"true"`: {}, `1`: {},
	} {
		value, ok := parse(t, text).Bool()
		require.Equal(t, want, [2]bool{value, ok}, text)
	}
	value, ok := Value(nil).Bool()
	require.Equal(t, [2]bool{false, true}, [2]bool{value, ok})
}

func TestLines(t *testing.T) {
	singles, ok := parse(t, `{"x-a":"1","X-A":"2","connection":"close","Transfer-Encoding":"chunked"}`).Lines()
	require.True(t, ok)
	require.Equal(t, Pairs{{"X-A", "1"}, {"X-A", "2"}}, singles)
	lists, ok := parse(t, `{"set-cookie":["a=1","b=2"],"none":[]}`).MultiLines()
	require.True(t, ok)
	require.Equal(t, Pairs{{"Set-Cookie", "a=1"}, {"Set-Cookie", "b=2"}}, lists)
	require.True(t, lists.Has("Set-Cookie"))
	require.False(t, lists.Has("None"))
	for _, bad := range []string{
		`null`, `[]`, `{"a":1}`, `{"a":true}`, `{"a":null}`, `{"":"x"}`, `{"a b":"x"}`, `{"a":"x\r\nb: y"}`, `{"é":"x"}`,
	} {
		_, ok := parse(t, bad).Lines()
		require.False(t, ok, bad)
		_, ok = parse(t, bad).MultiLines()
		require.False(t, ok, bad)
	}
	for _, bad := range []string{`{"a":"x"}`, `{"a":["x\u0000"]}`, `{"a":["x",1]}`, `{"a":["x"],"b":null}`} {
		_, ok := parse(t, bad).MultiLines()
		require.False(t, ok, bad)
	}
}

// AddTo does what Header.Add does, line by line.
func TestAddTo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"A", "B", "C"})
		lines := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Pair {
			return Pair{name.Draw(t, "name"), rapid.StringMatching("[a-z]?").Draw(t, "value")}
		}), 0, 8).Draw(t, "lines")
		had := rapid.MapOf(name, rapid.SliceOfN(rapid.StringMatching("[a-z]?"), 0, 3)).Draw(t, "header")
		got, want := http.Header(had).Clone(), http.Header(had).Clone()
		Pairs(lines).AddTo(got)
		for _, line := range lines {
			want.Add(line.Name, line.Value)
		}
		require.Equal(t, want, got)
	})
}
