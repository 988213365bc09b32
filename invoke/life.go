package invoke

import (
	"context"
	"sync"
	"sync/atomic"
)

// life counts the goroutines that a Service owns, and keeps new ones out once it closes.
type life struct {
	n       atomic.Int64
	closing atomic.Bool

	mu   sync.Mutex
	idle chan struct{} // closed when n reaches 0; nil while nobody waits
}

// enter counts one more piece of work, unless the Service is closing.
func (l *life) enter() bool {
	l.n.Add(1)
	if l.closing.Load() {
		l.done()
		return false
	}
	return true
}

// add counts one more piece of work that work already counted has begun.
func (l *life) add() { l.n.Add(1) }

func (l *life) done() {
	if l.n.Add(-1) == 0 && l.closing.Load() {
		l.wake()
	}
}

func (l *life) wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.idle != nil && l.n.Load() == 0 {
		close(l.idle)
		l.idle = nil
	}
}

// wait waits until no work is left, after closing was set.
func (l *life) wait(ctx context.Context) error {
	l.mu.Lock()
	if l.idle == nil {
		l.idle = make(chan struct{})
	}
	idle := l.idle
	l.mu.Unlock()
	l.wake() // the last one may have gone before anybody waited
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
