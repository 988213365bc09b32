package httpevent

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
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

func TestAddHeaders(t *testing.T) {
	h := http.Header{}
	require.True(t, parse(t, `{"x-a":"1","X-A":"2","connection":"close","Transfer-Encoding":"chunked"}`).AddStrings(h))
	require.True(t, parse(t, `{"set-cookie":["a=1","b=2"],"none":[]}`).AddLists(h))
	require.Equal(t, http.Header{"X-A": {"1", "2"}, "Set-Cookie": {"a=1", "b=2"}}, h)
	for _, bad := range []string{
		`null`, `[]`, `{"a":1}`, `{"a":true}`, `{"a":null}`, `{"":"x"}`, `{"a b":"x"}`, `{"a":"x\r\nb: y"}`, `{"é":"x"}`,
	} {
		require.False(t, parse(t, bad).AddStrings(h), bad)
		require.False(t, parse(t, bad).AddLists(h), bad)
	}
	require.False(t, parse(t, `{"a":"x"}`).AddLists(h))
	require.False(t, parse(t, `{"a":["x\u0000"]}`).AddLists(h))
}
