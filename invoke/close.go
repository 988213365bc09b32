package invoke

import (
	"context"
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
	ctx, cancel := context.WithTimeout(context.Background(), closePatience)
	defer cancel()
	if s.life.wait(ctx) != nil {
		s.sayBusy()
		s.life.wait(context.Background())
	}
	s.cleanUp(context.Background())
}

// Shutdown is Close for servers: it waits no longer than ctx lasts, and then says which handlers are left and returns
// ctx's error; their environments are left to them.
func (s *Service) Shutdown(ctx context.Context) error {
	s.stop()
	if err := s.life.wait(ctx); err != nil {
		s.sayBusy()
		return err
	}
	return s.cleanUp(ctx)
}

func (s *Service) sayBusy() {
	s.opts.Logf("invoke: Close is waiting for handlers:\n\t%s", strings.Join(s.environments.busy(), "\n\t"))
}

// stop lets nothing new begin.
func (s *Service) stop() {
	s.life.closing.Store(true)
	s.timers.stop()
	if s.async.stop() {
		s.async.drop()
	}
}

// stop stops the queue. It returns whether this call did.
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
	return true
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
			q.lose(e)
		}
	}
}

// cleanUp ends the environments, which are all idle now, and lets go of the functions' names.
func (s *Service) cleanUp(ctx context.Context) error {
	for _, e := range s.environments.all() {
		e.shutDown("spindown")
	}
	s.registry.Close()
	return s.life.wait(ctx)
}
