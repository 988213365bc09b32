package sqs

import (
	"context"
	"time"
)

// ChangeMessageVisibility makes a message in flight visible after timeout from now, 0 s to 12 h; 0 releases it at once.
// Together with the time since it was received that is at most 12 h.
func (q *Queue) ChangeMessageVisibility(_ context.Context, handle string, timeout time.Duration) error {
	if !seconds(timeout, 0, maxVisibility) {
		return invalidValue(inSeconds(timeout), "VisibilityTimeout", "Must be between 0 and 43200.")
	}
	var err error
	q.do(func(s *state, now int64) {
		var r receipt
		if r, err = q.parse(handle); err == nil {
			err = s.change(r, handle, timeout, now)
		}
	})
	return err
}

// change moves the end of a lease.
func (s *state) change(r receipt, handle string, timeout time.Duration, now int64) error {
	m, latest := s.find(r)
	switch {
	case !latest:
		return invalidValue(handle, "ReceiptHandle", "Message does not exist or is not available for visibility timeout change.")
	case m.phase != inFlight:
		return ErrMessageNotInflight.because("The message referred to isn't in flight.")
	case now+int64(timeout) > m.latest+int64(maxVisibility):
		return invalidValue(inSeconds(timeout), "VisibilityTimeout", "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]")
	case timeout == 0:
		s.show(m)
	default:
		s.hide(m, inFlight, now+int64(timeout))
	}
	return nil
}
