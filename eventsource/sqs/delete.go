package sqs

import (
	"context"
	"fmt"

	"github.com/lambdakit/lambdakit/eventsource"
)

// DeleteMessage deletes the message that a receipt handle is of. A message that is gone, or was received again since, is
// no error and nothing happens. A FIFO queue refuses the handle of a message that is still there but whose
// lease is over.
func (q *Queue) DeleteMessage(_ context.Context, handle string) error {
	var err error
	q.do(func(s *state, _ int64) {
		var r receipt
		if r, err = q.parse(handle); err == nil {
			err = s.delete(r, handle)
		}
	})
	return err
}

// Delete implements [eventsource.Queue]. A message whose lease has passed on stays, which is no error.
func (q *Queue) Delete(_ context.Context, records []eventsource.Record) error {
	var first error
	q.do(func(s *state, _ int64) {
		for i := range records {
			r, err := q.parse(records[i].Receipt)
			if err == nil {
				_ = s.delete(r, "") // a lease that is over is no error here
			} else if first == nil {
				first = err
			}
		}
	})
	return first
}

// delete deletes by receipt.
func (s *state) delete(r receipt, handle string) error {
	m, latest := s.find(r)
	switch {
	case m == nil:
	case s.set.fifo && (!latest || m.phase != inFlight):
		return invalidValue(handle, "ReceiptHandle", "The receipt handle has expired.")
	case latest:
		s.remove(m)
	}
	return nil
}

// parse reads a handle, and refuses one that this queue never gave out. The caller holds mu.
func (q *Queue) parse(handle string) (receipt, error) {
	r, ok := parseReceipt(handle)
	if !ok || r.queue != q.ids || !q.state.issued(r) {
		return receipt{}, ErrReceiptHandleIsInvalid.because(fmt.Sprintf("The input receipt handle %q is not a valid receipt handle.", handle))
	}
	return r, nil
}
