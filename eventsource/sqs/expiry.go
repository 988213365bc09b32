package sqs

import "time"

// expiry orders all messages of a queue by the instant at which they were sent, which is the order in which their
// retention ends. Nearly all come in that order and make a list. Only a dead-letter queue gets messages that are
// older than its last one; those make a heap.
type expiry struct {
	retention time.Duration
	inTurn    queued
	late      dueHeap
}

func newExpiry(retention time.Duration) expiry {
	return expiry{retention: retention, inTurn: queued{which: byAge}, late: dueHeap{which: byExpiry}}
}

func (e *expiry) push(m *message) {
	if last := e.inTurn.tail; last != nil && m.sent < last.sent {
		e.late.push(m, m.sent)
	} else {
		e.inTurn.push(m)
	}
}

func (e *expiry) remove(m *message) {
	if m.pos[byExpiry] == notIn {
		e.inTurn.remove(m)
	} else {
		e.late.remove(m)
	}
}

// expired returns the oldest message if its retention is over, else nil.
func (e *expiry) expired(now int64) *message {
	m := e.inTurn.head
	if late, at, ok := e.late.min(); ok && (m == nil || at < m.sent) {
		m = late
	}
	if m == nil || m.sent+int64(e.retention) > now {
		return nil
	}
	return m
}
