// Package agenda is when the services that push do what they have put off: tries of events and firings of schedules. It
// runs what is due in a fixed order, so that equal calls give equal traces.
//
//	var a agenda.Agenda
//	a.Set(&agenda.Entry{Number: 1, Do: send}, time.Now().Add(time.Second))
//
// # What is in order, and what is not
//
// What is due is done one after the other: first what is due first, of one instant what has the lower Rank, and of one
// rank what has the lower Number. That goes for entries that return without waiting for time to pass. One that waits, as
// a function of a test does that sleeps, holds the others up for no more than a nanosecond: then they go on without it,
// and what it does when it wakes is in no order with what others do in that instant. In virtual time it is certain which
// of the two an entry does, because there a nanosecond passes only while everybody waits. On a real clock it passes
// at once: entries that are due together are taken in order, and may run side by side.
package agenda

import (
	"container/heap"
	"sync"
	"time"
)

// Agenda runs entries when they are due. Its zero value is ready. It is safe for concurrent use, has one timer, no
// goroutine while nothing is due, and no timer while nothing is on it. In a synctest bubble it belongs to the bubble.
type Agenda struct {
	mu      sync.Mutex
	entries entries
	timer   *time.Timer
	armed   bool   // the timer is set, or has fired and its goroutine is on its way
	turn    uint64 // the goroutine that runs entries is the one that this counted last
	running bool   // that goroutine is at it
}

// Entry is something to do at an instant. Its fields do not change while it is on an agenda.
type Entry struct {
	// Rank and Number order what is due at once.
	Rank   int
	Number uint64
	// Do is called without a lock, on a goroutine of the agenda's, which it may end.
	Do func()

	due   time.Time
	place int // in entries, from 1; 0 if it is on no agenda
}

// before says whether e is done before o.
func (e *Entry) before(o *Entry) bool {
	switch {
	case !e.due.Equal(o.due):
		return e.due.Before(o.due)
	case e.Rank != o.Rank:
		return e.Rank < o.Rank
	}
	return e.Number < o.Number
}

// Set puts an entry on the agenda, or moves it: it is done once, when it is due. What is due already is done at once, but
// never by Set itself.
func (a *Agenda) Set(e *Entry, due time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if e.place > 0 {
		heap.Remove(&a.entries, e.place-1)
	}
	e.due = due
	heap.Push(&a.entries, e)
	a.arm(time.Now())
}

// Unset takes an entry off the agenda, and reports whether it was on it: if not, it may have begun.
func (a *Agenda) Unset(e *Entry) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if e.place == 0 {
		return false
	}
	heap.Remove(&a.entries, e.place-1)
	a.arm(time.Now())
	return true
}

// patience is how long an entry may keep others waiting that are due as well.
const patience = time.Nanosecond

// disarm stops the timer, and reports whether it could: if not, a goroutine is on its way to do what is due, and what is
// to be done should be left to it. a.mu is held.
func (a *Agenda) disarm() bool {
	if a.armed && !a.timer.Stop() {
		return false
	}
	a.armed = false
	return true
}

// arm sets the timer for the first entry. a.mu is held.
func (a *Agenda) arm(now time.Time) {
	if !a.disarm() || len(a.entries) == 0 {
		return
	}
	a.armed = true
	delay := max(0, a.entries[0].due.Sub(now))
	if a.running {
		delay = max(delay, patience)
	}
	if a.timer == nil {
		a.timer = time.AfterFunc(delay, a.run)
	} else {
		a.timer.Reset(delay)
	}
}

// run is the timer's: it does what is due until nothing is, or until the timer finds that it waits.
func (a *Agenda) run() {
	turn := a.begin()
	defer a.end(turn) // even if an entry ends the goroutine
	for e := a.next(turn); e != nil; e = a.next(turn) {
		e.Do()
	}
}

func (a *Agenda) begin() (turn uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.turn++
	a.running, a.armed = true, false
	return a.turn
}

// next takes off what is to be done next, if that is for the goroutine of this turn to do.
func (a *Agenda) next(turn uint64) *Entry {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	if a.turn != turn || !a.disarm() || len(a.entries) == 0 || a.entries[0].due.After(now) {
		return nil
	}
	e := heap.Pop(&a.entries).(*Entry)
	a.arm(now)
	return e
}

func (a *Agenda) end(turn uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.turn == turn {
		a.running = false
		a.arm(time.Now())
	}
}

// entries is a heap of entries that know their places.
type entries []*Entry

func (h entries) Len() int           { return len(h) }
func (h entries) Less(i, j int) bool { return h[i].before(h[j]) }

func (h entries) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i+1, j+1
}

// Push and Pop are for package heap.
func (h *entries) Push(x any) {
	e := x.(*Entry)
	*h = append(*h, e)
	e.place = len(*h)
}

func (h *entries) Pop() any {
	old := *h
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	e.place = 0
	return e
}
