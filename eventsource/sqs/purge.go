package sqs

import (
	"context"
	"time"
)

// purgeInterval is how long a queue refuses another purge.
const purgeInterval = time.Minute

// PurgeQueue deletes all messages, in flight and delayed ones too. SQS takes up to a minute for it; here it is done at
// once. A second purge within 60 seconds is refused.
func (q *Queue) PurgeQueue(context.Context) (err error) {
	q.do(func(s *state, now int64) {
		if !s.clear(now) {
			err = ErrPurgeQueueInProgress.because("Only one PurgeQueue operation on " + q.name + " is allowed every 60 seconds.")
		}
	})
	return err
}

// purgeRule remembers the last purge.
type purgeRule struct {
	done bool
	at   int64
}

// clear deletes everything, and reports whether it may.
func (s *state) clear(now int64) bool {
	if s.purge.done && now < s.purge.at+int64(purgeInterval) {
		return false
	}
	s.purge = purgeRule{done: true, at: now}
	for _, m := range s.slots {
		if m != nil {
			s.remove(m)
		}
	}
	return true
}
