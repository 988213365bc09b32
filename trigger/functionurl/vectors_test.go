package functionurl_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/trigger/functionurl"
)

// TestRequestVectors are the vectors 26 to 31: a request, and what its event has and has not.
func TestRequestVectors(t *testing.T) {
	type object = map[string]any
	for _, row := range []struct {
		name   string
		r      *http.Request
		want   object
		absent []string
	}{
		{"vector 26", request("GET", "/", "", "Cookie: a=1; b=2"),
			object{"cookies": []any{"a=1", "b=2"}, "headers.cookie": "a=1; b=2"}, nil},
		{"vector 27", request("GET", "/", ""), object{"rawPath": "/", "rawQueryString": "", "isBase64Encoded": false},
			[]string{"body", "cookies", "queryStringParameters", "pathParameters", "stageVariables", "requestContext.authorizer"}},
		{"vector 28", request("POST", "/", "<idk/>", "Content-Type: idk"), object{"body": "PGlkay8+", "isBase64Encoded": true}, nil},
		{"vector 29", request("GET", "/?q=query&multiQuery=foo&multiQuery=%2Fbar", ""),
			object{"queryStringParameters": object{"multiQuery": "foo,/bar", "q": "query"},
				"rawQueryString": "q=query&multiQuery=foo&multiQuery=%2Fbar"}, nil},
		{"vector 30", request("GET", "/pa2%Fth/1", ""), // net/http's own server would refuse it
			object{"rawPath": "/pa2%Fth/1", "requestContext.http.path": "/pa2%Fth/1"}, nil},
		{"vector 31", request("GET", "/capture/space%20value", ""),
			object{"rawPath": "/capture/space%20value", "requestContext.http.path": "/capture/space value"}, nil},
		{"text", request("POST", "/", "é", "Content-Type: text/plain"), object{"body": "é", "isBase64Encoded": false}, nil},
		{"JSON", request("POST", "/", `{"a":"b"}`, "Content-Type: application/json"), object{"body": `{"a":"b"}`, "isBase64Encoded": false}, nil},
		{"multipart", request("POST", "/", "x", "Content-Type: multipart/form-data; boundary=y"), object{"body": "eA==", "isBase64Encoded": true}, nil},
		{"repeated header", request("GET", "/", "", "X-Probe: first", "X-Probe: second"), object{"headers.x-probe": "first,second"}, nil},
		{"literal and encoded plus", request("GET", "/?literalPlus=a+b&encodedPlus=a%2Bb&empty=", ""),
			object{"queryStringParameters": object{"literalPlus": "a b", "encodedPlus": "a+b", "empty": ""}}, nil},
		{"several cookie lines", request("GET", "/", "", "Cookie: a=1", "Cookie: b=2"),
			object{"cookies": []any{"a=1", "b=2"}, "headers.cookie": "a=1; b=2"}, nil},
		{"a parameter named cookie", request("GET", "/?cookie=a&cookie=b", ""), object{"queryStringParameters": object{"cookie": "a,b"}}, nil},
		{"headers of the connection", request("GET", "/", "", "Connection: keep-alive", "Authorization: Bearer x"),
			object{"headers.authorization": "Bearer x"}, []string{"headers.connection"}},
		{"keys", request("PUT", "/", "", "User-Agent: probe"), object{
			"version": "2.0", "routeKey": "$default", "requestContext.routeKey": "$default", "requestContext.stage": "$default",
			"requestContext.accountId": "anonymous", "requestContext.http.method": "PUT", "requestContext.http.protocol": "HTTP/1.1",
			"requestContext.http.sourceIp": "192.0.2.1", "requestContext.http.userAgent": "probe",
			"headers.x-forwarded-for": "192.0.2.1", "headers.x-forwarded-port": "443", "headers.x-forwarded-proto": "https",
			"headers.x-amzn-tls-version": "TLSv1.3", "headers.x-amzn-tls-cipher-suite": "TLS_AES_128_GCM_SHA256",
		}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			l := newLab(t, registry.FunctionURLInput{}, functionurl.Options{})
			res, _ := l.do(row.r)
			require.Equal(t, 200, res.StatusCode)
			for path, want := range row.want {
				got, ok := at(l.event(t), path)
				require.True(t, ok, path)
				require.Equal(t, want, got, path)
			}
			for _, path := range row.absent {
				_, ok := at(l.event(t), path)
				require.False(t, ok, path)
			}
			var e events.LambdaFunctionURLRequest
			require.NoError(t, json.Unmarshal(l.inputs[0].Payload, &e))
			require.Equal(t, l.host, e.RequestContext.DomainName)
			require.Equal(t, l.host, e.RequestContext.APIID+".lambda-url.us-east-1.on.aws")
			require.Equal(t, e.RequestContext.APIID, e.RequestContext.DomainPrefix)
			require.Equal(t, l.inputs[0].RequestID, e.RequestContext.RequestID)
			require.Equal(t, l.inputs[0].RequestID, res.Header.Get("X-Amzn-RequestId"))
		})
	}
}

// at follows a dotted path.
func at(v any, path string) (any, bool) {
	for name := range strings.SplitSeq(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		if v, ok = m[name]; !ok {
			return nil, false
		}
	}
	return v, true
}

// A whole event, byte for byte, with its instant in virtual time.
func TestWholeEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, registry.FunctionURLInput{}, functionurl.Options{})
		_, _ = l.do(request("POST", "/a%20b?c=d", "hello", "Content-Type: text/plain", "Cookie: e=f", "X-Amzn-Trace-Id: Root=1-a-b"))
		in := l.inputs[0]
		id := l.host[:32]
		require.Equal(t, `{"version":"2.0","routeKey":"$default","rawPath":"/a%20b","rawQueryString":"c=d","cookies":["e=f"],`+
			`"headers":{"content-length":"5","content-type":"text/plain","cookie":"e=f","host":"`+l.host+`",`+
			`"x-amzn-tls-cipher-suite":"TLS_AES_128_GCM_SHA256","x-amzn-tls-version":"TLSv1.3","x-amzn-trace-id":"Root=1-a-b",`+
			`"x-forwarded-for":"192.0.2.1","x-forwarded-port":"443","x-forwarded-proto":"https"},`+
			`"queryStringParameters":{"c":"d"},"requestContext":{"accountId":"anonymous","apiId":"`+id+`","domainName":"`+l.host+`",`+
			`"domainPrefix":"`+id+`","http":{"method":"POST","path":"/a b","protocol":"HTTP/1.1","sourceIp":"192.0.2.1","userAgent":""},`+
			`"requestId":"`+in.RequestID+`","routeKey":"$default","stage":"$default","time":"01/Jan/2000:00:00:00 +0000",`+
			`"timeEpoch":946684800000},"body":"hello","isBase64Encoded":false}`, string(in.Payload))
		require.Equal(t, "*", in.Caller.Principal)
		require.Equal(t, "NONE", in.Caller.FunctionURLAuthType)
		require.Equal(t, "Root=1-a-b", in.TraceHeader)
	})
}

const (
	forbiddenBody = `{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: ` +
		`https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}`
	octets = "application/octet-stream"
	text   = "application/json"
)

type answer struct {
	status int
	typ    string
	body   string
}

func answerOf(res *http.Response, body string) answer {
	return answer{res.StatusCode, res.Header.Get("Content-Type"), body}
}

var failed = answer{502, text, "Internal Server Error"}

// TestResultVectors are the vectors 64 to 67 and the rest of the inference: a result, and the answer in buffered mode.
func TestResultVectors(t *testing.T) {
	l := newLab(t, registry.FunctionURLInput{}, functionurl.Options{})
	for _, row := range []struct {
		name, result string
		want         answer
	}{
		{"vector 64", `{"hello": "world"}`, answer{200, text, `{"hello":"world"}`}},
		{"vector 65", `"hello"`, answer{200, text, `hello`}},
		{"vector 66", `{"statusCode":200,"body":"body123"}`, answer{200, text, `body123`}},
		{"vector 67", `{"statusCode":"418","body":"i'm a teapot"}`, answer{418, text, `i'm a teapot`}},
		{"array", `["hello", 3, true]`, answer{200, text, `["hello",3,true]`}},
		{"number", `3.1`, answer{200, text, `3.1`}},
		{"boolean", `true`, answer{200, text, `true`}},
		{"null", `null`, answer{200, text, `null`}},
		{"status alone", `{"statusCode":204}`, answer{204, text, ``}},
		{"Go's zero members", `{"statusCode":201,"headers":null,"body":"","isBase64Encoded":false,"cookies":null}`, answer{201, text, ``}},
		{"null body", `{"statusCode":200,"body":null,"isBase64Encoded":null}`, answer{200, text, ``}},
		{"type", `{"statusCode":200,"headers":{"content-type":"text/html","content-length":"99"},"body":"<p>"}`, answer{200, "text/html", `<p>`}},
		{"Base64", `{"statusCode":200,"headers":{"Content-Type":"image/png"},"body":"iVBORw==","isBase64Encoded":true}`, answer{200, "image/png", "\x89PNG"}},
		{"multiValueHeaders", `{"statusCode":200,"multiValueHeaders":{"Content-Type":["a/b"]},"body":"x"}`, answer{200, text, `x`}},
		{"status 0", `{"statusCode":0}`, failed},
		{"status with a fraction", `{"statusCode":200.5}`, failed},
		{"null status", `{"statusCode":null}`, failed},
		{"no status", `{"statusCode":"test"}`, failed},
		{"informational status", `{"statusCode":100}`, failed},
		{"not JSON", `{"hello"`, failed},
		{"nothing", ``, failed},
		{"bad Base64", `{"statusCode":200,"body":"?","isBase64Encoded":true}`, failed},
		{"body that is no text", `{"statusCode":200,"body":{"secret":1}}`, failed},
		{"flag that is no boolean", `{"statusCode":200,"isBase64Encoded":"true"}`, failed},
		{"headers that are none", `{"statusCode":200,"headers":["secret"]}`, failed},
		{"header that is no text", `{"statusCode":200,"headers":{"a":1}}`, failed},
		{"smuggled line", `{"statusCode":200,"headers":{"a":"b\nc: d"}}`, failed},
		{"cookies that are none", `{"statusCode":200,"cookies":"a=1"}`, failed},
		{"smuggled cookie", `{"statusCode":200,"cookies":["a=1\r\nb: c"]}`, failed},
	} {
		t.Run(row.name, func(t *testing.T) {
			l.returns(row.result)
			res, body := l.get("/")
			require.Equal(t, row.want, answerOf(res, body))
			if row.want.status != 204 {
				require.Equal(t, int64(len(body)), res.ContentLength)
			}
		})
	}
	l.returns(`{"statusCode":200,"cookies":["a=1","b=2"],"headers":{"X-Mine":"1","x-amzn-requestid":"mine","x-amzn-trace-id":"mine"}}`)
	res, _ := l.get("/")
	require.Equal(t, []string{"a=1", "b=2"}, res.Header["Set-Cookie"])
	require.Equal(t, "1", res.Header.Get("X-Mine"))
	require.Equal(t, []string{l.inputs[len(l.inputs)-1].RequestID}, res.Header["X-Amzn-Requestid"])
	require.Len(t, res.Header["X-Amzn-Trace-Id"], 1)
	require.Regexp(t, regexp.MustCompile(`^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$`), res.Header.Get("X-Amzn-Trace-Id"))
}

func TestVector68_functionError(t *testing.T) {
	l := newLab(t, registry.FunctionURLInput{}, functionurl.Options{})
	l.answer = func(ctx ctx, _ []byte) ([]byte, error) { return nil, errors.New("secret") }
	res, body := l.get("/")
	require.Equal(t, failed, answerOf(res, body))
	require.Len(t, l.inputs, 1)
}

func TestVector69_hostWithoutConfig(t *testing.T) {
	l := newLab(t, registry.FunctionURLInput{}, functionurl.Options{})
	for _, host := range []string{
		"x", "x." + l.host, "abcdefghijklmnopqrstuvwxyz012345.lambda-url.us-east-1.on.aws", "example.org",
		strings.Replace(l.host, "us-east-1", "eu-west-1", 1), ".lambda-url.us-east-1.on.aws",
	} {
		r := request("GET", "/", "")
		r.Host = host
		res, body := l.do(r)
		require.Equal(t, answer{403, text, `{"Message":null}`}, answerOf(res, body), host)
		require.Equal(t, "AccessDeniedException", res.Header.Get("x-amzn-ErrorType"))
	}
	require.Empty(t, l.inputs)
	r := request("GET", "/", "")
	r.Host = strings.ToUpper(l.host) + ":8443"
	res, _ := l.do(r)
	require.Equal(t, 200, res.StatusCode, "neither case nor port counts")
	require.NoError(t, l.svc.Registry().DeleteFunctionURLConfig(time.Now(), "f", ""))
	res, body := l.get("/")
	require.Equal(t, answer{403, text, `{"Message":null}`}, answerOf(res, body))
}

// TestStreamVectors are the vectors 70 and 71 and the rest of the streaming rules.
func TestStreamVectors(t *testing.T) {
	const nuls = "\x00\x00\x00\x00\x00\x00\x00\x00"
	newStream := func(t *testing.T) *lab {
		return newLab(t, registry.FunctionURLInput{InvokeMode: registry.ResponseStream}, functionurl.Options{})
	}
	t.Run("vector 70", func(t *testing.T) {
		l := newStream(t)
		l.returns(`{"statusCode":200,"body":"x"}`)
		res, body := l.get("/")
		require.Equal(t, answer{200, text, `{"statusCode":200,"body":"x"}`}, answerOf(res, body))
	})
	for _, row := range []struct {
		name    string
		prelude bool
		pieces  []string
		want    answer
	}{
		{"vector 71", true, []string{`{"statusCode":418,"cookies":["a=1"]}` + nuls + "Hello"}, answer{418, octets, "Hello"}},
		{"separator across pieces", true, []string{`{"statusCode":418,"cook`, `ies":["a=1"]}` + nuls[:3], nuls[3:] + "Hel", "lo"}, answer{418, octets, "Hello"}},
		{"no status", true, []string{`{"headers":{"content-type":"text/plain"},"cookies":["a=1"]}` + nuls + "Hello"}, answer{200, "text/plain", "Hello"}},
		{"no body", true, []string{`{"statusCode":404,"cookies":["a=1"]}` + nuls}, answer{404, octets, ""}},
		{"no separator", true, []string{`{"statusCode":`, `404}`}, answer{200, octets, `{"statusCode":404}`}},
		{"nothing", true, nil, answer{200, octets, ""}},
		{"malformed prelude", true, []string{`{"statusCode":0}` + nuls + "Hello"}, failed},
		{"prelude that is no object", true, []string{`418` + nuls + "Hello"}, failed},
		{"prelude that is no JSON", true, []string{`418}` + nuls + "Hello"}, failed},
		{"plain", false, []string{"Hel", "lo" + nuls}, answer{200, octets, "Hello" + nuls}},
		{"plain and empty", false, nil, answer{200, octets, ""}},
	} {
		t.Run(row.name, func(t *testing.T) {
			l := newStream(t)
			l.streams(row.prelude, nil, row.pieces...)
			res, body := l.get("/")
			require.Equal(t, row.want, answerOf(res, body))
			if strings.Contains(strings.Join(row.pieces, ""), "a=1") {
				require.Equal(t, []string{"a=1"}, res.Header["Set-Cookie"])
			}
		})
	}
	t.Run("error at once", func(t *testing.T) {
		l := newStream(t)
		l.stream = func(ctx) (io.Reader, error) { return nil, errors.New("secret") }
		res, body := l.get("/")
		require.Equal(t, failed, answerOf(res, body))
	})
	for _, prelude := range []bool{true, false} {
		l := newStream(t)
		l.streams(prelude, errors.New("secret"))
		res, body := l.get("/")
		require.Equal(t, failed, answerOf(res, body), "error before the first byte")
	}
	t.Run("error inside the prelude", func(t *testing.T) {
		l := newStream(t)
		l.streams(true, errors.New("secret"), `{"statusCode":200`)
		res, body := l.get("/")
		require.Equal(t, failed, answerOf(res, body))
	})
	t.Run("error after the first byte", func(t *testing.T) {
		l := newStream(t)
		l.streams(false, errors.New("secret"), "Hel")
		w := httptest.NewRecorder()
		r := request("GET", "/", "")
		r.Host = l.host
		require.PanicsWithValue(t, http.ErrAbortHandler, func() { l.ServeHTTP(w, r) })
		require.Equal(t, "Hel", w.Body.String())
	})
}
