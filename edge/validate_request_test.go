package edge

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// asked is a request as the function at a trigger is shown it.
func asked(t EventType) *request {
	r := &request{clientIP: "192.0.2.1", method: "GET", uri: "/a", query: "q=1", header: headerOf("Host", "example.org", "X-A", "1")}
	if t == OriginRequest {
		r.origin = (&Origin{DomainName: "example.org"}).withDefaults().event(true)
	}
	return r
}

// returning applies what a function makes of what it is shown.
func returning(t EventType, was *request, edit func(*Request)) (*request, *failure) {
	r := was.show()
	edit(r)
	return applyRequest(t, was, was.show(), r)
}

func TestApplyRequest(t *testing.T) {
	for _, event := range []EventType{ViewerRequest, OriginRequest} {
		was := asked(event)
		next, f := returning(event, was, func(*Request) {})
		require.Nil(t, f)
		require.Equal(t, was, next, "the identity changes nothing")

		next, f = returning(event, was, func(r *Request) {
			r.URI, r.QueryString, r.Method, r.ClientIP, r.Origin = "/b", "", "", "", nil
			r.Headers.Del("X-A")
			r.Headers.Set("X-B", "2")
		})
		require.Nil(t, f)
		require.Equal(t, &request{clientIP: "192.0.2.1", method: "GET", uri: "/b", header: headerOf("Host", "example.org", "X-B", "2"), origin: was.origin}, next,
			"what is left out is deleted, but for what keeps its value")
		require.Equal(t, asked(event), was, "and the request before is what it was")
	}
}

func TestReadOnlyFields(t *testing.T) {
	for name, edit := range map[string]func(*Request){
		"method": func(r *Request) { r.Method = "HEAD" }, "method's case": func(r *Request) { r.Method = "get" },
		"address": func(r *Request) { r.ClientIP = "192.0.2.2" },
	} {
		_, f := returning(ViewerRequest, asked(ViewerRequest), edit)
		require.NotNil(t, f, name)
		require.Equal(t, textInvalid, f.text)
	}
}

func TestCheckURI(t *testing.T) {
	for _, c := range []struct {
		name, uri, query string
		ok               bool
	}{
		{"a path", "/a", "q=1", true},
		{"anything in it", "/a?b#c é", "", true},
		{"8,191 characters", "/" + strings.Repeat("a", 4095), strings.Repeat("q", 4095), true},
		{"8,192 characters", "/" + strings.Repeat("a", 4095), strings.Repeat("q", 4096), false},
		{"characters, not bytes", "/" + strings.Repeat("é", 8190), "", true},
		{"no slash", "a", "", false},
		{"nothing", "", "", false},
		{"a whole URL", "https://example.org/", "", false},
		{"a line break", "/a\nb", "", false},
		{"a delete", "/a\x7f", "", false},
		{"a space in the query", "/", "a b", false},
		{"a fragment in the query", "/", "a#b", false},
		{"a tab in the query", "/", "a\tb", false},
		{"a question mark in the query", "/", "a?b", true},
	} {
		require.Equal(t, c.ok, checkURI(c.uri, c.query) == nil, c.name)
	}
}

func TestOriginOfACustomServer(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(*CustomOrigin)
		ok   bool
	}{
		"as it was":              {func(*CustomOrigin) {}, true},
		"another name":           {func(o *CustomOrigin) { o.DomainName = "other.example" }, true},
		"HTTP at 80":             {func(o *CustomOrigin) { o.Protocol, o.Port = "http", 80 }, true},
		"a high port":            {func(o *CustomOrigin) { o.Port = 65535 }, true},
		"port 1024":              {func(o *CustomOrigin) { o.Port = 1024 }, true},
		"port 1023":              {func(o *CustomOrigin) { o.Port = 1023 }, false},
		"port 65536":             {func(o *CustomOrigin) { o.Port = 65536 }, false},
		"port 0":                 {func(o *CustomOrigin) { o.Port = 0 }, false},
		"timeouts at their ends": {func(o *CustomOrigin) { o.ReadTimeout, o.KeepaliveTimeout = 4, 1 }, true},
		"and at the others":      {func(o *CustomOrigin) { o.ReadTimeout, o.KeepaliveTimeout = 60, 60 }, true},
		"read timeout 61":        {func(o *CustomOrigin) { o.ReadTimeout = 61 }, false},
		"keep-alive timeout 0":   {func(o *CustomOrigin) { o.KeepaliveTimeout = 0 }, false},
		"keep-alive timeout 61":  {func(o *CustomOrigin) { o.KeepaliveTimeout = 61 }, false},
		"a path":                 {func(o *CustomOrigin) { o.Path = "/p" }, true},
		"a path of 255":          {func(o *CustomOrigin) { o.Path = "/" + strings.Repeat("p", 254) }, true},
		"a path of 256":          {func(o *CustomOrigin) { o.Path = "/" + strings.Repeat("p", 255) }, false},
		"a path of a slash":      {func(o *CustomOrigin) { o.Path = "/" }, false},
		"a path without one":     {func(o *CustomOrigin) { o.Path = "p" }, false},
		"a path not encoded":     {func(o *CustomOrigin) { o.Path = "/a b" }, false},
		"an address":             {func(o *CustomOrigin) { o.DomainName = "192.0.2.1" }, false},
		"an IPv6 address":        {func(o *CustomOrigin) { o.DomainName = "[2001:db8::1]" }, false},
		"a port in the name":     {func(o *CustomOrigin) { o.DomainName = "example.org:80" }, false},
		"a path in the name":     {func(o *CustomOrigin) { o.DomainName = "example.org/a" }, false},
		"no name":                {func(o *CustomOrigin) { o.DomainName = "" }, false},
		"a name of 254":          {func(o *CustomOrigin) { o.DomainName = strings.Repeat("a.", 126) + "aa" }, false},
		"a label of 64":          {func(o *CustomOrigin) { o.DomainName = strings.Repeat("a", 64) + ".example" }, false},
		"another protocol":       {func(o *CustomOrigin) { o.Protocol = "ftp" }, false},
		"SSLv3":                  {func(o *CustomOrigin) { o.SSLProtocols = []string{"SSLv3", "TLSv1.2"} }, true},
		"an unknown one":         {func(o *CustomOrigin) { o.SSLProtocols = []string{"TLSv9"} }, false},
	} {
		t.Run(name, func(t *testing.T) {
			next, f := returning(OriginRequest, asked(OriginRequest), func(r *Request) { c.edit(r.Origin.Custom) })
			require.Equal(t, c.ok, f == nil)
			if f != nil {
				require.Equal(t, textInvalid, f.text)
			} else {
				require.NotNil(t, next.origin.Custom)
			}
		})
	}
}

// TestTimeoutsOfTheDistributionStay: a quota that was raised for the distribution does not make a function's identity a
// mistake.
func TestTimeoutsOfTheDistributionStay(t *testing.T) {
	was := asked(OriginRequest)
	was.origin.Custom.ReadTimeout, was.origin.Custom.KeepaliveTimeout = 180, 180
	_, f := returning(OriginRequest, was, func(r *Request) { r.Origin.Custom.DomainName = "other.example" })
	require.Nil(t, f)
	_, f = returning(OriginRequest, was, func(r *Request) { r.Origin.Custom.ReadTimeout = 179 })
	require.NotNil(t, f)
}

func TestOriginOfABucket(t *testing.T) {
	identity := BucketOrigin(&Bucket{Name: "b"}, &S3Access{OriginAccessIdentity: true}).withDefaults().event(true)
	public := BucketOrigin(&Bucket{Name: "b"}, nil).withDefaults().event(true)
	control := BucketOrigin(&Bucket{Name: "b"}, &S3Access{OriginAccessControl: "always"}).withDefaults().event(true)
	require.Equal(t, public, control, "an access control cannot be expressed")
	custom := asked(OriginRequest).origin
	to := func(auth, domain, region string) *RequestOrigin {
		return &RequestOrigin{S3: &S3Origin{AuthMethod: auth, DomainName: domain, Region: region}}
	}
	for _, c := range []struct {
		name     string
		was, now *RequestOrigin
		ok       bool
	}{
		{"identity kept", identity, to("origin-access-identity", "other.s3.amazonaws.com", "eu-central-1"), true},
		{"identity without a Region", identity, to("origin-access-identity", "other.s3.amazonaws.com", ""), false},
		{"identity given up", identity, to("none", "other.s3.amazonaws.com", ""), true},
		{"identity taken", public, to("origin-access-identity", "b.s3.amazonaws.com", "us-east-1"), false},
		{"identity taken by a server", custom, to("origin-access-identity", "b.s3.amazonaws.com", "us-east-1"), false},
		{"server to bucket", custom, to("none", "b.s3.amazonaws.com", ""), true},
		{"bucket to server", public, custom, true},
		{"another method", public, to("iam", "b.s3.amazonaws.com", ""), false},
		{"no method", public, to("", "b.s3.amazonaws.com", ""), false},
		{"capitals", public, to("none", "B.s3.amazonaws.com", ""), false},
		{"128 characters", public, to("none", strings.Repeat("a.", 63)+"aa", ""), true},
		{"129 characters", public, to("none", strings.Repeat("a.", 63)+"aaa", ""), false},
		{"neither", public, &RequestOrigin{}, false},
		{"both", public, &RequestOrigin{S3: public.S3, Custom: custom.Custom}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			was := asked(OriginRequest)
			was.origin = c.was
			next, f := returning(OriginRequest, was, func(r *Request) { r.Origin = c.now })
			require.Equal(t, c.ok, f == nil)
			if f == nil {
				require.Equal(t, c.now, next.origin)
				require.NotSame(t, c.now, next.origin, "the function's own may change later")
			}
		})
	}
	_, f := returning(ViewerRequest, asked(ViewerRequest), func(r *Request) { r.Origin = public })
	require.NotNil(t, f, "there is none to set at the viewers' side")
}

func TestReplacedBodies(t *testing.T) {
	for _, event := range []EventType{ViewerRequest, OriginRequest} {
		text, encoded := 40<<10, 54476
		if event == OriginRequest {
			text, encoded = 1<<20, 1394606
		}
		for _, c := range []struct {
			name string
			body Body
			want string
			ok   bool
		}{
			{"text", Body{Action: Replace, Encoding: Text, Data: "x=1"}, "x=1", true},
			{"base64 by default", Body{Action: Replace, Data: "eD0x"}, "x=1", true},
			{"base64", Body{Action: Replace, Encoding: Base64, Data: "eD0x"}, "x=1", true},
			{"emptied", Body{Action: Replace, Encoding: Text}, "", true},
			{"all that text may have", Body{Action: Replace, Encoding: Text, Data: strings.Repeat("x", text)}, strings.Repeat("x", text), true},
			{"one more", Body{Action: Replace, Encoding: Text, Data: strings.Repeat("x", text+1)}, "", false},
			{"all that base64 may have", Body{Action: Replace, Data: strings.Repeat("A", encoded&^3)}, strings.Repeat("\x00", encoded&^3/4*3), true},
			{"four more", Body{Action: Replace, Data: strings.Repeat("A", encoded&^3+4)}, "", false},
			{"bad base64", Body{Action: Replace, Data: "eD0"}, "", false},
			{"another encoding", Body{Action: Replace, Encoding: "hex", Data: "00"}, "", false},
			{"another action", Body{Action: "append", Data: "eD0x"}, "", false},
			{"read-only", Body{Action: ReadOnly, Data: "%%", Encoding: "hex"}, "before", true},
			{"no action", Body{Data: "%%"}, "before", true},
		} {
			t.Run(string(event)+"/"+c.name, func(t *testing.T) {
				was := asked(event)
				was.body = replaced([]byte("before"))
				was.header.Set("Content-Length", "6")
				next, f := returning(event, was, func(r *Request) { r.Body = &c.body })
				require.Equal(t, c.ok, f == nil)
				if f != nil {
					require.Equal(t, textBody, f.text)
					return
				}
				require.Equal(t, c.want, string(next.body.head))
				require.EqualValues(t, len(c.want), next.body.length)
				require.EqualValues(t, []string{itoa(len(c.want))}, next.header["Content-Length"], "the next function sees the new length")
				require.Equal(t, []string{"6"}, was.header["Content-Length"])
			})
		}
	}
}

// TestInvariant12MutationsAtTheTriggers: through the whole of a returned request, any change of a read-only header is a
// failure, and a change of anything else is none.
func TestInvariant12MutationsAtTheTriggers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		event := rapid.SampledFrom([]EventType{ViewerRequest, OriginRequest}).Draw(t, "event")
		was := asked(event)
		was.header = http.Header{}
		for _, name := range readOnlyNames[event] {
			if rapid.Bool().Draw(t, "has "+name) {
				was.header[name] = []string{"1"}
			}
		}
		name := rapid.SampledFrom(append([]string{"X-A", "Cookie", "Accept"}, readOnlyNames[event]...)).Draw(t, "name")
		readOnly := strings.Contains(strings.Join(readOnlyNames[event], " ")+" ", name+" ")
		_, f := returning(event, was, func(r *Request) {
			switch {
			case r.Headers.Get(name) == "":
				r.Headers.Set(name, "2")
			case rapid.Bool().Draw(t, "delete"):
				r.Headers.Del(name)
			default:
				r.Headers.Add(name, "2")
			}
		})
		require.Equal(t, readOnly, f != nil)
	})
}

// TestInvariant14ExposedBodies: a function sees the first bytes, knows whether there are more, and the origin gets all.
func TestInvariant14ExposedBodies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sent := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "sent")
		limit := rapid.IntRange(1, 45).Draw(t, "limit")
		known := rapid.Bool().Draw(t, "known length")
		b := &body{rest: strings.NewReader(string(sent)), length: -1}
		if known {
			b.length = int64(len(sent))
		}
		for range rapid.IntRange(1, 3).Draw(t, "how often") { // by one function, or by both
			seen, err := b.expose(limit)
			require.NoError(t, err)
			require.Equal(t, base64.StdEncoding.EncodeToString(sent[:min(len(sent), limit)]), seen.Data)
			require.Equal(t, len(sent) > limit, seen.InputTruncated)
			require.Equal(t, []string{ReadOnly, Base64}, []string{seen.Action, seen.Encoding})
		}
		if known || len(sent) <= limit {
			require.EqualValues(t, len(sent), b.length)
		}
		require.Equal(t, string(sent), readAll(t, b.reader()))
	})
}
