package invoke

import (
	"sync"
	"time"
)

// deadlines ends the runs whose time is up. The runs of one timeout wait in one queue, the earliest deadline first, and
// one timer serves them all: setting and stopping one for each run would be a good part of what a run costs.
type deadlines struct {
	mu     sync.Mutex
	queues map[time.Duration]*deadlineQueue
}

// of gives the queue of a timeout. Nothing ever leaves the map: there are only so many timeouts.
func (l *deadlines) of(timeout time.Duration) *deadlineQueue {
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.queues[timeout]
	if q == nil {
		if l.queues == nil {
			l.queues = map[time.Duration]*deadlineQueue{}
		}
		q = &deadlineQueue{timeout: timeout}
		l.queues[timeout] = q
	}
	return q
}

// stop stops the timers, when no run is left.
func (l *deadlines) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, q := range l.queues {
		q.stop()
	}
}

// deadlineQueue is the queue of the runs with one timeout: a list through their environments, each of which serves one
// run at a time.
//
// Its timer is not stopped when a run ends, nor set for each that begins: it fires at the deadline of a run that was
// there once, and is then set for the first of those that are there, or not at all. The timer never fires late, because
// deadlines only grow; it fires in vain once in a timeout at most.
type deadlineQueue struct {
	timeout time.Duration

	mu          sync.Mutex
	first, last *environment
	timer       *time.Timer
	set         bool
}

// deadline is an environment's place in the queue.
type deadline struct {
	run          *run // nil while it has none
	before, next *environment
}

// add puts a run into the queue. Runs come in the order in which they begin, give or take the moment between the reading
// of the clock and the lock.
func (q *deadlineQueue) add(e *environment, r *run) {
	q.mu.Lock()
	before := q.last
	for before != nil && r.began.Before(before.deadline.run.began) {
		before = before.deadline.before
	}
	q.link(e, r, before)
	if !q.set || before == nil && e.deadline.next != nil {
		q.arm(q.timeout - time.Since(r.began))
	}
	q.mu.Unlock()
}

// remove takes an environment's run out of the queue if it is still there.
func (q *deadlineQueue) remove(e *environment) {
	q.mu.Lock()
	if e.deadline.run != nil {
		q.unlink(e)
	}
	q.mu.Unlock()
}

// fire is the timer's: it ends the runs that are due, each on a goroutine of its own, since the end of one may take long.
func (q *deadlineQueue) fire() {
	due := q.due(time.Now())
	for i, r := range due {
		if i == len(due)-1 {
			r.env.expire(r)
			return
		}
		go r.env.expire(r)
	}
}

// due takes the runs whose deadline has come out of the queue, and sets the timer for the next.
func (q *deadlineQueue) due(now time.Time) (due []*run) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.set = false
	for q.first != nil {
		r := q.first.deadline.run
		if left := q.timeout - now.Sub(r.began); left > 0 {
			q.arm(left)
			break
		}
		due = append(due, r)
		q.unlink(q.first)
	}
	return due
}

// arm sets the timer. q.mu is held.
func (q *deadlineQueue) arm(d time.Duration) {
	q.set = true
	if q.timer == nil {
		q.timer = time.AfterFunc(d, q.fire)
	} else {
		q.timer.Reset(d)
	}
}

func (q *deadlineQueue) stop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.timer != nil {
		q.timer.Stop()
	}
}

// link puts a run behind another one, or first if that is nil. q.mu is held.
func (q *deadlineQueue) link(e *environment, r *run, before *environment) {
	next := q.first
	if before != nil {
		next = before.deadline.next
		before.deadline.next = e
	} else {
		q.first = e
	}
	if next != nil {
		next.deadline.before = e
	} else {
		q.last = e
	}
	e.deadline = deadline{run: r, before: before, next: next}
}

// unlink takes a run out. q.mu is held.
func (q *deadlineQueue) unlink(e *environment) {
	d := e.deadline
	e.deadline = deadline{}
	if d.before != nil {
		d.before.deadline.next = d.next
	} else {
		q.first = d.next
	}
	if d.next != nil {
		d.next.deadline.before = d.before
	} else {
		q.last = d.before
	}
}
