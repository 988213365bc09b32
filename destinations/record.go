package destinations

import (
	"encoding/json"
	"time"

	"github.com/lambdakit/lambdakit/internal/stamp"
)

// Condition is why an invocation or a batch ended, as the record spells it.
type Condition string

// The conditions. An asynchronous invocation ends in one of the first five; a batch of a stream in one of the next two,
// whose spelling differs; a Kafka batch also in the last.
const (
	Success                 Condition = "Success"
	RetriesExhausted        Condition = "RetriesExhausted"
	EventAgeExceeded        Condition = "EventAgeExceeded"
	ZeroReservedConcurrency Condition = "ZeroReservedConcurrency"
	RecursiveInvocation     Condition = "RecursiveInvocation"

	RetryAttemptsExhausted     Condition = "RetryAttemptsExhausted"
	RecordAgeExceeded          Condition = "RecordAgeExceeded"
	MaximumPayloadSizeExceeded Condition = "MaximumPayloadSizeExceeded"
)

// recordVersion is the only version of the record that Lambda has.
const recordVersion = "1.0"

// Record is the invocation record, version 1.0: what an on-success or on-failure destination gets about one
// asynchronous invocation. It marshals with AWS's keys in AWS's order. [NewRecord] makes one by Lambda's rules.
type Record struct {
	Version         string           `json:"version"`   // "1.0"
	Timestamp       string           `json:"timestamp"` // creation of the record, UTC, milliseconds
	RequestContext  RequestContext   `json:"requestContext"`
	RequestPayload  json.RawMessage  `json:"requestPayload"`
	ResponseContext *ResponseContext `json:"responseContext,omitempty"` // nil when the function was never asked
	ResponsePayload json.RawMessage  `json:"responsePayload,omitempty"` // nil when nothing answered
}

// RequestContext is the part of a record about the request.
type RequestContext struct {
	RequestID              string    `json:"requestId"`
	FunctionARN            string    `json:"functionArn"` // as requested; qualified in a Record, the mapping's in a BatchRecord
	Condition              Condition `json:"condition"`
	ApproximateInvokeCount int       `json:"approximateInvokeCount"`
}

// ResponseContext is the part of a [Record] about the last response.
type ResponseContext struct {
	StatusCode      int    `json:"statusCode"`
	ExecutedVersion string `json:"executedVersion,omitempty"`
	FunctionError   string `json:"functionError,omitempty"`
}

// Ending is how an asynchronous invocation ended: what [NewRecord] makes a record of.
type Ending struct {
	// Time is when the record is made.
	Time time.Time
	// RequestID identifies the event: the 202's, the same in every attempt.
	RequestID string
	// FunctionARN is the requested target, qualified: as requested, else by $LATEST. It stays when an alias moves.
	FunctionARN string
	Condition   Condition
	// Attempts counts the runs and the lookups of a deleted target. Throttles and system errors do not count.
	Attempts int
	// Payload is the event; an empty one is recorded as {}.
	Payload []byte

	// StatusCode is that of the last response: 200 for a run, 429 for a throttle, 404 for a deleted target; 0 says that
	// nothing ever answered, as with reserved concurrency 0 or an event that aged out before its first dispatch.
	StatusCode int
	// ExecutedVersion is the version that ran last. It is recorded with status 200 only, as are the next two.
	ExecutedVersion string
	// FunctionError is "Unhandled" when the last run failed.
	FunctionError string
	// Response is what the last run returned; an empty one is recorded as null.
	Response []byte
}

// NewRecord makes the record of an asynchronous invocation, by Lambda's rules:
//
//   - a success is recorded with an invoke count of 1, whatever number of attempts it took;
//   - the latest response wins: an event that ran and then was throttled until its age shows 429 and no payload;
//   - only a run (status 200) has an executed version, a function error and a response payload;
//   - without a response both response fields are absent.
//
// The record shares the payloads' bytes with e.
func NewRecord(e Ending) *Record {
	r := &Record{
		Version:        recordVersion,
		Timestamp:      stamp.Millis(e.Time),
		RequestPayload: embed(e.Payload, "{}"),
		RequestContext: RequestContext{
			RequestID: e.RequestID, FunctionARN: e.FunctionARN,
			Condition: e.Condition, ApproximateInvokeCount: e.Attempts,
		},
	}
	if e.Condition == Success {
		r.RequestContext.ApproximateInvokeCount = 1
	}
	switch e.StatusCode {
	case 0:
	case 200:
		r.ResponseContext = &ResponseContext{StatusCode: 200, ExecutedVersion: e.ExecutedVersion, FunctionError: e.FunctionError}
		r.ResponsePayload = embed(e.Response, "null")
	default:
		r.ResponseContext = &ResponseContext{StatusCode: e.StatusCode}
	}
	return r
}

// embed returns a payload as it stands in a record: JSON inside JSON. How Lambda records bytes that are no JSON, which
// only a custom runtime can return, is not known: they are left out.
func embed(payload []byte, empty string) json.RawMessage {
	if len(payload) == 0 {
		return json.RawMessage(empty)
	}
	if !json.Valid(payload) {
		return nil
	}
	return payload
}
