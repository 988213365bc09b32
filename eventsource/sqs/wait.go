package sqs

import (
	"slices"
	"time"
)

// waiter is someone who wants to know that there may be a message.
type waiter struct{ wake func() }

// Notify implements [eventsource.Notifier]. It registers wake, which is called whenever there may be something to
// receive: a message sent, its delay or its lease over, a FIFO group unblocked. wake must not block; it may be called
// by any goroutine and in the course of any other method, and the queue holds no lock then. stop ends it; a call that is
// under way may still come. What can be received already when Notify is called is not announced. A queue with nobody to
// notify has no timer.
func (q *Queue) Notify(wake func()) (stop func()) {
	w := &waiter{wake}
	q.mu.Lock()
	q.waiters = append(slices.Clip(q.waiters), w)
	q.setTimer(time.Now().UnixNano())
	q.mu.Unlock()
	return func() { q.forget(w) }
}

// forget takes out a waiter; with the last one goes the timer, so that the queue can be used in another bubble.
func (q *Queue) forget(w *waiter) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiters = slices.DeleteFunc(slices.Clone(q.waiters), func(o *waiter) bool { return o == w })
	if len(q.waiters) == 0 && q.timer != nil {
		q.timer.Stop()
		q.timer, q.armed = nil, 0
	}
}

// settle sets the timer after a step and returns whom to wake. The caller holds mu.
func (q *Queue) settle(now int64) []*waiter {
	fresh := q.state.fresh
	q.state.fresh = false
	if len(q.waiters) == 0 {
		return nil
	}
	q.setTimer(now)
	if !fresh {
		return nil
	}
	return q.waiters
}

// setTimer makes the timer fire no later than the next message shows itself, and stops it when none will. A timer that
// is early is left alone: it costs less to let it fire than to set it anew at every delete.
func (q *Queue) setTimer(now int64) {
	at, ok := q.state.next()
	switch {
	case !ok && q.armed != 0:
		q.timer.Stop()
		q.armed = 0
	case !ok || q.armed != 0 && q.armed <= at:
	case q.timer == nil:
		q.armed = at
		q.timer = time.AfterFunc(time.Duration(at-now), q.tick)
	default:
		q.armed = at
		q.timer.Reset(time.Duration(at - now))
	}
}

// tick is the timer's callback.
func (q *Queue) tick() {
	q.mu.Lock()
	q.armed = 0
	q.mu.Unlock()
	q.do(func(*state, int64) {})
}
