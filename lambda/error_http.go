package lambda

import (
	"net/http"
	"strconv"
	"time"

	"github.com/lambdakit/lambdakit/internal/jsontext"
)

// WriteHTTP answers a request with e: the status, the header x-amzn-ErrorType, Retry-After where there is one, and
// the JSON body. It sets no request id; that is the server's.
func (e *Error) WriteHTTP(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("X-Amzn-ErrorType", e.Code)
	if e.RetryAfter > 0 {
		h.Set("Retry-After", strconv.FormatInt(int64((e.RetryAfter+time.Second-1)/time.Second), 10))
	}
	w.WriteHeader(e.status())
	_, _ = w.Write(e.Body()) // a client that went away is not this call's failure
}

// Body is the JSON of the error on the wire, in AWS's key order: Reason and Type where there are any, then the text,
// whose key is Message for some exceptions and message for others. The caller owns the bytes.
func (e *Error) Body() []byte {
	b := make([]byte, 0, 48+len(e.Reason)+len(e.Type)+len(e.Message))
	b = append(b, '{')
	if e.Reason != "" {
		b = append(b, `"Reason":`...)
		b = jsontext.AppendString(b, e.Reason)
		b = append(b, ',')
	}
	if e.Type != "" {
		b = append(b, `"Type":`...)
		b = jsontext.AppendString(b, e.Type)
		b = append(b, ',')
	}
	b = append(b, '"')
	b = append(b, lookupException(e.Code).textKey()...)
	b = append(b, `":`...)
	if e.Message == "" {
		return append(b, "null}"...) // a refusal that explains nothing, such as of another account's ARN
	}
	return append(jsontext.AppendString(b, e.Message), '}')
}

// status is the HTTP status, also for an Error made by hand without one.
func (e *Error) status() int {
	if e.StatusCode != 0 {
		return e.StatusCode
	}
	return lookupException(e.Code).status
}
