package sigv4

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The credentials, the time and the scope of AWS's published test suite.
var (
	suiteKey   = Key{Secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
	suiteTime  = time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)
	suiteScope = Scope{"us-east-1", "service"}
)

const suiteAccessKey = "AKIDEXAMPLE"

func suiteKeys(id string) (Key, bool) { return suiteKey, id == suiteAccessKey }

// TestSuite checks signatures of AWS's test suite.
func TestSuite(t *testing.T) {
	for name, row := range map[string]struct{ method, target, signature string }{
		"get-vanilla":                      {"GET", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		"get-vanilla-query-order-key-case": {"GET", "/?Param2=value2&Param1=value1", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
		"post-vanilla":                     {"POST", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(row.method, row.target, nil)
			r.Host = "example.amazonaws.com"
			r.Header.Set("X-Amz-Date", "20150830T123600Z")
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "+
				"SignedHeaders=host;x-amz-date, Signature="+row.signature)
			id, err := Verify(r, nil, suiteTime, suiteScope, suiteKeys)
			require.NoError(t, err)
			require.Equal(t, suiteAccessKey, id)
		})
	}
}

// TestSDK checks signatures that AWS's SDK for Python made: paths are encoded twice, without needless slashes and dots,
// and parameters of one name go by their values.
func TestSDK(t *testing.T) {
	for target, signature := range map[string]string{
		"/?Param1=value2&Param1=value1": "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694", // the suite's, too
		"/?k&a=%2B&empty=":              "8062793a1003f65bb20fb1b20245132d77bd22f68e879f6d45dba3de81d99060",
		"/a%20b":                        "08c33fd523b5dc18699a2c38863929f12203a282c033d442d45b59a096458aa6",
		"/%C3%A9/%2F":                   "6e62ba306b6bb14474af20b5e2571ed070f3731f68e93c159e22f4c2d2a889bb",
		"/-._~":                         "a48243595f8bbc5e4ad31b00a219651702db9aa42b0cfa10303cd7559535d42e",
		"/a//b/":                        "125084d05882beb82770f7553eca9dc5479bd484c2579776817cc0a340800974",
		"//x//":                         "f2f7b22fa9bfc69529126ab5a745d9d5f8ccba9990e3f1f871fad8bd3de6f8c1",
		"/a/./b/../c":                   "ca38e935d3755995c54c9507f4222dbeafacd561e8d3100bb0679299b181a0f4",
		"/./":                           "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
	} {
		r := &http.Request{Method: "GET", Host: "example.amazonaws.com", RequestURI: target, Header: http.Header{
			"X-Amz-Date": {"20150830T123600Z"},
			"Authorization": {"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, " +
				"SignedHeaders=host;x-amz-date, Signature=" + signature},
		}}
		_, err := Verify(r, nil, suiteTime, suiteScope, suiteKeys)
		require.NoError(t, err, target)
	}
}

func signed() *http.Request {
	r := httptest.NewRequest("POST", "/a%20b//c?x=1&x=%2B", nil)
	r.Header.Set("Content-Type", "text/plain")
	Sign(r, []byte("body"), suiteTime, suiteScope, suiteAccessKey, suiteKey)
	return r
}

func TestVerifyRefuses(t *testing.T) {
	for name, row := range map[string]struct {
		change func(r *http.Request)
		want   error
	}{
		"nothing":           {func(*http.Request) {}, nil},
		"unsigned headers":  {func(r *http.Request) { r.Header.Set("User-Agent", "x") }, nil},
		"spaces":            {func(r *http.Request) { r.Header.Set("Content-Type", "  text/plain ") }, nil},
		"no signature":      {func(r *http.Request) { r.Header.Del("Authorization") }, ErrUnsigned},
		"another algorithm": {func(r *http.Request) { r.Header.Set("Authorization", "Basic eDp5") }, ErrUnsigned},
		"no fields":         {func(r *http.Request) { r.Header.Set("Authorization", "AWS4-HMAC-SHA256 x") }, ErrMalformed},
		"short credential":  {replace("/aws4_request", ""), ErrMalformed},
		"host not signed":   {replace("host;", ""), ErrMalformed},
		"another key":       {replace("AKIDEXAMPLE", "AKIDOTHER"), ErrUnknownKey},
		"another Region":    {replace("us-east-1", "eu-west-1"), ErrScope},
		"another service":   {replace("/service/", "/lambda/"), ErrScope},
		"another date":      {replace("20150830", "20150831"), ErrScope},
		"part of the date":  {replace("20150830", "2015"), ErrScope},
		"no date":           {replace("20150830", ""), ErrScope},
		"no time":           {func(r *http.Request) { r.Header.Del("X-Amz-Date") }, ErrScope},
		"another time":      {func(r *http.Request) { r.Header.Set("X-Amz-Date", "20150830T123700Z") }, ErrMismatch},
		"old":               {func(r *http.Request) { r.Header.Set("X-Amz-Date", "20150830T123059Z") }, ErrSkewed},
		"future":            {func(r *http.Request) { r.Header.Set("X-Amz-Date", "20150830T124101Z") }, ErrSkewed},
		"a token":           {func(r *http.Request) { r.Header.Set("X-Amz-Security-Token", "t") }, ErrToken},
		"another hash":      {func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD") }, ErrPayload},
		"another path":      {func(r *http.Request) { r.RequestURI = "/a%20b//d?x=1&x=%2B" }, ErrMismatch},
		"another query":     {func(r *http.Request) { r.RequestURI = "/a%20b//c?x=1&x=+" }, ErrMismatch},
		"another method":    {func(r *http.Request) { r.Method = "PUT" }, ErrMismatch},
		"another host":      {func(r *http.Request) { r.Host = "x" }, ErrMismatch},
		"another type":      {func(r *http.Request) { r.Header.Set("Content-Type", "text/html") }, ErrMismatch},
	} {
		t.Run(name, func(t *testing.T) {
			r := signed()
			row.change(r)
			_, err := Verify(r, []byte("body"), suiteTime, suiteScope, suiteKeys)
			require.ErrorIs(t, err, row.want)
		})
	}
	_, err := Verify(signed(), []byte("other"), suiteTime, suiteScope, suiteKeys)
	require.ErrorIs(t, err, ErrPayload)
}

func replace(old, new string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("Authorization", strings.ReplaceAll(r.Header.Get("Authorization"), old, new))
	}
}

// A body that says nothing of its hash is hashed all the same.
func TestBodyWithoutHashHeader(t *testing.T) {
	r := httptest.NewRequest("POST", "/", nil)
	r.Header.Set("X-Amz-Date", suiteTime.Format(stampForm))
	list := []string{"host", "x-amz-date"}
	r.Header.Set("Authorization", algorithm+" Credential=AKIDEXAMPLE/"+credentialScope("20150830T", suiteScope)+
		",SignedHeaders=host;x-amz-date,Signature="+
		signature(r, hashOf([]byte("body")), r.Header.Get("X-Amz-Date"), suiteScope, list, suiteKey.Secret))
	_, err := Verify(r, []byte("body"), suiteTime, suiteScope, suiteKeys)
	require.NoError(t, err)
	_, err = Verify(r, []byte("other"), suiteTime, suiteScope, suiteKeys)
	require.ErrorIs(t, err, ErrMismatch)
}

// What is signed is verified, with temporary credentials too; with another secret it is not.
func TestSignedIsVerified(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := Key{Secret: rapid.String().Draw(t, "secret"), Token: rapid.StringMatching(`[a-z]{0,3}`).Draw(t, "token")}
		body := []byte(rapid.String().Draw(t, "body"))
		r := &http.Request{Method: "PUT", Header: http.Header{}, Host: "h", RequestURI: "/" +
			rapid.StringMatching(`[a-z%/ .]{0,9}(\?[a-z&=+%]{0,9})?`).Draw(t, "target")}
		Sign(r, body, suiteTime, suiteScope, "id", key)
		verify := func(secret string) error {
			_, err := Verify(r, body, suiteTime.Add(time.Minute), suiteScope, func(string) (Key, bool) { return Key{secret, key.Token}, true })
			return err
		}
		require.NoError(t, verify(key.Secret))
		require.ErrorIs(t, verify(key.Secret+"x"), ErrMismatch)
	})
}

func FuzzVerify(f *testing.F) {
	f.Add(signed().Header.Get("Authorization"), "20150830T123600Z", "/a?b=c")
	f.Add("AWS4-HMAC-SHA256 Credential=////aws4_request,SignedHeaders=host,Signature=x", "2", "")
	f.Fuzz(func(t *testing.T, authorization, stamp, target string) {
		r := &http.Request{RequestURI: target, Header: http.Header{"Authorization": {authorization}, "X-Amz-Date": {stamp}}}
		_, err := Verify(r, nil, suiteTime, suiteScope, suiteKeys)
		require.Error(t, err, "nobody guesses a signature")
	})
}
