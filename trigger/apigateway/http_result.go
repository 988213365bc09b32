package apigateway

import (
	"net/http"

	"github.com/lambdakit/lambdakit/trigger/internal/httpevent"
)

// infer makes an answer of what a function returned in the payload format 2.0. An object with a statusCode is an answer;
// everything else is the body of one, as it is, also what is no JSON at all. Only a text loses its quotes. h is
// where the headers go.
func infer(payload []byte, h http.Header) (answer, *failure) {
	value, ok := httpevent.Parse(payload)
	if result, isObject := httpevent.ParseResult(value); isObject && result.StatusCode != nil {
		return http2Format.judge(&result, true, h)
	}
	a := answer{status: http.StatusOK, header: h, body: payload}
	h["Content-Type"] = []string{"application/json"}
	if text, isText := value.Bytes(); ok && isText {
		a.body = text
	}
	return a, nil
}
