package apigateway

import (
	"net/http"
	"slices"

	"github.com/lambdakit/lambdakit/trigger/internal/httpevent"
)

// format is what a proxy integration takes for an answer: the three formats differ in little.
type format struct {
	strict         bool // a member that is not known is a mistake
	statusOptional bool
	multi          bool // multiValueHeaders counts
	cookies        bool
	remap          bool   // headers that are API Gateway's own are renamed
	contentType    string // of an answer that has none
	malformed      *failure
	undecodable    *failure
}

var (
	restFormat = &format{
		strict: true, statusOptional: true, multi: true, remap: true,
		contentType: "application/json", malformed: malformedResult, undecodable: badBase64,
	}
	http1Format = &format{
		multi:       true,
		contentType: "text/plain; charset=utf-8", malformed: httpFailed, undecodable: httpFailed,
	}
	http2Format = &format{
		cookies:     true,
		contentType: "text/plain; charset=utf-8", malformed: httpFailed, undecodable: httpFailed,
	}
)

// read makes an answer of a function's result. decode says that the client gets what Base64 stands for, and h is where
// the headers go.
func (f *format) read(payload []byte, decode bool, h http.Header) (answer, *failure) {
	value, _ := httpevent.Parse(payload) // what is no JSON is no object either
	result, ok := httpevent.ParseResult(value)
	if !ok {
		return answer{}, f.malformed
	}
	return f.judge(&result, decode, h)
}

// judge is [format.read] for an object that was taken apart.
func (f *format) judge(result *httpevent.Result, decode bool, h http.Header) (answer, *failure) {
	if f.strict && (result.Unknown || result.Cookies != nil || result.StatusDescription != nil) {
		return answer{}, f.malformed
	}
	a, ok := answer{header: h}, false
	if a.status, ok = f.status(result.StatusCode); !ok || !f.readHeaders(result, h) {
		return answer{}, f.malformed
	}
	return f.readBody(a, result, decode)
}

// status reads a statusCode: a number, or a string that holds one.
func (f *format) status(v httpevent.Value) (int, bool) {
	if f.statusOptional && isAbsent(v) {
		return http.StatusOK, true
	}
	return v.Digits().Status()
}

// isAbsent is for members that may be left out or null.
func isAbsent(v httpevent.Value) bool { return v.Kind() == 0 || v.Kind() == 'n' }

func (f *format) readHeaders(result *httpevent.Result, h http.Header) bool {
	if f.multi && !f.addLists(h, result.MultiValueHeaders) {
		return false
	}
	if !f.addSingles(h, result.Headers) {
		return false
	}
	if f.cookies && !isAbsent(result.Cookies) {
		cookies, ok := result.Cookies.Strings()
		for _, c := range cookies {
			ok = ok && httpevent.IsField("Set-Cookie", c)
		}
		if !ok {
			return false
		}
		h["Set-Cookie"] = append(h["Set-Cookie"], cookies...)
	}
	if len(h["Content-Type"]) == 0 {
		h["Content-Type"] = []string{f.contentType}
	}
	return true
}

func (f *format) addLists(h http.Header, v httpevent.Value) bool {
	for name, values := range v.Members() {
		if values.Kind() != '[' {
			return false
		}
		for value := range values.Elements() {
			if !f.add(h, name, value, false) {
				return false
			}
		}
	}
	return v.Kind() == '{' || isAbsent(v)
}

func (f *format) addSingles(h http.Header, v httpevent.Value) bool {
	for name, value := range v.Members() {
		if !f.add(h, name, value, true) {
			return false
		}
	}
	return v.Kind() == '{' || isAbsent(v)
}

// add adds a header line; once means unless there is one like it. Booleans and numbers go out as they are written, and
// null does not go out, which is inferred.
func (f *format) add(h http.Header, name []byte, v httpevent.Value, once bool) bool {
	var value string
	switch v.Kind() {
	case '"':
		value, _ = v.Text()
	case '{', '[':
		return false
	default:
		value = string(v)
	}
	if !httpevent.IsField(string(name), value) {
		return false
	}
	if v.Kind() == 'n' {
		return true
	}
	key, ok := outgoing(http.CanonicalHeaderKey(string(name)), f.remap)
	if !ok {
		return true
	}
	if !once || !slices.Contains(h[key], value) {
		h[key] = append(h[key], value)
	}
	return true
}

// outgoing is the name under which a function's header goes out; ok is false if it does not. REST APIs rename what is
// their own to set, HTTP APIs drop of it what concerns the connection, which is inferred.
func outgoing(name string, remap bool) (key string, ok bool) {
	switch {
	case remap && remapped[name]:
		return "X-Amzn-Remapped-" + name, true
	case name == "Content-Length", httpevent.IsHopByHop(name):
		return "", false
	}
	return name, true
}

var remapped = map[string]bool{
	"Authorization": true, "Connection": true, "Content-Length": true, "Content-Md5": true, "Date": true,
	"Expect": true, "Host": true, "Max-Forwards": true, "Proxy-Authenticate": true, "Server": true, "Trailer": true,
	"Upgrade": true, "User-Agent": true, "Www-Authenticate": true,
}

func (f *format) readBody(a answer, result *httpevent.Result, decode bool) (answer, *failure) {
	text, ok := result.Body.Bytes()
	if !ok && !isAbsent(result.Body) {
		return answer{}, f.malformed
	}
	encoded, ok := result.IsBase64Encoded.Bool()
	if !ok && !isAbsent(result.IsBase64Encoded) {
		return answer{}, f.malformed
	}
	if !encoded || !decode {
		a.body = text
		return a, nil
	}
	if a.body, ok = httpevent.DecodeBase64(string(text)); !ok {
		return answer{}, f.undecodable
	}
	return a, nil
}
