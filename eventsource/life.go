package eventsource

import "sync"

// life counts the work under way in a poller. Once it is stopped nothing new begins; what is under way goes on, and
// whoever asked learns when the last of it is over. The zero life has begun.
type life struct {
	mu      sync.Mutex
	n       int
	stopped bool
	over    []func()
}

// enter counts one more piece of work, unless the life is stopped.
func (l *life) enter() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped {
		return false
	}
	l.n++
	return true
}

// add counts one more piece of work that work already counted has begun.
func (l *life) add() {
	l.mu.Lock()
	l.n++
	l.mu.Unlock()
}

// leave ends a piece of work.
func (l *life) leave() {
	l.mu.Lock()
	l.n--
	over := l.takeOver()
	l.mu.Unlock()
	callAll(over)
}

// stop lets nothing new begin. It reports whether that is new.
func (l *life) stop() (first bool) {
	l.mu.Lock()
	first, l.stopped = !l.stopped, true
	over := l.takeOver()
	l.mu.Unlock()
	callAll(over)
	return first
}

func (l *life) isStopped() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stopped
}

// then calls f once the life is stopped and everything in it has ended: at once if that is so already.
func (l *life) then(f func()) {
	l.mu.Lock()
	l.over = append(l.over, f)
	over := l.takeOver()
	l.mu.Unlock()
	callAll(over)
}

// takeOver returns whom to tell that all is over. The caller holds mu.
func (l *life) takeOver() []func() {
	if !l.stopped || l.n > 0 {
		return nil
	}
	over := l.over
	l.over = nil
	return over
}

func callAll(fs []func()) {
	for _, f := range fs {
		f()
	}
}
