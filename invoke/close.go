package invoke

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"
)

// closePatience is how long Close waits before it says what it is waiting for.
const closePatience = 5 * time.Second

// Close ends the Service: it refuses new calls, stops the asynchronous queue, drops the events that wait in its own
// store (each is traced as Lost; events in a Store given in the options stay there), waits for running handlers, also
// for those that outlived their deadline, shuts the environments down, and gives up the function names claimed in the
// Account. If handlers do not end within five seconds it says which, through Options.Logf, and waits on. It has no
// result, so that it fits testing.T.Cleanup; a second call waits as well.
func (s *Service) Close() {
	s.stop()
	s.waitPatiently()
	s.endEnvironments()
	s.waitPatiently()
}

// waitPatiently waits until nothing runs, and says what it waits for if that takes long.
func (s *Service) waitPatiently() {
	ctx, cancel := context.WithTimeout(context.Background(), closePatience)
	defer cancel()
	if s.life.wait(ctx) != nil {
		s.sayBusy()
		s.life.wait(context.Background())
	}
}

// Shutdown is Close for servers: it waits no longer than ctx lasts, and then says which handlers are left and returns
// ctx's error; their environments are left to them.
func (s *Service) Shutdown(ctx context.Context) error {
	s.stop()
	if err := s.life.wait(ctx); err != nil {
		s.sayBusy()
		return err
	}
	s.endEnvironments()
	if err := s.life.wait(ctx); err != nil {
		s.sayBusy()
		return err
	}
	return nil
}

func (s *Service) sayBusy() {
	busy := s.environments.busy()
	if n := s.controlling.Load(); n > 0 {
		busy = append(busy, fmt.Sprintf("%d controls have not returned", n))
	}
	if n := s.delivering.Load(); n > 0 {
		busy = append(busy, fmt.Sprintf("%d deliveries are under way", n))
	}
	if len(busy) == 0 {
		busy = []string{"a call of the store has not returned"}
	}
	s.opts.Logf("invoke: Close is waiting for handlers:\n\t%s", strings.Join(busy, "\n\t"))
}

// stop lets nothing new begin.
func (s *Service) stop() {
	s.life.closing.Store(true)
	s.timers.stop()
	if s.async.stop() {
		s.async.drop()
	}
	s.async.stopWatching()
}

// stop stops the queue. It returns whether this call did. What waits in a store that was given is not this Service's
// concern any more.
func (q *queue) stop() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stopped {
		return false
	}
	q.stopped = true
	if q.timer != nil {
		q.timer.Stop()
	}
	if q.ids != nil {
		q.pending, q.ids = 0, map[string]int{}
		q.wakeWaiting()
	}
	return true
}

// stopWatching ends the watch on the store, without the lock that the store's wake may be waiting for.
func (q *queue) stopWatching() {
	q.mu.Lock()
	stop := q.unwatch
	q.unwatch = nil
	q.mu.Unlock()
	if stop != nil {
		stop()
	}
}

// drop gives up the events that wait in the Service's own store.
func (q *queue) drop() {
	if !q.svc.ownStore {
		return
	}
	for {
		events, _, _ := q.store.Due(context.Background(), time.Unix(0, math.MaxInt64), pumpBatch)
		if len(events) == 0 {
			return
		}
		for _, e := range events {
			q.giveUp(e)
		}
	}
}

// dropLate is drop for an event that came into the store after the queue had stopped, on its own goroutine, because
// q.mu is held.
func (q *queue) dropLate() {
	if !q.svc.ownStore {
		return
	}
	q.svc.life.add()
	go func() {
		defer q.svc.life.done()
		q.drop()
	}()
}

// giveUp ends this Service's work on a claimed event when it closes: an event of its own store is lost, one of a given
// store goes back for somebody else.
func (q *queue) giveUp(e *QueuedEvent) {
	if q.svc.ownStore {
		q.svc.traceLost(e, "service closed")
		q.forget(e)
		return
	}
	if err := q.store.Reschedule(q.svc.opts.BaseContext, e, time.Now()); err != nil {
		q.svc.opts.Logf("invoke: store: event %s cannot be given back: %v", e.RequestID, err)
	}
}

// endEnvironments ends the environments, which are all idle now, and lets go of the functions' names.
func (s *Service) endEnvironments() {
	for _, e := range s.environments.all() {
		e.shutDown("spindown")
	}
	s.registry.Close()
}
