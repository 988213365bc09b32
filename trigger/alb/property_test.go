package alb_test

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/trigger/alb"
	"github.com/lambdakit/lambdakit/trigger/internal/doortest"
)

// sent sends a request, and gives the event that the function got.
func (l *lab) sent(t *rapid.T, d doortest.Drawn) events.ALBTargetGroupRequest {
	before := len(l.inputs)
	r := *d.Request
	r.Body = request("POST", "/", d.Text).Body
	l.do(&r)
	require.Len(t, l.inputs, before+1)
	var e events.ALBTargetGroupRequest
	require.NoError(t, json.Unmarshal([]byte(l.event()), &e))
	return e
}

// Invariants 1 to 5 and 11: of any request, the event with multi-value headers tells everything, and the one without
// tells the last of everything.
func TestInvariants1to5_11_requests(t *testing.T) {
	multi, single := newLab(t, alb.Options{MultiValueHeaders: true}), newLab(t, alb.Options{})
	rapid.Check(t, func(t *rapid.T) {
		d := doortest.Draw(t)
		m, s := multi.sent(t, d), single.sent(t, d)
		require.Equal(t, d.Method, m.HTTPMethod)
		require.Equal(t, d.Path, m.Path)

		// Invariants 1 and 4: per key, the values as they were sent.
		values := map[string][]string{}
		for _, p := range d.Query {
			values[p.Name] = append(values[p.Name], p.Value)
		}
		if len(values) == 0 {
			values = map[string][]string{}
		}
		require.Equal(t, values, m.MultiValueQueryStringParameters)
		var rebuilt []string
		for key, list := range m.MultiValueQueryStringParameters {
			for _, v := range list {
				rebuilt = append(rebuilt, key+"="+v)
			}
		}
		_, query, _ := strings.Cut(d.RequestURI, "?")
		if query == "" {
			require.Empty(t, rebuilt)
		} else {
			require.ElementsMatch(t, strings.Split(query, "&"), rebuilt)
		}
		for _, name := range []string{"X-A", "X-B", "Cookie", "Accept", "User-Agent", "Content-Type"} {
			want := d.Header.Values(name)
			require.Equal(t, append([]string(nil), want...), m.MultiValueHeaders[strings.ToLower(name)])
		}
		forwarded := append(d.Header.Values("X-Forwarded-For"), "192.0.2.1")
		require.Equal(t, []string{strings.Join(forwarded, ", ")}, m.MultiValueHeaders["x-forwarded-for"])

		// Invariant 2, but for what is new in each request.
		for _, maps := range []struct {
			many map[string][]string
			one  map[string]string
		}{{m.MultiValueHeaders, s.Headers}, {m.MultiValueQueryStringParameters, s.QueryStringParameters}} {
			require.Len(t, maps.one, len(maps.many))
			for name, list := range maps.many {
				if name != "x-amzn-trace-id" {
					require.Equal(t, list[len(list)-1], maps.one[name])
				}
			}
		}

		// Invariant 3: one family only.
		require.Nil(t, m.Headers)
		require.Nil(t, m.QueryStringParameters)
		require.Nil(t, s.MultiValueHeaders)
		require.Nil(t, s.MultiValueQueryStringParameters)

		// Invariant 5.
		body := s.Body
		if s.IsBase64Encoded {
			b, err := base64.StdEncoding.DecodeString(s.Body)
			require.NoError(t, err)
			body = string(b)
		}
		require.Equal(t, d.Text, body)
		require.Equal(t, []any{s.Body, s.IsBase64Encoded}, []any{m.Body, m.IsBase64Encoded})

		for name := range m.MultiValueHeaders {
			require.Equal(t, strings.ToLower(name), name, "invariant 11")
		}
	})
}

// Invariant 6: whether a body is Base64 never depends on its bytes.
func TestInvariant6_flag(t *testing.T) {
	l := newLab(t, alb.Options{})
	rapid.Check(t, func(t *rapid.T) {
		lines := []string{"Content-Type: " + rapid.SampledFrom([]string{"text/plain", "image/png", "", "Application/JSON"}).Draw(t, "type")}
		if rapid.Bool().Draw(t, "encoded") {
			lines = append(lines, "Content-Encoding: gzip")
		}
		flags := map[bool]bool{}
		for range 2 {
			l.do(request("POST", "/", string(rapid.SliceOfN(rapid.Byte(), 1, 8).Draw(t, "body")), lines...))
			flags[strings.HasSuffix(l.event(), `"isBase64Encoded":true}`)] = true
		}
		require.Len(t, flags, 1)
	})
}

// Invariant 12: whatever the function does, a request calls it at most once, and gets one answer.
func TestInvariant12_once(t *testing.T) {
	l := newLab(t, alb.Options{})
	rapid.Check(t, func(t *rapid.T) {
		l.inputs = nil
		switch rapid.IntRange(0, 3).Draw(t, "behaviour") {
		case 0:
			l.fails(lambda.RateExceeded("x"))
		case 1:
			l.functionFails()
		case 2:
			l.returns(doortest.Malformed(t))
		default:
			l.returns(`{"statusCode":200}`)
		}
		res, _ := l.do(doortest.Draw(t).Request)
		require.Len(t, l.inputs, 1)
		require.GreaterOrEqual(t, res.StatusCode, 200)
	})
}

// Invariant 13: what is well-formed gets through as it is.
func TestInvariant13_responses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		multi := rapid.Bool().Draw(t, "multi")
		l := newLab(t, alb.Options{MultiValueHeaders: multi})
		status := rapid.IntRange(200, 599).Filter(func(s int) bool { return s != 204 && s != 304 }).Draw(t, "status")
		headers := rapid.MapOf(rapid.SampledFrom([]string{"x-a", "X-B", "content-type"}), rapid.StringMatching(`[ -~]{0,9}`)).Draw(t, "headers")
		body := rapid.String().Draw(t, "body")
		result := map[string]any{"statusCode": status, "body": body, "headers": headers}
		if multi {
			lists := map[string][]string{}
			for name, value := range headers {
				lists[name] = []string{value, value + "2"}
			}
			result["multiValueHeaders"] = lists
		}
		if rapid.Bool().Draw(t, "binary") {
			result["isBase64Encoded"], result["body"] = true, base64.StdEncoding.EncodeToString([]byte(body))
		}
		payload, err := json.Marshal(result)
		require.NoError(t, err)
		l.returns(string(payload))
		res, got := l.get("/")
		require.Equal(t, status, res.StatusCode)
		require.Equal(t, body, got)
		for name, value := range headers {
			want := []string{value}
			if multi {
				want = append(want, value+"2")
			}
			require.ElementsMatch(t, want, res.Header.Values(name))
		}
	})
}

// Invariant 14: what is malformed gives the load balancer's own page, and nothing of the result gets out.
func TestInvariant14_malformed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLab(t, alb.Options{MultiValueHeaders: rapid.Bool().Draw(t, "multi")})
		l.returns(doortest.Malformed(t))
		res, body := l.get("/")
		require502(t, res, body)
		require.Equal(t, []string{"Connection", "Content-Length", "Content-Type", "Server"}, slices.Sorted(maps.Keys(res.Header)))
	})
}

// Equal seeds and equal calls give equal events.
func TestDeterminism(t *testing.T) {
	root := func(seed uint64) string {
		l := newLab(t, alb.Options{Seed: seed})
		l.get("/")
		_, after, _ := strings.Cut(l.entry().TraceID, "Root=1-")
		return after[len("5c34e93e"):]
	}
	require.Equal(t, root(1), root(1))
	require.NotEqual(t, root(1), root(2))
}

// FuzzRequest: every request gives an event or a refusal.
func FuzzRequest(f *testing.F) {
	f.Add("GET", "/a?b=c", "X-A", "b", "", false)
	f.Add("TRACE", "/%zz?%", "Upgrade", "websocket", "body", true)
	f.Add("", "http://[", "Cookie", ";=", "\xff", true)
	f.Fuzz(func(t *testing.T, method, target, name, value, body string, multi bool) {
		l := newLab(t, alb.Options{MultiValueHeaders: multi})
		r := request(method, target, body)
		r.Header[http.CanonicalHeaderKey(name)] = []string{value}
		res, _ := l.do(r)
		if len(l.inputs) == 0 {
			require.Contains(t, []int{400, 405, 413, 463}, res.StatusCode)
			return
		}
		require.Len(t, l.inputs, 1)
		require.Equal(t, 200, res.StatusCode)
		var e events.ALBTargetGroupRequest
		require.NoError(t, json.Unmarshal([]byte(l.event()), &e))
		require.Equal(t, multi, e.Headers == nil)
	})
}

// FuzzResult: every result gives an answer.
func FuzzResult(f *testing.F) {
	f.Add([]byte(`{"statusCode":200,"headers":{"a":"b"},"body":"eA==","isBase64Encoded":true}`), false)
	f.Add([]byte(`{"statusCode":200,"multiValueHeaders":{"a":["b"]}}`), true)
	f.Add([]byte("null"), false)
	f.Fuzz(func(t *testing.T, result []byte, multi bool) {
		l := newLab(t, alb.Options{MultiValueHeaders: multi})
		l.returns(string(result))
		res, body := l.get("/")
		if l.entry().ErrorReason != "" {
			require502(t, res, body)
			return
		}
		var r struct{ StatusCode int }
		require.NoError(t, json.Unmarshal(result, &r))
		require.Equal(t, r.StatusCode, res.StatusCode)
	})
}

var _ alb.Invoker = (*invoke.Service)(nil)
