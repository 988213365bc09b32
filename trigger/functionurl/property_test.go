package functionurl_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/trigger/functionurl"
	"github.com/lambdakit/lambdakit/trigger/internal/doortest"
)

// Invariants 5, 9, 10 and 11: of any request, the event tells everything.
func TestInvariants5_9_10_11_requests(t *testing.T) {
	l := newLab(t, registry.FunctionURLInput{}, functionurl.Options{})
	rapid.Check(t, func(t *rapid.T) {
		l.inputs = nil
		d := doortest.Draw(t)
		l.do(d.Request)
		require.Len(t, l.inputs, 1)
		var e events.LambdaFunctionURLRequest
		require.NoError(t, json.Unmarshal(l.inputs[0].Payload, &e))

		require.Equal(t, d.Method, e.RequestContext.HTTP.Method)
		require.Equal(t, d.Path, e.RawPath)
		decoded, err := url.PathUnescape(d.Path)
		require.NoError(t, err)
		require.Equal(t, decoded, e.RequestContext.HTTP.Path)

		body := e.Body
		if e.IsBase64Encoded {
			b, err := base64.StdEncoding.DecodeString(e.Body)
			require.NoError(t, err)
			body = string(b)
		}
		require.Equal(t, d.Text, body, "invariant 5")

		form := map[string]string{}
		for _, pair := range d.Query {
			key, _ := url.QueryUnescape(pair.Name)
			value, _ := url.QueryUnescape(pair.Value)
			if before, ok := form[key]; ok {
				value = before + "," + value
			}
			form[key] = value
		}
		if len(form) == 0 {
			form = nil
		}
		require.Equal(t, form, e.QueryStringParameters, "invariant 9")
		_, query, _ := strings.Cut(d.RequestURI, "?")
		require.Equal(t, query, e.RawQueryString, "invariant 9")

		require.Equal(t, strings.Join(doortest.Values(d.Headers, "Cookie"), "; "), e.Headers["cookie"])
		require.Equal(t, strings.Join(e.Cookies, "; "), e.Headers["cookie"], "invariant 10")
		for name := range e.Headers {
			require.Equal(t, strings.ToLower(name), name, "invariant 11")
		}
		for _, name := range []string{"X-A", "X-B", "Accept", "User-Agent"} {
			require.Equal(t, strings.Join(doortest.Values(d.Headers, name), ","), e.Headers[strings.ToLower(name)])
		}
	})
}

// Invariant 6: whether a body is Base64 never depends on its bytes.
func TestInvariant6_flag(t *testing.T) {
	l := newLab(t, registry.FunctionURLInput{}, functionurl.Options{})
	rapid.Check(t, func(t *rapid.T) {
		lines := []string{"Content-Type: " + rapid.SampledFrom([]string{"text/plain", "image/png", "idk"}).Draw(t, "type")}
		if rapid.Bool().Draw(t, "encoded") {
			lines = append(lines, "Content-Encoding: gzip")
		}
		flags := map[any]bool{}
		for range 2 {
			body := string(rapid.SliceOfN(rapid.Byte(), 1, 8).Draw(t, "body"))
			l.do(request("POST", "/", body, lines...))
			flags[l.event(t)["isBase64Encoded"]] = true
		}
		require.Len(t, flags, 1)
	})
}

// behave makes the function do anything at all.
func (l *lab) behave(t *rapid.T) {
	l.deny = nil
	switch rapid.IntRange(0, 4).Draw(t, "behaviour") {
	case 0:
		l.deny = lambda.RateExceeded("x")
	case 1:
		l.answer = func(ctx, []byte) ([]byte, error) { return nil, errors.New("failed") }
	case 2:
		l.answer = func(ctx, []byte) ([]byte, error) { panic("crashed") }
	case 3:
		l.returns(doortest.Malformed(t))
	default:
		l.returns(`{"statusCode":200}`)
	}
}

// Invariant 12: whatever the function does, a request calls it at most once, and gets one answer.
func TestInvariant12_once(t *testing.T) {
	for _, mode := range []registry.InvokeMode{registry.Buffered, registry.ResponseStream} {
		l := newLab(t, registry.FunctionURLInput{InvokeMode: mode}, functionurl.Options{})
		rapid.Check(t, func(t *rapid.T) {
			l.inputs = nil
			l.behave(t)
			res, _ := l.do(doortest.Draw(t).Request)
			require.Len(t, l.inputs, 1)
			require.GreaterOrEqual(t, res.StatusCode, 200)
		})
	}
}

// Invariant 13: what is well-formed gets through as it is.
func TestInvariant13_responses(t *testing.T) {
	l := newLab(t, registry.FunctionURLInput{}, functionurl.Options{})
	rapid.Check(t, func(t *rapid.T) {
		want := events.LambdaFunctionURLResponse{
			StatusCode: rapid.IntRange(200, 599).Filter(func(s int) bool { return s != 204 && s != 304 }).Draw(t, "status"),
			Headers:    rapid.MapOf(rapid.SampledFrom([]string{"x-a", "X-B", "content-type"}), rapid.StringMatching(`[ -~]{0,9}`)).Draw(t, "headers"),
			Cookies:    rapid.SliceOf(rapid.StringMatching(`[a-z]=[a-z0-9]{0,5}`)).Draw(t, "cookies"),
			Body:       rapid.String().Draw(t, "body"),
		}
		body := want.Body
		if want.IsBase64Encoded = rapid.Bool().Draw(t, "binary"); want.IsBase64Encoded {
			want.Body = base64.StdEncoding.EncodeToString([]byte(body))
		}
		payload, err := json.Marshal(want)
		require.NoError(t, err)
		l.returns(string(payload))
		res, got := l.get("/")
		require.Equal(t, want.StatusCode, res.StatusCode)
		require.Equal(t, body, got)
		for name, value := range want.Headers {
			require.Equal(t, []string{value}, res.Header.Values(name))
		}
		require.Equal(t, want.Cookies, append([]string{}, res.Header["Set-Cookie"]...))
	})
}

// Invariant 14: what is malformed gives the door's own error, and nothing of the result gets out.
func TestInvariant14_malformed(t *testing.T) {
	l := newLab(t, registry.FunctionURLInput{}, functionurl.Options{})
	rapid.Check(t, func(t *rapid.T) {
		l.returns(doortest.Malformed(t))
		res, body := l.get("/")
		require.Equal(t, failed, answerOf(res, body))
		require.Equal(t, []string{"Content-Length", "Content-Type", "X-Amzn-Requestid", "X-Amzn-Trace-Id"},
			slices.Sorted(maps.Keys(res.Header)))
	})
}

// Invariant 15: however a function cuts its stream, the client gets the same.
func TestInvariant15_streams(t *testing.T) {
	l := newLab(t, registry.FunctionURLInput{InvokeMode: registry.ResponseStream}, functionurl.Options{})
	rapid.Check(t, func(t *rapid.T) {
		body := string(rapid.SliceOf(rapid.SampledFrom([]byte{0, 'a', '{'})).Draw(t, "body"))
		stream := `{"statusCode":418,"headers":{"x-a":"b"},"cookies":["c=d","e=f"]}` + strings.Repeat("\x00", 8) + body
		var pieces []string
		for rest := stream; rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		l.streams(true, nil, pieces...)
		res, got := l.get("/")
		require.Equal(t, answer{418, octets, body}, answerOf(res, got))
		require.Equal(t, "b", res.Header.Get("X-A"))
		require.Equal(t, []string{"c=d", "e=f"}, res.Header["Set-Cookie"])
	})
}

// FuzzRequest: every request gives an event or a refusal.
func FuzzRequest(f *testing.F) {
	f.Add("GET", "/a?b=c", "X-A", "b", "", "")
	f.Add("OPTIONS", "/%zz?%", "Origin", "x", "body", "")
	f.Add("", "http://[", "Cookie", ";=", "\xff", "abc.lambda-url.us-east-1.on.aws:1")
	l := newLab(f, registry.FunctionURLInput{CORS: &registry.CORS{AllowOrigins: []string{"*"}}}, functionurl.Options{})
	f.Fuzz(func(t *testing.T, method, target, name, value, body, host string) {
		l.inputs = nil
		r := request(method, target, body)
		r.Header[http.CanonicalHeaderKey(name)] = []string{value}
		if r.Host = host; host == "" {
			r.Host = l.host
		}
		res, _ := l.do(r)
		require.LessOrEqual(t, len(l.inputs), 1)
		if len(l.inputs) == 0 {
			require.Contains(t, []int{200, 403}, res.StatusCode)
			return
		}
		require.Equal(t, 200, res.StatusCode)
		require.NoError(t, json.Unmarshal(l.inputs[0].Payload, new(events.LambdaFunctionURLRequest)))
	})
}

// FuzzResult: every result gives an answer.
func FuzzResult(f *testing.F) {
	f.Add([]byte(`{"statusCode":200,"headers":{"a":"b"},"cookies":["c"],"body":"eA==","isBase64Encoded":true}`), false)
	f.Add([]byte("{\"statusCode\":200}\x00\x00\x00\x00\x00\x00\x00\x00body"), true)
	f.Add([]byte(`["hello", 3]`), false)
	buffered := newLab(f, registry.FunctionURLInput{}, functionurl.Options{})
	streamed := newLab(f, registry.FunctionURLInput{InvokeMode: registry.ResponseStream}, functionurl.Options{})
	f.Fuzz(func(t *testing.T, result []byte, stream bool) {
		l := buffered
		if stream {
			l = streamed
			l.streams(true, nil, string(result))
		} else {
			l.returns(string(result))
		}
		res, body := l.get("/")
		if res.StatusCode == 502 && body == failed.body {
			return
		}
		require.True(t, stream || json.Valid(result))
		require.True(t, 200 <= res.StatusCode && res.StatusCode <= 599)
	})
}

var _ functionurl.Invoker = (*invoke.Service)(nil)
