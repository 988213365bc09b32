package dynamodb

import (
	"time"

	"github.com/lambdakit/lambdakit/internal/watch"
)

// Notify calls wake after every change of an item, expiry included, until stop is called; a call already under way may
// still come through. wake must not block. It implements eventsource.Notifier.
//
// While someone is registered and an item expires some day, the table has one timer.
func (t *Table) Notify(wake func()) (stop func()) {
	one := watch.New(wake)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.watchers = t.watchers.With(one)
	t.rearm()
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.watchers = t.watchers.Without(one)
		t.rearm()
	}
}

// rearm sets the timer to the next expiry, or stops it if nobody waits for one. It needs the lock.
func (t *Table) rearm() {
	next := never
	if len(t.watchers) > 0 {
		next = t.state.expiring.next()
	}
	if next == t.armed {
		return
	}
	t.armed = next
	switch {
	case next == never:
		t.timer.Stop()
	case t.timer == nil:
		t.timer = time.AfterFunc(time.Until(time.UnixMilli(next)), t.tick)
	default:
		t.timer.Reset(time.Until(time.UnixMilli(next)))
	}
}

// tick lets what has expired be deleted. A timer that comes late or too often is harmless.
func (t *Table) tick() {
	t.mu.Lock()
	t.armed = never // it has fired
	t.mu.Unlock()
	t.do(time.Now(), func(*state) {})
}
