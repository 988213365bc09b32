package batch

import "time"

// Action is what a [Step] asks for.
type Action uint8

// The actions.
const (
	// Done: there is nothing to do.
	Done Action = iota
	// Wait: nothing is to be done before Step.At, or, if that is the zero Time, before the outstanding invoke has been
	// reported.
	Wait
	// Invoke: the function is to be invoked with the records, and the outcome to be reported.
	Invoke
	// Discard: the records are given up. If the Condition says so and there is an on-failure destination, it gets a
	// record about them, and then the work goes on, whether that could be delivered or not.
	Discard
)

var actionNames = [...]string{"Done", "Wait", "Invoke", "Discard"}

// String is the constant's name, or "" for a value that is none.
func (a Action) String() string {
	if int(a) < len(actionNames) {
		return actionNames[a]
	}
	return ""
}

// Condition is why records were discarded, as the on-failure destination's record spells it.
type Condition string

// The conditions.
const (
	RetryAttemptsExhausted Condition = "RetryAttemptsExhausted"
	RecordAgeExceeded      Condition = "RecordAgeExceeded"
	// RetentionExpired never appears on the wire: the source itself has dropped the records, so there is no record for
	// the destination and they are not counted as dropped.
	RetentionExpired Condition = "RetentionExpired"
)

// Recorded reports whether the on-failure destination gets a record about the discarded records.
func (c Condition) Recorded() bool { return c != RetentionExpired }

// ResponseContext says what the on-failure destination's record tells about the function's last response.
type ResponseContext uint8

// The response contexts.
const (
	// NoResponse: the key responseContext is absent: too old, or never sent.
	NoResponse ResponseContext = iota
	// Unhandled: status 200, functionError "Unhandled": the function failed.
	Unhandled
	// Reported: status 200, functionError null: the function returned and reported failed items.
	Reported
)

// responseContext is what a record tells after an invoke with result r.
func responseContext(r Result) ResponseContext {
	switch r {
	case FunctionError:
		return Unhandled
	case AllFailed, PartlyFailed:
		return Reported
	}
	return NoResponse
}

// Step is what a caller has to do next about a batch.
type Step struct {
	Action Action
	// Again says that this Invoke repeats the last one, records and all. AWS sends it with the same request id. Of a
	// Discard it says that the batch was sent, or throttled, as it was when its head or all of it was given up: the
	// record names that request.
	Again bool
	// Response belongs to a Discard.
	Response ResponseContext
	// From and To delimit the records of an Invoke or Discard: those at the positions From to To-1 of the batch.
	From, To int
	// Count is, of an Invoke, the number of this attempt, from 1, and, of a Discard, the record's
	// approximateInvokeCount: one more than the attempts made if the records were too old, the attempts made otherwise.
	Count int
	// At is when a Wait ends.
	At time.Time
	// Condition is why a Discard is due.
	Condition Condition
}
