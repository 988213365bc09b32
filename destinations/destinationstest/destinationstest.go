// Package destinationstest checks that a [destinations.Target] keeps its contract. An embedder who delivers to a queue,
// a topic or anything else of its own says in a [Harness] how to make a target and how to see what arrived, and calls
// [Run]; each duty is a subtest whose failure says what the duty is.
package destinationstest

import (
	"testing"

	"github.com/lambdakit/lambdakit/destinations"
)

// Kind is a kind of delivery.
type Kind string

// The kinds of delivery.
const (
	SuccessRecord Kind = "success record" // to OnSuccess
	FailureRecord Kind = "failure record" // to an event's OnFailure
	BatchRecord   Kind = "batch record"   // to a stream's OnFailure
	DeadLetter    Kind = "dead letter"    // to a dead-letter queue
)

// Harness makes targets of one kind and shows what they delivered.
type Harness struct {
	// New makes a target to which nothing was delivered yet, and a func that returns what has arrived so far, in any
	// order. Both are called from tests that may run concurrent deliveries.
	New func(t *testing.T) (target destinations.Target, arrived func() []Arrival)
	// Refuses are the kinds that the target takes never: those must fail and must not arrive.
	Refuses []Kind
	// MaxBytes is the largest document that the target takes, 0 for any size.
	MaxBytes int
}

// Arrival is one document as it arrived.
type Arrival struct {
	// Document is the record's JSON, out of whatever the target wraps it in, or a dead letter's body. It may have one
	// key more than the record: payload, the event of a batch.
	Document []byte
	// Attributes are a dead letter's, name to value. Other kinds have none.
	Attributes map[string]string
	// TraceHeader is the trace header that went along.
	TraceHeader string
}

// duty is one thing that a target must do.
type duty struct {
	name, why string
	check     func(t *testing.T, h Harness)
}

// Run checks every duty in a subtest.
func Run(t *testing.T, h Harness) {
	for _, d := range duties {
		t.Run(d.name, func(t *testing.T) {
			t.Cleanup(func() {
				if t.Failed() {
					t.Log("the duty: " + d.why)
				}
			})
			d.check(t, h)
		})
	}
}

// refuses reports whether the target takes no k.
func (h *Harness) refuses(k Kind) bool {
	for _, r := range h.Refuses {
		if r == k {
			return true
		}
	}
	return false
}

// each calls f for every kind that the target takes, in a subtest.
func (h *Harness) each(t *testing.T, f func(t *testing.T, k Kind)) {
	for _, k := range []Kind{SuccessRecord, FailureRecord, BatchRecord, DeadLetter} {
		if !h.refuses(k) {
			t.Run(string(k), func(t *testing.T) { f(t, k) })
		}
	}
}
