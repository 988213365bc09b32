package sqs

import (
	"container/list"
	"time"
)

// phase is where a message stands.
type phase uint8

const (
	gone     phase = iota // deleted, expired or moved away
	delayed               // sent, its delay not over
	visible               // can be received, in a FIFO queue unless its group is blocked
	inFlight              // received, its lease not over
	phases
)

// message is one message in one queue. What is above the line never changes after it was sent.
type message struct {
	*content
	number     uint64 // order of arrival, from 1
	sent       int64  // instants are nanoseconds since 1970
	slot       int    // index into state.slots
	born       uint64 // receipt handles given out before it came
	deadSource string // ARN of the queue whose dead letter it is
	before     int    // receives in that queue

	// ----
	phase    phase
	due      int64 // end of the delay or the lease
	first    int64 // first receive
	latest   int64 // latest receive
	receives int
	lease    uint64   // number of the latest receipt handle, 0 before the first
	pos      [2]int   // places in the heaps
	links    [2]links // neighbours in the lists
	group    *group
}

// delivery is one receive of one message: what its receipt handle and its attributes say. It is read without the
// queue's lock, and so only what never changes is taken from the message.
type delivery struct {
	*message
	lease    uint64
	receives int // in this queue and in the one whose dead letter it is
	first    int64
	until    int64
}

// state is a queue's whole state: rules that take the instant as an argument, without clock, lock or timer.
type state struct {
	set   settings
	limit int // most messages in flight

	hidden dueHeap // delayed and in flight, by due
	expiry expiry  // all, by the end of their retention
	ready  queued  // standard: visible messages in the order in which they became so
	groups map[string]*group
	open   list.List // FIFO: groups that can be received from, in the order in which they became so
	dedup  dedupTable
	count  [phases]int // count[gone] goes below 0 and means nothing
	slots  []*message  // by receipt.slot
	free   []int
	sends  uint64 // messages added
	leases uint64 // receipt handles given out
	purge  purgeRule

	fresh bool // set whenever something became receivable; the shell clears it
}

// The heaps, by message.pos.
const (
	byDue = iota
	byExpiry
)

func newState(set settings) *state {
	s := &state{set: set, limit: maxInFlight, expiry: newExpiry(set.retention), hidden: dueHeap{which: byDue}}
	if set.fifo {
		s.groups = map[string]*group{}
	}
	return s
}

// advance brings the state to an instant: it drops what is past its retention and shows what is due, in order.
func (s *state) advance(now int64) {
	for m := s.expiry.expired(now); m != nil; m = s.expiry.expired(now) {
		s.remove(m)
	}
	for {
		m, at, ok := s.hidden.min()
		if !ok || at > now {
			break
		}
		s.show(m)
	}
}

// add puts a message in, after delay.
func (s *state) add(m *message, delay time.Duration, now int64) {
	s.sends++
	m.number, m.born = s.sends, s.leases
	m.pos = [2]int{notIn, notIn}
	if n := len(s.free); n > 0 {
		m.slot, s.free = s.free[n-1], s.free[:n-1]
		s.slots[m.slot] = m
	} else {
		m.slot = len(s.slots)
		s.slots = append(s.slots, m)
	}
	s.expiry.push(m)
	if s.set.fifo {
		s.joinGroup(m)
	}
	if delay > 0 {
		s.hide(m, delayed, now+int64(delay))
		return
	}
	s.show(m)
}

// hide makes m delayed or in flight until due.
func (s *state) hide(m *message, to phase, due int64) {
	if m.pos[byDue] != notIn {
		s.hidden.remove(m)
	} else if m.phase == visible && !s.set.fifo {
		s.ready.remove(m)
	}
	s.enter(m, to)
	m.due = due
	s.hidden.push(m, due)
}

// show makes m visible.
func (s *state) show(m *message) {
	if m.pos[byDue] != notIn {
		s.hidden.remove(m)
	}
	s.enter(m, visible)
	if s.set.fifo {
		s.fresh = s.fresh || m.group.open != nil
		return
	}
	s.ready.push(m)
	s.fresh = true
}

// remove takes m out of the queue for good.
func (s *state) remove(m *message) {
	if m.pos[byDue] != notIn {
		s.hidden.remove(m)
	} else if m.phase == visible && !s.set.fifo {
		s.ready.remove(m)
	}
	s.expiry.remove(m)
	s.slots[m.slot] = nil
	s.free = append(s.free, m.slot)
	s.enter(m, gone)
}

// enter keeps the counts, and lets the group of m see the change.
func (s *state) enter(m *message, to phase) {
	from, full := m.phase, s.count[inFlight] >= s.limit
	s.count[from]--
	s.count[to]++
	m.phase = to
	if full && s.count[inFlight] < s.limit {
		s.fresh = true // what was visible all the time
	}
	if m.group != nil {
		s.updateGroup(m, from)
	}
}

// receive leases up to max messages for visibility, appends them to got, and takes out those that were received too
// often, which it appends to moved.
func (s *state) receive(got []delivery, moved []*message, max int, visibility time.Duration, now int64) ([]delivery, []*message) {
	max = min(max, s.limit-s.count[inFlight])
	if s.set.fifo {
		return s.receiveGroups(got, moved, max, visibility, now)
	}
	for len(got) < max && s.ready.head != nil {
		m := s.ready.head
		if s.spent(m) {
			s.remove(m)
			moved = append(moved, m)
			continue
		}
		got = append(got, s.take(m, visibility, now))
	}
	return got, moved
}

// spent reports whether another receive would be one more than the redrive policy allows.
func (s *state) spent(m *message) bool { return s.set.dead != nil && m.receives >= s.set.maxReceives }

// take leases one message.
func (s *state) take(m *message, visibility time.Duration, now int64) delivery {
	m.receives++
	if m.receives == 1 {
		m.first = now
	}
	s.leases++
	m.lease, m.latest = s.leases, now
	d := delivery{m, m.lease, m.before + m.receives, m.first, now + int64(visibility)}
	s.hide(m, inFlight, d.until) // with visibility 0 too: the next advance shows it, so that one receive has it once
	return d
}

// find returns the message that a receipt handle was given out for, nil when it is gone, and whether the handle is its
// latest. The place of a message that is gone may have another by now, which came after the handle.
func (s *state) find(h receipt) (m *message, latest bool) {
	if h.slot >= len(s.slots) {
		return nil, false
	}
	if m = s.slots[h.slot]; m == nil || h.lease <= m.born {
		return nil, false
	}
	return m, h.lease == m.lease
}

// issued reports whether the queue ever gave out the handle.
func (s *state) issued(h receipt) bool {
	return h.lease > 0 && h.lease <= s.leases && h.slot < len(s.slots)
}

// next returns when something becomes visible by itself.
func (s *state) next() (int64, bool) {
	_, at, ok := s.hidden.min()
	return at, ok
}
