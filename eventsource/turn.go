package eventsource

import "sync"

// turn lets one goroutine at a time into a piece of work, which then owns what the work owns, without anybody waiting:
// who finds it taken leaves, and the holder goes round once more. The zero turn is free.
type turn struct {
	mu          sync.Mutex
	busy, again bool
}

// take reports whether the caller now has the turn. If not, its holder will go round once more.
func (t *turn) take() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.busy {
		t.again = true
		return false
	}
	t.busy, t.again = true, false
	return true
}

// yield gives the turn back, unless somebody wanted it meanwhile: then it returns false, and the work is to be done
// once more.
func (t *turn) yield() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.busy, t.again = t.again, false
	return !t.busy
}

// do does the work, for which the caller has the turn, until nobody wants it any more.
func (t *turn) do(work func()) {
	for {
		work()
		if t.yield() {
			return
		}
	}
}

// inbox takes what has ended, from any goroutine, for the holder of a turn to look at.
type inbox[T any] struct {
	mu    sync.Mutex
	items []T
	spare []T
}

func (b *inbox[T]) post(item T) {
	b.mu.Lock()
	b.items = append(b.items, item)
	b.mu.Unlock()
}

// drain returns what has come, in order. The slice is valid until the next drain.
func (b *inbox[T]) drain() []T {
	b.mu.Lock()
	defer b.mu.Unlock()
	items := b.items
	clear(b.spare)
	b.items, b.spare = b.spare[:0], items
	return items
}
