package redeliver

import (
	"errors"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
)

// Class says whose fault an error is, by which services decide whether to try again.
type Class uint8

const (
	// ClientError is one that stays as long as nobody changes anything: no such function, no permission, a bad request,
	// a Service that is closed.
	ClientError Class = iota + 1
	// Throttled is a 429.
	Throttled
	// ServerError is everything else: a failure of the service, a function that is not ready yet, an error nobody knows,
	// a panic.
	ServerError
)

// Classify tells the class of an error from its HTTP status: an *[lambda.Error]'s, or what a method HTTPStatus() int
// says, which destinations.Error and the errors of the embedded queues, topics, buses and buckets have. An error without
// one is a ServerError.
func Classify(err error) Class {
	if errors.Is(err, invoke.ErrClosed) {
		return ClientError
	}
	switch status := statusOf(err); {
	case status == 429:
		return Throttled
	case status == 409, status == 408: // an update under way, a time-out: later may be better
		return ServerError
	case status >= 400 && status < 500:
		return ClientError
	}
	return ServerError
}

// statusOf is the HTTP status that an error stands for, 0 for none.
func statusOf(err error) int {
	var api *lambda.Error
	var other interface{ HTTPStatus() int }
	switch {
	case errors.As(err, &api) && api.StatusCode != 0:
		return api.StatusCode
	case errors.As(err, &api):
		return lambda.NewError(api.Code, "").StatusCode
	case errors.As(err, &other):
		return other.HTTPStatus()
	}
	return 0
}

// CodeOf is the exception's name, for the trace: an *[lambda.Error]'s Code, or what a method ErrorCode() string says; ""
// for an error that has neither.
func CodeOf(err error) string {
	var api *lambda.Error
	var other interface{ ErrorCode() string }
	switch {
	case errors.As(err, &api):
		return api.Code
	case errors.As(err, &other):
		return other.ErrorCode()
	}
	return ""
}
