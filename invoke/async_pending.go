package invoke

import "context"

// admit counts an event in, unless the queue has stopped.
func (q *queue) admit(e *QueuedEvent) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stopped {
		return false
	}
	q.pending++
	if q.ids != nil {
		q.ids[e.RequestID]++
	}
	return true
}

// release counts an event out. One that was accepted elsewhere, or before a restart, was never counted in.
func (q *queue) release(e *QueuedEvent) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ids != nil {
		if q.ids[e.RequestID] == 0 {
			return
		}
		if q.ids[e.RequestID]--; q.ids[e.RequestID] == 0 {
			delete(q.ids, e.RequestID)
		}
	}
	q.pending--
	q.wakeWaiting()
}

// wakeWaiting lets those go who wait for the last event, if it has ended. q.mu is held.
func (q *queue) wakeWaiting() {
	if q.pending == 0 && q.waiting != nil {
		close(q.waiting)
		q.waiting = nil
	}
}

// Wait waits until every asynchronous event that was accepted has ended and its results are delivered, or until ctx is
// done, whose error it then returns. Events accepted meanwhile are waited for too. Events that other users of a shared
// Store accepted are not, nor those that wait in a given Store when the Service closes.
func (s *Service) Wait(ctx context.Context) error {
	q := &s.async
	q.mu.Lock()
	if q.pending == 0 {
		q.mu.Unlock()
		return nil
	}
	if q.waiting == nil {
		q.waiting = make(chan struct{})
	}
	waiting := q.waiting
	q.mu.Unlock()
	select {
	case <-waiting:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Pending is the number of asynchronous events that this Service has accepted and that have not ended.
func (s *Service) Pending() int {
	s.async.mu.Lock()
	defer s.async.mu.Unlock()
	return s.async.pending
}
