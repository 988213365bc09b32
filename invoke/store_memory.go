package invoke

import (
	"context"
	"sync"
	"time"
)

// MemoryStore is the [Store] that keeps events in memory. The zero value is empty and ready.
type MemoryStore struct {
	mu   sync.Mutex
	heap []pending
}

// pending is one event that waits. Its due time is kept as a duration since the first instant the store saw: half of
// the size of a time.Time, and as exact.
type pending struct {
	due   time.Duration
	event *QueuedEvent
}

func (p pending) before(q pending) bool {
	if p.due != q.due {
		return p.due < q.due
	}
	return p.event.Number < q.event.Number
}

// origin is what due times are counted from. Its distance to any time that Lambda handles fits a Duration.
var origin = time.Unix(1<<30, 0)

// NewMemoryStore returns an empty store.
func NewMemoryStore() *MemoryStore { return &MemoryStore{} }

// Put adds an event. It never fails.
func (s *MemoryStore) Put(_ context.Context, e *QueuedEvent, due time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.push(pending{due.Sub(origin), e})
	return nil
}

// Reschedule gives an event back. It never fails.
func (s *MemoryStore) Reschedule(ctx context.Context, e *QueuedEvent, due time.Time) error {
	return s.Put(ctx, e, due)
}

// Done forgets an event, which a claimed one already is.
func (s *MemoryStore) Done(context.Context, *QueuedEvent) error { return nil }

// Due claims what is due. It never fails.
func (s *MemoryStore) Due(_ context.Context, t time.Time, max int) (claimed []*QueuedEvent, next time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := t.Sub(origin)
	if len(s.heap) > 0 && s.heap[0].due <= now {
		claimed = make([]*QueuedEvent, 0, min(len(s.heap), max, pumpBatch))
	}
	for len(s.heap) > 0 && s.heap[0].due <= now && len(claimed) < max {
		claimed = append(claimed, s.pop())
	}
	if len(s.heap) > 0 {
		next = origin.Add(s.heap[0].due)
	}
	return claimed, next, nil
}

// Len is the number of events that wait; claimed ones are not counted.
func (s *MemoryStore) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.heap)
}

func (s *MemoryStore) push(p pending) {
	h := append(s.heap, p)
	i := len(h) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if !p.before(h[parent]) {
			break
		}
		h[i] = h[parent]
		i = parent
	}
	h[i] = p
	s.heap = h
}

func (s *MemoryStore) pop() *QueuedEvent {
	h := s.heap
	top, last := h[0].event, h[len(h)-1]
	h[len(h)-1] = pending{}
	h = h[:len(h)-1]
	if len(h) > 0 {
		siftDown(h, last)
	} else {
		h = nil // a burst's memory goes with the burst
	}
	s.heap = h
	return top
}

// siftDown places p in a heap whose root is free.
func siftDown(h []pending, p pending) {
	i := 0
	for {
		child := 2*i + 1
		if child >= len(h) {
			break
		}
		if right := child + 1; right < len(h) && h[right].before(h[child]) {
			child = right
		}
		if !h[child].before(p) {
			break
		}
		h[i] = h[child]
		i = child
	}
	h[i] = p
}

var _ Store = (*MemoryStore)(nil)
