package invoke

import (
	"encoding/json"

	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/iam"
)

// InvocationType says how an invocation is to be made.
type InvocationType string

// The invocation types. The empty InvocationType means RequestResponse.
const (
	// RequestResponse runs the function and waits for its result. Nothing is retried.
	RequestResponse InvocationType = "RequestResponse"
	// Event queues the event and returns at once; the queue runs the function, retries, and delivers the outcome.
	Event InvocationType = "Event"
	// DryRun checks the request and runs nothing.
	DryRun InvocationType = "DryRun"
)

// LogType says whether the end of the log comes back with the result.
type LogType string

// The log types. The empty LogType means NoLog.
const (
	NoLog LogType = "None"
	Tail  LogType = "Tail"
)

// Input is one request to invoke a function.
type Input struct {
	// FunctionName is a name, partial ARN or ARN, with or without a qualifier.
	FunctionName string
	// Qualifier is a version's number, an alias or $LATEST; "" for none.
	Qualifier string
	// InvocationType is RequestResponse unless set.
	InvocationType InvocationType
	// Payload is the event, any JSON text; an empty one is {}. At most 6 MB, or 1 MB for Event. It is copied: the
	// caller may change it when the call returns.
	Payload []byte
	// WellFormed says that Payload surely is JSON, because the caller has just encoded it, and saves the Service from
	// reading it through. Of a Payload that is not, the function will complain instead of the Service.
	WellFormed bool
	// LogType Tail asks for the last 4 KB of the log; synchronous only.
	LogType LogType
	// ClientContext is the JSON that the function finds in its lambdacontext, at most 3,583 bytes in base64;
	// synchronous only.
	ClientContext []byte
	// RequestID is the request's id if the caller chooses one: a UUID. "" lets the Service make one.
	RequestID string
	// TraceHeader is the X-Ray trace header (X-Amzn-Trace-Id). "" takes that of the calling handler, if the context
	// given to the call is a handler's: so chains of functions are followed, and loops stopped.
	TraceHeader string
	// Identity is what the function finds in its lambdacontext as the caller's Cognito identity.
	Identity CognitoIdentity
	// Caller is the service or client on whose behalf the call is made, whom the function's resource policy must let;
	// nil is the account itself, which may. See [Options.Roles] for the functions that are asked. For events of anybody
	// but AWS services the account has a limit, ten a second for each unit of its concurrency quota.
	Caller *iam.Caller

	streamed bool // the result is wanted as a stream
	service  bool // an AWS service makes the call, whoever Caller is
}

// CognitoIdentity identifies an end user who called through a mobile SDK.
type CognitoIdentity struct{ IdentityID, IdentityPoolID string }

// Output is what an invocation returned.
type Output struct {
	// StatusCode is 200 for RequestResponse, also when the function failed; 202 for Event; 204 for DryRun.
	StatusCode int
	// Payload is the function's result, or the error object if it failed; the caller owns it. nil unless
	// RequestResponse.
	Payload []byte
	// FunctionError is "Unhandled" if the function failed, else "".
	FunctionError string
	// ExecutedVersion is what ran: $LATEST or a number. "" unless RequestResponse.
	ExecutedVersion string
	// LogResult is the base64 of the last 4 KB of the log, if asked for.
	LogResult string
	// RequestID is the invocation's id, the same that the function sees.
	RequestID string
}

// Err is the function's failure as a *[lambda.FunctionError], nil if it succeeded.
func (o *Output) Err() error {
	if o == nil || o.FunctionError == "" {
		return nil
	}
	return lambda.ParseFunctionError(o.Payload)
}

// Unmarshal decodes the result into v, or returns the function's failure.
func (o *Output) Unmarshal(v any) error {
	if err := o.Err(); err != nil {
		return err
	}
	return json.Unmarshal(o.Payload, v)
}
