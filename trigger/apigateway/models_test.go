package apigateway_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/apigateway"
	"github.com/lambdakit/lambdakit/trigger/internal/doortest"
)

// TestRESTRoundTrip makes of an event the request that it must have come from.
func TestRESTRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		f := &fn{}
		api := restWith(t, f, func(c *apigateway.RESTConfig) {
			c.BinaryMediaTypes = []string{"*/*"}
			root := c.Methods[0]
			root.Path = "/"
			c.Methods = append(c.Methods, root)
		})
		require.Equal(t, 200, ask(api, d.Request).StatusCode)
		var e events.APIGatewayProxyRequest
		require.NoError(t, json.Unmarshal(f.event(t), &e))
		path, query, _ := strings.Cut(d.RequestURI, "?")
		require.Equal(t, path, e.RequestContext.Path)
		require.Equal(t, d.Method, e.HTTPMethod)
		sent, err := url.ParseQuery(strings.ReplaceAll(query, ";", "%3B"))
		require.NoError(t, err)
		require.Equal(t, len(sent), len(e.MultiValueQueryStringParameters))
		for key, values := range sent {
			require.Equal(t, values, e.MultiValueQueryStringParameters[key], key)
		}
		for name, values := range d.Header {
			if name != "X-Forwarded-For" {
				require.Equal(t, values, e.MultiValueHeaders[name], name)
			}
		}
		require.Equal(t, strings.Join(append(d.Header["X-Forwarded-For"], "192.0.2.1"), ", "), e.Headers["X-Forwarded-For"])
		require.Equal(t, d.Text, sentBody(t, e.Body, e.IsBase64Encoded))
	})
}

// TestHTTPRoundTrip does so for an HTTP API, of whose path only the decoded form is left.
func TestHTTPRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := doortest.Draw(t)
		f := &fn{}
		if ask(httpWith(t, f, nil), d.Request).StatusCode != 200 {
			require.Empty(t, f.calls)
			return
		}
		var e events.APIGatewayV2HTTPRequest
		require.NoError(t, json.Unmarshal(f.event(t), &e))
		path, query, _ := strings.Cut(d.RequestURI, "?")
		once, err := url.PathUnescape(path)
		require.NoError(t, err)
		once, _, _ = strings.Cut(once, "?")
		twice, err := url.PathUnescape(once)
		require.NoError(t, err)
		require.Equal(t, twice, e.RawPath)
		require.Equal(t, query, e.RawQueryString)
		for name, values := range d.Header {
			switch name {
			case "Cookie":
				require.Equal(t, strings.FieldsFunc(strings.ReplaceAll(strings.Join(values, ";"), " ", ""), func(r rune) bool { return r == ';' }),
					withoutSpaces(e.Cookies))
			case "X-Forwarded-For":
				require.Equal(t, strings.Join(append(values, "192.0.2.1"), ", "), e.Headers["x-forwarded-for"])
			default:
				require.Equal(t, strings.Join(values, ","), e.Headers[strings.ToLower(name)], name)
			}
		}
	})
}

func withoutSpaces(list []string) []string {
	out := []string{}
	for _, s := range list {
		out = append(out, strings.ReplaceAll(s, " ", ""))
	}
	return out
}

// TestHTTPRouteMatchesModel compares routing with the obvious search among the routes that take the method: a method
// before ANY where the paths are one, $default if there is nothing else, and a slash at the end is a part of its own.
func TestHTTPRouteMatchesModel(t *testing.T) {
	part := rapid.SampledFrom([]string{"a", "b", "{x}"})
	method := rapid.SampledFrom([]string{"GET", "PUT", "ANY"})
	rapid.Check(t, func(t *rapid.T) {
		var keys []string
		for range rapid.IntRange(1, 6).Draw(t, "routes") {
			p := "/" + strings.Join(rapid.SliceOfN(part, 0, 3).Draw(t, "parts"), "/")
			if rapid.Bool().Draw(t, "greedy") {
				p = strings.TrimSuffix(p, "/") + "/{rest+}"
			}
			if key := method.Draw(t, "method") + " " + p; !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
		fallback := rapid.Bool().Draw(t, "default")
		f := &fn{}
		api := httpWith(t, f, func(c *apigateway.HTTPConfig) {
			if !fallback {
				c.Routes = nil
			}
			for _, key := range keys {
				c.Routes = append(c.Routes, apigateway.Route{RouteKey: key, Function: "f"})
			}
		})
		asked := "/" + strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), 0, 4).Draw(t, "asked"), "/")
		if rapid.Bool().Draw(t, "slash") && asked != "/" {
			asked += "/"
		}
		verb := rapid.SampledFrom([]string{"GET", "PUT", "DELETE"}).Draw(t, "verb")
		want := bestRoute(keys, verb, asked)
		if want == "" && fallback {
			want = "$default"
		}
		resp := ask(api, request(verb, asked, ""))
		if want == "" {
			require.Equal(t, 404, resp.StatusCode)
			require.Empty(t, f.calls)
			return
		}
		require.Equal(t, 200, resp.StatusCode)
		requireMembers(t, f.event(t), map[string]string{"routeKey": `"` + want + `"`})
	})
}

// bestRoute is the key of the best route, or "".
func bestRoute(keys []string, verb, asked string) string {
	best, bestRank := "", ""
	for _, key := range keys {
		method, path, _ := strings.Cut(key, " ")
		if method != verb && method != "ANY" {
			continue
		}
		rank, ok := fitExactly(path, asked)
		if ok && method == "ANY" {
			rank += "~"
		}
		if ok && (best == "" || rank < bestRank) {
			best, bestRank = key, rank
		}
	}
	return best
}

// fitExactly is [fit] for paths in which every slash counts.
func fitExactly(route, asked string) (rank string, ok bool) {
	if route == "/" || asked == "/" {
		return "", route == asked
	}
	parts := strings.Split(asked[1:], "/")
	for i, w := range strings.Split(route[1:], "/") {
		switch {
		case i >= len(parts):
			return "", false
		case strings.HasSuffix(w, "+}"):
			return rank + "c", strings.Join(parts[i:], "/") != ""
		case w == parts[i]:
			rank += "a"
		case w[0] == '{' && parts[i] != "":
			rank += "b"
		default:
			return "", false
		}
	}
	return rank, len(strings.Split(route[1:], "/")) == len(parts)
}

// TestMergedHeadersMatchModel compares what goes out of both maps with AWS's words: the lists, then the singles that no
// list has.
func TestMergedHeadersMatchModel(t *testing.T) {
	name := rapid.SampledFrom([]string{"x-a", "X-A", "x-b", "Set-Cookie"})
	value := rapid.SampledFrom([]string{"1", "2", "a=b"})
	rapid.Check(t, func(t *rapid.T) {
		lists := rapid.MapOfN(name, rapid.SliceOfN(value, 0, 3), 0, 2).Draw(t, "lists")
		singles := rapid.MapOfN(name, value, 0, 2).Draw(t, "singles")
		result, err := json.Marshal(map[string]any{"statusCode": 200, "multiValueHeaders": lists, "headers": singles})
		require.NoError(t, err)
		want := http.Header{}
		for _, key := range slices.Sorted(maps.Keys(lists)) {
			for _, v := range lists[key] {
				want.Add(key, v)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(singles)) {
			if !slices.Contains(want.Values(key), singles[key]) {
				want.Add(key, singles[key])
			}
		}
		f := &fn{result: string(result)}
		first := httpWith(t, f, func(c *apigateway.HTTPConfig) { c.Routes[0].PayloadFormatVersion = apigateway.Payload1 })
		for _, api := range []http.Handler{restWith(t, f, nil), first} {
			got := ask(api, get("/stage/x")).Header
			for _, key := range []string{"X-A", "X-B", "Set-Cookie"} {
				require.Equal(t, want.Values(key), got.Values(key), key)
			}
		}
	})
}

// TestMemoryMatchesModel compares how often an authorizer is asked with a list of what it said and when.
func TestMemoryMatchesModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rapid.SyncTest(t, func(t *rapid.T) {
			ttl := time.Duration(rapid.IntRange(0, 20).Draw(t, "ttl")) * time.Second
			g := newGuarded()
			g.said = policyFor("Allow", "*", "")
			api := g.rest(t, apigateway.LambdaAuthorizer{ResultTTL: &ttl})
			asked, until := 0, map[string]time.Time{}
			for range rapid.IntRange(1, 15).Draw(t, "requests") {
				lambdatest.Advance(time.Duration(rapid.IntRange(0, 9).Draw(t, "seconds")) * time.Second)
				who := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "who")
				fails := rapid.IntRange(0, 4).Draw(t, "fails") == 0
				g.fault = ""
				if fails {
					g.fault = `{"errorMessage":"x"}`
				}
				want := 200
				if !time.Now().Before(until[who]) {
					asked++
					if until[who] = time.Now().Add(ttl); fails {
						want, until[who] = 500, time.Time{} // a failure is not remembered
					}
				}
				require.Equal(t, want, ask(api, get("/stage/x", "Authorization", who)).StatusCode)
				require.Len(t, g.asked, asked)
			}
		})
	})
}

// TestCORSMatchesModel compares who is let in with the configuration read aloud.
func TestCORSMatchesModel(t *testing.T) {
	origin := rapid.SampledFrom([]string{"https://a.example", "https://b.example", "http://a.example", "app://x", "null"})
	rapid.Check(t, func(t *rapid.T) {
		allowed := rapid.SliceOfN(rapid.SampledFrom([]string{"https://a.example", "http://a.example", "https://*", "http://*", "*"}), 0, 3).Draw(t, "allowed")
		credentials := rapid.Bool().Draw(t, "credentials") && !slices.Contains(allowed, "*")
		api := httpWith(t, &fn{}, func(c *apigateway.HTTPConfig) {
			c.CORS = &apigateway.CORS{AllowOrigins: allowed, AllowCredentials: credentials}
		})
		from := origin.Draw(t, "from")
		want := ""
		scheme, _, _ := strings.Cut(from, "://")
		switch {
		case slices.Contains(allowed, "*"):
			want = "*"
		case slices.Contains(allowed, from), slices.Contains(allowed, scheme+"://*"):
			want = from
		}
		preflight := request("OPTIONS", "/x", "", "Origin", from, "Access-Control-Request-Method", "GET")
		for _, r := range []*http.Request{get("/x", "Origin", from), preflight, get("/%zz", "Origin", from)} {
			h := ask(api, r).Header
			require.Equal(t, want, h.Get("Access-Control-Allow-Origin"))
			require.Equal(t, credentials && want != "", h.Get("Access-Control-Allow-Credentials") == "true")
		}
	})
}

// TestQuotaMatchesModel compares a key's quota with a count for each day.
func TestQuotaMatchesModel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fn{}
		api := restWith(t, f, func(c *apigateway.RESTConfig) {
			c.Methods[0].APIKeyRequired = true
			c.APIKeys = []apigateway.APIKey{{ID: "k", Value: "v", Quota: &apigateway.Quota{Limit: 3, Period: apigateway.Day}}}
		})
		used := map[string]int{}
		for i := range 200 {
			day := time.Now().UTC().Format(time.DateOnly)
			want := 200
			if used[day] == 3 {
				want = 429
			} else {
				used[day]++
			}
			require.Equal(t, want, ask(api, get("/stage/x", "X-Api-Key", "v")).StatusCode, time.Now())
			lambdatest.Advance(time.Duration(i%7+1) * time.Hour)
		}
	})
}
