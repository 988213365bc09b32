package sqs

import (
	"slices"
	"time"
)

// dedupInterval is how long a FIFO queue remembers a deduplication id: from the first message that had it, whatever
// becomes of that message.
const dedupInterval = 5 * time.Minute

// dedupTable remembers deduplication ids.
type dedupTable struct {
	seen  map[string]accepted
	order []accepted // by time; those before start are forgotten
	start int
}

// accepted is a message that a deduplication id stands for.
type accepted struct {
	dedupID string
	id      string
	number  uint64
	until   int64
}

// lookup returns the message that was accepted under the id within the interval.
func (t *dedupTable) lookup(dedupID string, now int64) (accepted, bool) {
	for ; t.start < len(t.order) && t.order[t.start].until <= now; t.start++ {
		delete(t.seen, t.order[t.start].dedupID)
		t.order[t.start] = accepted{}
	}
	if t.start > len(t.order)/2 {
		t.order, t.start = slices.Delete(t.order, 0, t.start), 0
	}
	a, ok := t.seen[dedupID]
	return a, ok
}

// remember notes that m was accepted.
func (t *dedupTable) remember(m *message, now int64) {
	if t.seen == nil {
		t.seen = map[string]accepted{}
	}
	a := accepted{m.dedupID, m.id, m.number, now + int64(dedupInterval)}
	t.seen[m.dedupID] = a
	t.order = append(t.order, a)
}
