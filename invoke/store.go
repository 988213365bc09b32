package invoke

import (
	"context"
	"time"

	"github.com/lambdakit/lambdakit/lambda/registry"
)

// Store keeps accepted asynchronous events until they end. The embedded default keeps them in memory, so they end with
// the process; a durable one survives it, and a shared one lets several processes work on one queue.
//
// All methods must be safe for concurrent use. An event is held by the store from Put until Done, except while it is
// claimed: between the Due that returns it and the Reschedule or Done that gives it back, no other Due returns it. A
// store that outlives its user may let a claim lapse, and so hand an event out twice: Lambda, too, delivers at least
// once. Package storetest has the conformance suite.
type Store interface {
	// Put adds an event that is due at due. The store owns e until Due returns it.
	Put(ctx context.Context, e *QueuedEvent, due time.Time) error
	// Due claims events that are due at t or earlier, at most max, in the order of (due, Number). It also returns when
	// the earliest event that it did not claim is due, the zero Time if there is none.
	Due(ctx context.Context, t time.Time, max int) (claimed []*QueuedEvent, next time.Time, err error)
	// Reschedule gives a claimed event back, changed as it may be, to be due at due.
	Reschedule(ctx context.Context, e *QueuedEvent, due time.Time) error
	// Done removes a claimed event.
	Done(ctx context.Context, e *QueuedEvent) error
}

// QueuedEvent is an accepted asynchronous event. Who holds it may change it; see [Store].
type QueuedEvent struct {
	// Number counts the invocations that one Service accepted; events due at the same instant go in its order.
	Number uint64
	// RequestID identifies the event: the same in the 202, in every run, in the record and in the dead letter.
	RequestID string
	// FunctionName and Qualifier are the target as requested; Qualifier is "" for none.
	FunctionName, Qualifier string
	// Payload is the event's bytes, which nobody changes.
	Payload []byte
	// TraceHeader is the X-Ray trace header that came with the event.
	TraceHeader string
	// Accepted is when the 202 was given; age counts from there.
	Accepted time.Time
	// Attempts counts dispatches. Runs counts those that entered the function, Lookups those that found no function,
	// Backoffs the throttles and system errors since the last of either.
	Attempts, Runs, Lookups, Backoffs int32
	// Last is the latest response; nil while there is none. It is replaced, never changed.
	Last *Response

	// resolution and deployment are what the target last resolved to: its destinations and dead-letter queue serve
	// still when the function is deleted. They do not survive a store that serialises.
	resolution *registry.Resolution
	deployment *registry.Deployment
}

// Response is what a dispatch answered.
type Response struct {
	StatusCode      int
	ExecutedVersion string // "" if nothing ran
	FunctionError   string // "Unhandled" if the run failed
	Payload         []byte // nil if nothing ran
	Message         string // of an API error
}

// failures is the number that maximum retry attempts bound and approximateInvokeCount shows.
func (e *QueuedEvent) failures() int { return int(e.Runs + e.Lookups) }
