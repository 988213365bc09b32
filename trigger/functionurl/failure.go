package functionurl

import (
	"context"
	"errors"
	"net/http"

	"github.com/lambdakit/lambdakit/lambda"
)

// forbidden is the 403 for a caller who may not, and for a URL whose function or alias is gone.
func forbidden() *lambda.Error {
	return lambda.NewError("AccessDeniedException", "Forbidden. For troubleshooting Function URL authorization issues, "+
		"see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html")
}

func requestTooLarge() *lambda.Error {
	return lambda.RequestTooLarge("InvokeFunction", lambda.MaxRequestPayload)
}

const (
	// failedText is the body of the 502 for everything that the function did wrong.
	failedText = "Internal Server Error"
	// throttledText is the body of a 429. It is not recorded.
	throttledText = ""
	// silentText is the body of a 504. It is not recorded.
	silentText = "Gateway Timeout"
)

// refuse answers a call that Lambda did not make.
func (x *exchange) refuse(err error) {
	switch {
	case x.r.Context().Err() != nil:
		x.gone()
	case errors.Is(err, lambda.ErrTooManyRequests):
		x.w.Header().Set("X-Amzn-Errortype", "TooManyRequestsException")
		x.plain(http.StatusTooManyRequests, throttledText)
	case errors.Is(err, lambda.ErrAccessDenied), errors.Is(err, lambda.ErrResourceNotFound):
		forbidden().WriteHTTP(x.w)
	case errors.Is(err, lambda.ErrRequestEntityTooLarge), errors.Is(err, lambda.ErrRequestTooLarge):
		requestTooLarge().WriteHTTP(x.w)
	case errors.Is(err, context.DeadlineExceeded):
		x.plain(http.StatusGatewayTimeout, silentText)
	default:
		x.failed()
	}
}

// gone answers a client that did not wait. Only one whose wait another handler ended can read it.
func (x *exchange) gone() { x.plain(http.StatusGatewayTimeout, "") }

// failed answers for a function that failed, or returned what cannot be understood.
func (x *exchange) failed() { x.plain(http.StatusBadGateway, failedText) }

// plain answers with a text of the door's own. Its type is what the service always says.
func (x *exchange) plain(status int, text string) {
	(&answer{status: status, body: []byte(text)}).write(x.w)
}
