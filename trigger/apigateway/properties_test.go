package apigateway_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/trigger/apigateway"
	"github.com/lambdakit/lambdakit/trigger/internal/doortest"
)

// draw is a request for the API's stage, which has no other.
func draw(t *rapid.T) doortest.Drawn {
	d := doortest.Draw(t)
	d.RequestURI = "/stage" + d.RequestURI
	d.Path = "/stage" + d.Path
	return d
}

// sentBody is the body that an event stands for: invariant 5.
func sentBody(t require.TestingT, body string, binary bool) string {
	if !binary {
		return body
	}
	b, err := base64.StdEncoding.DecodeString(body)
	require.NoError(t, err)
	return string(b)
}

// TestInvariantsOfRESTEvents: 5, 7, 8, and that every event is one that aws-lambda-go reads.
func TestInvariantsOfRESTEvents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		f := &fn{}
		api := restWith(t, f, func(c *apigateway.RESTConfig) {
			c.BinaryMediaTypes = []string{"image/*", "application/x-www-form-urlencoded"}
			root := c.Methods[0]
			root.Path = "/"
			c.Methods = append(c.Methods, root)
		})
		require.Equal(t, 200, ask(api, d.Request).StatusCode)
		event := f.event(t)
		var e events.APIGatewayProxyRequest
		require.NoError(t, json.Unmarshal(event, &e), "%s", event)

		// 5
		require.Equal(t, d.Text, sentBody(t, e.Body, e.IsBase64Encoded))
		kind := d.Header.Get("Content-Type")
		require.Equal(t, d.Text != "" && (kind == "image/png" || kind == "application/x-www-form-urlencoded"), e.IsBase64Encoded)
		// 7
		require.ElementsMatch(t, slices.Collect(maps.Keys(e.Headers)), slices.Collect(maps.Keys(e.MultiValueHeaders)))
		for name, value := range e.Headers {
			require.Equal(t, value, e.MultiValueHeaders[name][len(e.MultiValueHeaders[name])-1])
		}
		require.Len(t, e.QueryStringParameters, len(e.MultiValueQueryStringParameters))
		for name, value := range e.QueryStringParameters {
			require.Equal(t, value, e.MultiValueQueryStringParameters[name][len(e.MultiValueQueryStringParameters[name])-1])
		}
		sent := map[string][]string{}
		for _, p := range d.Query {
			sent[form(p.Name)] = append(sent[form(p.Name)], form(p.Value))
		}
		if len(sent) == 0 {
			sent = nil
		}
		require.Equal(t, sent, e.MultiValueQueryStringParameters)
		for _, p := range d.Headers {
			if p.Name != "X-Forwarded-For" {
				require.Equal(t, doortest.Values(d.Headers, p.Name), e.MultiValueHeaders[p.Name])
			}
		}
		// 8
		require.Equal(t, d.Path, e.RequestContext.Path)
		require.False(t, strings.HasPrefix(e.Path, "//"), e.Path)
		require.True(t, strings.HasSuffix(d.Path, e.Path) || e.Path == "/")
	})
}

// form decodes a part of a query as browsers encode it; a percent sign without two digits stays.
func form(s string) string {
	decoded, err := url.QueryUnescape(s)
	if err != nil {
		return s
	}
	return decoded
}

// TestInvariantsOfHTTPEvents: 5, 9, 10 and 11.
func TestInvariantsOfHTTPEvents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		f := &fn{}
		resp := ask(httpWith(t, f, nil), d.Request)
		if resp.StatusCode == 400 {
			require.Contains(t, d.Path, "%25", "a percent sign that is left over")
			require.Empty(t, f.calls)
			return
		}
		require.Equal(t, 200, resp.StatusCode)
		event := f.event(t)
		var e events.APIGatewayV2HTTPRequest
		require.NoError(t, json.Unmarshal(event, &e), "%s", event)
		require.Equal(t, d.Text, sentBody(t, e.Body, e.IsBase64Encoded)) // 5
		// 9
		_, query, _ := strings.Cut(d.RequestURI, "?")
		require.Equal(t, query, e.RawQueryString)
		joined := map[string]string{}
		for _, p := range d.Query {
			if before, again := joined[form(p.Name)]; again {
				joined[form(p.Name)] = before + "," + form(p.Value)
			} else {
				joined[form(p.Name)] = form(p.Value)
			}
		}
		if len(joined) == 0 {
			joined = nil
		}
		require.Equal(t, joined, e.QueryStringParameters)
		// 10
		require.NotContains(t, e.Headers, "cookie")
		require.Equal(t, strings.ReplaceAll(strings.Join(e.Cookies, ";"), " ", ""), strings.ReplaceAll(strings.Join(nonEmpty(d.Header.Values("Cookie")), ";"), " ", ""))
		// 11
		for name := range e.Headers {
			require.Equal(t, strings.ToLower(name), name)
		}
		members := fields(t, event)
		for _, absent := range []string{"body", "cookies", "queryStringParameters", "pathParameters", "stageVariables"} {
			if value, ok := members[absent]; ok {
				require.NotContains(t, []string{`""`, `[]`, `{}`, `null`}, string(value), absent)
			}
		}
	})
}

func nonEmpty(list []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == "" })
}

// apis are one API of each kind and format before f.
func apis(t require.TestingT, f *fn) map[string]http.Handler {
	first := func(c *apigateway.HTTPConfig) { c.Routes[0].PayloadFormatVersion = apigateway.Payload1 }
	return map[string]http.Handler{"rest": restWith(t, f, nil), "http 2.0": httpWith(t, f, nil), "http 1.0": httpWith(t, f, first)}
}

// TestInvariant13: what a function answers rightly passes with status and body intact.
func TestInvariant13(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		status := rapid.IntRange(200, 599).Draw(t, "status")
		body := rapid.String().Draw(t, "body")
		values := rapid.MapOfN(rapid.StringMatching(`x-[a-f]{1,3}`), rapid.StringMatching(`[!-~]([ -~]{0,5}[!-~])?`), 0, 4).Draw(t, "headers")
		result, err := json.Marshal(map[string]any{"statusCode": status, "headers": values, "body": body})
		require.NoError(t, err)
		f := &fn{result: string(result)}
		for name, api := range apis(t, f) {
			f.calls = nil
			resp := ask(api, get("/stage/x"))
			require.Equal(t, status, resp.StatusCode, name)
			if status != 204 && status != 304 {
				require.Equal(t, body, bodyOf(t, resp), name)
				require.Equal(t, strconv.Itoa(len(body)), resp.Header.Get("Content-Length"))
			}
			for h, v := range values {
				require.Equal(t, []string{v}, resp.Header.Values(h), name)
			}
			require.Len(t, f.calls, 1) // invariant 12
		}
	})
}

// TestInvariant14: a malformed result gives the door's own error, and not a byte of what was returned. Invariant 12:
// and the function is called once, whatever it does.
func TestInvariant14(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		malformed := rapid.OneOf(rapid.Custom(doortest.Malformed), rapid.SampledFrom([]string{
			`{"statusCode":200,"headers":{"a":{"secret":1}}}`, `{"statusCode":200,"headers":["secret"]}`,
			`{"statusCode":200,"headers":{"secret\n":"a"}}`, `{"statusCode":200,"headers":{"a":"secret\r\nx: y"}}`,
		})).Draw(t, "result")
		f := &fn{result: malformed}
		if rapid.Bool().Draw(t, "fails") {
			f = &fn{fault: `{"errorMessage":"secret","errorType":"secret"}`}
		}
		for name, api := range apis(t, f) {
			f.calls = nil
			resp := ask(api, get("/stage/x"))
			body := bodyOf(t, resp)
			require.Len(t, f.calls, 1)
			switch {
			case name == "rest" && !f.decodes():
				require.Equal(t, internalError, body)
				require.Equal(t, 502, resp.StatusCode)
			case name == "rest", name == "http 2.0" && f.inferred():
				require.Equal(t, 200, resp.StatusCode, "in this API it is an answer")
			default:
				require.Equal(t, `{"message":"Internal Server Error"}`, body)
				require.Equal(t, 500, resp.StatusCode)
			}
			if resp.StatusCode >= 500 {
				for h, values := range resp.Header {
					require.NotContains(t, strings.ToLower(h+strings.Join(values, "")), "secret")
				}
			}
		}
	})
}

// decodes says that the result is malformed for its Base64 only, which a REST API without binary media types sends on.
func (f *fn) decodes() bool {
	return f.fault == "" && strings.Contains(f.result, `"isBase64Encoded":true`)
}

// inferred says that payload 2.0 takes the result for a body.
func (f *fn) inferred() bool {
	var object map[string]json.RawMessage
	if f.fault != "" {
		return false
	}
	err := json.Unmarshal([]byte(f.result), &object)
	_, has := object["statusCode"]
	return err != nil || !has
}

// TestInvariant21: what is over a door's limit is never invoked.
func TestInvariant21(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		over := rapid.IntRange(-2, 2).Draw(t, "over")
		f := &fn{}
		for name, api := range apis(t, f) {
			f.calls = nil
			r := request("POST", "/stage/x", "x", "Content-Type", "text/plain")
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader("x")), int64(10<<20+over) // what it announces is enough
			resp := ask(api, r)
			require.Equal(t, over > 0, resp.StatusCode == 413, name)
			require.Equal(t, over <= 0, len(f.calls) == 1, name)
		}
	})
}

// TestDeterminism: equal seeds and equal requests give equal events and answers, whatever the order of maps.
func TestDeterminism(t *testing.T) {
	seen := map[string]string{}
	for range 20 {
		f := &fn{}
		for name, api := range apis(t, f) {
			f.calls = nil
			r := request("POST", "/stage/x?b=1&a=2&b=3", "x", "x-b", "1", "X-B", "2", "X-A", "3", "x-A", "4")
			resp := ask(api, r)
			event := string(f.event(t))
			// Of the instant, only what depends on it differs.
			var members map[string]json.RawMessage
			require.NoError(t, json.Unmarshal([]byte(event), &members))
			line := string(members["queryStringParameters"]) + resp.Header.Get("x-amz-apigw-id") + resp.Header.Get("Apigw-Requestid")
			if name != "http 2.0" {
				line += headersOf(t, members["multiValueHeaders"])
			}
			if before, ok := seen[name]; ok {
				require.Equal(t, before, line, name)
			}
			seen[name] = line
		}
	}
}

func headersOf(t require.TestingT, raw json.RawMessage) string {
	all := fields(t, raw)
	delete(all, "X-Amzn-Trace-Id")
	b, err := json.Marshal(all)
	require.NoError(t, err)
	return string(b)
}

// TestRouteMatchesModel compares REST routing with the obvious search: of all resources that fit, the one that is most
// special at the first part in which they differ.
func TestRouteMatchesModel(t *testing.T) {
	part := rapid.SampledFrom([]string{"a", "b", "{x}"})
	rapid.Check(t, func(t *rapid.T) {
		var paths []string
		for range rapid.IntRange(1, 6).Draw(t, "resources") {
			p := "/" + strings.Join(rapid.SliceOfN(part, 0, 3).Draw(t, "parts"), "/")
			if rapid.Bool().Draw(t, "greedy") {
				p = strings.TrimSuffix(p, "/") + "/{rest+}"
			}
			if !slices.Contains(paths, p) {
				paths = append(paths, p)
			}
		}
		f := &fn{}
		api := restWith(t, f, func(c *apigateway.RESTConfig) {
			m := c.Methods[0]
			c.Methods = nil
			for _, p := range paths {
				m.Path = p
				c.Methods = append(c.Methods, m)
			}
		})
		asked := "/" + strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), 0, 4).Draw(t, "asked"), "/")
		want := bestResource(paths, asked)
		resp := ask(api, get("/stage"+asked))
		if want == "" {
			require.Equal(t, 403, resp.StatusCode)
			return
		}
		require.Equal(t, 200, resp.StatusCode)
		requireMembers(t, f.event(t), map[string]string{"resource": strconv.Quote(want)})
	})
}

func bestResource(paths []string, asked string) string {
	best, bestRank := "", ""
	parts := strings.Split(strings.Trim(asked, "/"), "/")
	if asked == "/" {
		parts = nil
	}
	for _, p := range paths {
		if rank, ok := fit(p, parts); ok && (best == "" || rank < bestRank) {
			best, bestRank = p, rank
		}
	}
	return best
}

// fit ranks how a resource fits: a letter for each part, the lower the more special.
func fit(resource string, parts []string) (string, bool) {
	rank := ""
	want := strings.Split(strings.Trim(resource, "/"), "/")
	if resource == "/" {
		want = nil
	}
	for i, w := range want {
		switch {
		case i >= len(parts):
			return "", false
		case strings.HasSuffix(w, "+}"):
			return rank + "c", true
		case w == parts[i]:
			rank += "a"
		case w[0] == '{':
			rank += "b"
		default:
			return "", false
		}
	}
	return rank, len(want) == len(parts)
}
