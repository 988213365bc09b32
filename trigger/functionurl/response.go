package functionurl

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/trigger/internal/httpevent"
)

// answer is a response that was found right.
type answer struct {
	status int
	header httpevent.Pairs // under canonical names
	body   []byte
}

// contentJSON is the type of whatever names none.
const contentJSON = "application/json"

// buffer calls the function and answers with its whole result.
func (x *exchange) buffer(in invoke.Input) {
	out, err := x.h.opts.Invoker.Invoke(x.r.Context(), in)
	switch {
	case err != nil:
		x.refuse(err)
		return
	case out.FunctionError != "":
		x.failed()
		return
	}
	if a := infer(out.Payload); a != nil {
		a.write(x.w)
		return
	}
	x.failed()
}

// infer is the answer for which a result stands, or nil if it is malformed.
func infer(payload []byte) *answer {
	v, ok := httpevent.Parse(payload)
	if !ok {
		return nil
	}
	if r, ok := httpevent.ParseResult(v); ok && r.StatusCode != nil {
		return read(&r)
	}
	if text, ok := v.Bytes(); ok {
		return &answer{status: http.StatusOK, body: text}
	}
	var compact bytes.Buffer
	_ = json.Compact(&compact, v) // v is well-formed
	return &answer{status: http.StatusOK, body: compact.Bytes()}
}

// read is the answer that a response of the function describes, or nil if it is malformed. Null is as good as nothing
// here: aws-lambda-go writes it for what is not set.
func read(r *httpevent.Result) *answer {
	a := readHead(r)
	binary, ok := r.IsBase64Encoded.Bool()
	if a == nil || !ok && !isNull(r.IsBase64Encoded) {
		return nil
	}
	text, ok := r.Body.Bytes()
	switch {
	case !ok && !isNull(r.Body):
		return nil
	case !binary:
		a.body = text
	default:
		if a.body, ok = httpevent.DecodeBase64(text); !ok {
			return nil
		}
	}
	return a
}

// readHead is the answer without its body, or nil. Several values of one header are not modelled in this format:
// multiValueHeaders is ignored.
func readHead(r *httpevent.Result) *answer {
	status, ok := r.StatusCode.Digits().Status()
	if !ok {
		return nil
	}
	a := &answer{status: status}
	if !isNull(r.Headers) {
		if a.header, ok = r.Headers.Lines(); !ok {
			return nil
		}
	}
	cookies, ok := r.Cookies.Strings()
	if !ok && !isNull(r.Cookies) {
		return nil
	}
	for _, c := range cookies {
		if !httpevent.IsField("Set-Cookie", c) {
			return nil
		}
		a.header = append(a.header, httpevent.Pair{Name: "Set-Cookie", Value: c})
	}
	return a
}

func isNull(v httpevent.Value) bool { return v == nil || v.Kind() == 'n' }

// write sends the answer with its length.
func (a *answer) write(w http.ResponseWriter) {
	a.setHeader(w.Header(), contentJSON)
	if a.hasBody() {
		w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	if a.hasBody() && len(a.body) > 0 {
		_, _ = w.Write(a.body) // a client that went away is not the function's failure
	}
}

func (a *answer) hasBody() bool {
	return a.status != http.StatusNoContent && a.status != http.StatusNotModified
}

// setHeader adds the function's headers to the door's, which are the last word on what the request was called.
func (a *answer) setHeader(h http.Header, contentType string) {
	lines := a.header[:0]
	for _, line := range a.header {
		switch line.Name {
		case "Content-Length", "X-Amzn-Requestid", "X-Amzn-Trace-Id":
		default:
			lines = append(lines, line)
		}
	}
	lines.AddTo(h)
	if !lines.Has("Content-Type") {
		h.Set("Content-Type", contentType)
	}
}
