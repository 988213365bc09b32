package alb

import (
	"net/http"
	"strconv"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/trigger/internal/httpevent"
)

// maxResponse is the largest result, as JSON.
const maxResponse = 1 << 20

// answer is a result that was found right.
type answer struct {
	status int
	header httpevent.Pairs // under canonical names
	body   []byte
}

// judge reads what the function returned.
func judge(out *invoke.Output, multi bool) (*answer, *failure) {
	switch {
	case out.FunctionError != "":
		return nil, &failure{status: http.StatusBadGateway, reason: "LambdaUnhandled"}
	case len(out.Payload) > maxResponse:
		return nil, &failure{status: http.StatusBadGateway, reason: "LambdaResponseTooLarge"}
	}
	if v, ok := httpevent.Parse(out.Payload); ok {
		if result, ok := httpevent.ParseResult(v); ok {
			if a := read(&result, multi); a != nil {
				return a, nil
			}
		}
	}
	return nil, &failure{status: http.StatusBadGateway, reason: "LambdaInvalidResponse"}
}

// read is the answer that a result stands for, or nil if it is malformed.
func read(r *httpevent.Result, multi bool) *answer {
	status, ok := r.StatusCode.Status() // a string is malformed: inferred from header values, which are taken strictly
	if !ok || !isTextOrAbsent(r.StatusDescription) || !isTextOrAbsent(r.Body) {
		return nil
	}
	header, ok := readHeaders(r, multi)
	if !ok {
		return nil
	}
	body, ok := readBody(r)
	if !ok {
		return nil
	}
	return &answer{status: status, header: header, body: body}
}

func isTextOrAbsent(v httpevent.Value) bool { return v == nil || v.Kind() == '"' }

// readHeaders reads the map that belongs to the mode. What is in the other one does not matter: its headers are
// dropped. In multi-value mode that is how it is today; in 2018 such a result was malformed.
func readHeaders(r *httpevent.Result, multi bool) (httpevent.Pairs, bool) {
	switch {
	case multi && r.MultiValueHeaders != nil:
		return r.MultiValueHeaders.MultiLines()
	case !multi && r.Headers != nil:
		return r.Headers.Lines()
	}
	return nil, true
}

func readBody(r *httpevent.Result) ([]byte, bool) {
	binary, ok := r.IsBase64Encoded.Bool()
	text, _ := r.Body.Bytes()
	if !ok {
		return nil, false
	}
	if binary {
		return httpevent.DecodeBase64(text)
	}
	return text, true
}

// write sends the answer, with the headers that are the load balancer's.
func (a *answer) write(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	for _, line := range a.header {
		delete(h, line.Name)
	}
	a.header.AddTo(h)
	if !a.header.Has("Content-Type") {
		h.Set("Content-Type", "application/octet-stream")
	}
	if !a.header.Has("Server") {
		h.Set("Server", server)
	}
	send(w, r, a.status, a.body)
}

// server is what the load balancer calls itself.
const server = "awselb/2.0"

// send sends a body whose other headers are set.
func send(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	h := w.Header()
	if r.ProtoMajor == 1 {
		h.Set("Connection", "keep-alive")
	}
	bodyless := status == http.StatusNoContent || status == http.StatusNotModified
	delete(h, "Content-Length")
	if !bodyless {
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(status)
	if !bodyless && len(body) > 0 {
		_, _ = w.Write(body) // a client that went away is not the function's failure
	}
}
