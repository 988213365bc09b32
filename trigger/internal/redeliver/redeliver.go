// Package redeliver is what the services that push have in common: the tries of one event at one target. The first try
// is made on the goroutine that pushes, and so is another that follows at once; a [Rule] says whether and when there is
// one, and an [agenda.Agenda] makes those that are due later. Tries that are due in one instant are made in the order in
// which their events were pushed, as far as an agenda keeps an order, which its package says. What is given up goes to a
// dead-letter queue if there is one. Every try is traced.
//
//	q := &redeliver.Queue{Source: topic.ARN(), Seed: seed, Trace: f}
//	q.Push(redeliver.Event{Target: functionARN, Rule: rule, Try: invoke})
package redeliver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/lambdakit/lambdakit/internal/uuid"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/trigger/internal/agenda"
)

// Queue makes the tries. Its zero value is ready, untraced; its fields are set before the first Push. It is safe for
// concurrent use, has no goroutine while it waits and no timer while nothing waits. In a synctest bubble it belongs to
// the bubble.
type Queue struct {
	// Source is the ARN of the topic, rule, bucket or the like, for the trace.
	Source string
	// Seed determines the jitter.
	Seed uint64
	// Trace gets Pushed and PushFailed; nil for none.
	Trace trace.Func
	// Agenda is when tries are made, with [Rank]. What its owner puts off as well can be on it too, before them or behind.
	Agenda agenda.Agenda

	mu      sync.Mutex
	pushed  uint64
	pending int                    // events neither handed over nor given up
	waiting map[*delivery]struct{} // those on the agenda
	idle    chan struct{}          // closed when pending reaches 0; nil while nobody waits
	closed  bool
	trying  sync.WaitGroup
}

// Rank is the rank of tries on the agenda.
const Rank = 1

// Event is one event on its way to one target.
type Event struct {
	// Target is the target's ARN.
	Target string
	// Source stands for the queue's Source where that is "".
	Source string
	// Try hands the event over once. A panic or a Goexit in it is an error like any other. It is called without a lock,
	// one call after the other.
	Try func(ctx context.Context) error
	// Rule says what follows a try that failed; nil gives up at once.
	Rule Rule
	// DeadLetter is where the event goes when it is given up; nil for nowhere.
	DeadLetter *DeadLetter
}

// DeadLetter is a dead-letter queue for one event. Send is called once, with the last error and the number of tries.
type DeadLetter struct {
	Target string
	Send   func(ctx context.Context, last error, tries int) error
}

// delivery is an event with its history.
type delivery struct {
	Event
	queue  *Queue
	number uint64
	first  time.Time
	tries  int
	entry  agenda.Entry
}

// Push makes the first try, and those that the rule wants at once, and returns when they are over: on the agenda they
// would be in no order with what follows Push. What is pushed into a closed queue is dropped.
func (q *Queue) Push(e Event) {
	e.Source = cmp.Or(e.Source, q.Source)
	d := &delivery{Event: e, queue: q, first: time.Now()}
	q.mu.Lock()
	q.pushed++
	d.number = q.pushed
	d.entry = agenda.Entry{Rank: Rank, Number: d.number, Do: d.again}
	closed := q.closed
	if !closed {
		q.pending++
		q.trying.Add(1)
	}
	q.mu.Unlock()
	if closed {
		d.drop(d.first)
		return
	}
	d.run()
}

// Pending is how many events are neither handed over nor given up.
func (q *Queue) Pending() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.pending
}

// Wait waits until nothing is pending, or ctx is done.
func (q *Queue) Wait(ctx context.Context) error {
	q.mu.Lock()
	if q.pending == 0 {
		q.mu.Unlock()
		return nil
	}
	if q.idle == nil {
		q.idle = make(chan struct{})
	}
	idle := q.idle
	q.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close empties the agenda of tries, traces what it drops as lost, and waits for tries under way: it must not be called
// from one. A second call waits as well.
func (q *Queue) Close() {
	now := time.Now()
	var dropped []*delivery
	q.mu.Lock()
	q.closed = true
	for d := range q.waiting {
		q.Agenda.Unset(&d.entry) // one that has begun already finds that it does not wait any more
		dropped = append(dropped, d)
		q.release()
	}
	clear(q.waiting)
	q.mu.Unlock()
	slices.SortFunc(dropped, func(a, b *delivery) int { return cmp.Compare(a.number, b.number) })
	for _, d := range dropped {
		d.drop(now)
	}
	q.trying.Wait()
}

// release counts one event less. q.mu is held.
func (q *Queue) release() {
	q.pending--
	if q.pending == 0 && q.idle != nil {
		close(q.idle)
		q.idle = nil
	}
}

// again is the agenda's: it makes the next try.
func (d *delivery) again() {
	q := d.queue
	q.mu.Lock()
	_, waits := q.waiting[d]
	if waits {
		delete(q.waiting, d)
		q.trying.Add(1)
	}
	q.mu.Unlock()
	if waits {
		d.run()
	}
}

// run makes the tries of one instant.
func (d *delivery) run() {
	defer d.queue.trying.Done()
	d.try()
}

// try makes one try and sees to what follows, even if the target ends the goroutine.
func (d *delivery) try() {
	d.tries++
	contain(func() error { return d.Try(context.Background()) }, d.settle)
}

// contain calls f, and over with what came of it: the error, or that f panicked or ended its goroutine.
func contain(f func() error, over func(error)) {
	err := errors.New("the target ended its goroutine")
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the target panicked: %v", v)
		}
		over(err)
	}()
	err = f()
}

// settle decides what becomes of an event after a try.
func (d *delivery) settle(err error) {
	now := time.Now()
	if err == nil {
		d.trace(trace.Event{Kind: trace.Pushed, Time: now, Attempt: d.tries, Target: d.Target})
		d.finish()
		return
	}
	delay, again := d.next(now, err)
	failed := trace.Event{Kind: trace.PushFailed, Time: now, Attempt: d.tries, Target: d.Target, Code: CodeOf(err), Detail: err.Error()}
	if again {
		failed.Due = now.Add(delay)
	}
	d.trace(failed)
	switch {
	case again:
		d.wait(now, delay)
	case d.DeadLetter != nil:
		d.bury(err)
	default:
		d.finish()
	}
}

// next asks the rule.
func (d *delivery) next(now time.Time, err error) (time.Duration, bool) {
	if d.Rule == nil {
		return 0, false
	}
	bits, _ := uuid.Bits(d.queue.Seed, d.number<<20|uint64(d.tries)&(1<<20-1), "redelivery")
	return d.Rule(Failure{
		Tries: d.tries, Age: now.Sub(d.first), Err: err, Class: Classify(err), Jitter: float64(bits>>11) / (1 << 53),
	})
}

// wait puts the next try on the agenda, or makes it if there is nothing to wait for.
func (d *delivery) wait(now time.Time, delay time.Duration) {
	q := d.queue
	q.mu.Lock()
	closed := q.closed
	switch {
	case closed:
		q.release()
	case delay > 0:
		if q.waiting == nil {
			q.waiting = map[*delivery]struct{}{}
		}
		q.waiting[d] = struct{}{}
		q.Agenda.Set(&d.entry, now.Add(delay))
	}
	q.mu.Unlock()
	switch {
	case closed:
		d.drop(now)
	case delay <= 0:
		d.try()
	}
}

// bury sends the event to its dead-letter queue, once.
func (d *delivery) bury(last error) {
	contain(func() error { return d.DeadLetter.Send(context.Background(), last, d.tries) }, func(err error) {
		e := trace.Event{Kind: trace.Pushed, Time: time.Now(), Attempt: 1, Target: d.DeadLetter.Target, Route: trace.DeadLetter}
		if err != nil {
			e.Kind, e.Code, e.Detail = trace.PushFailed, CodeOf(err), err.Error()
		}
		d.trace(e)
		d.finish()
	})
}

func (d *delivery) finish() {
	d.queue.mu.Lock()
	defer d.queue.mu.Unlock()
	d.queue.release()
}

// drop traces that the event is given up because the queue closed.
func (d *delivery) drop(now time.Time) {
	d.trace(trace.Event{Kind: trace.Lost, Time: now, Attempt: d.tries, Target: d.Target, Detail: "closed"})
}

func (d *delivery) trace(e trace.Event) {
	if d.queue.Trace != nil {
		e.Source = d.Source
		d.queue.Trace(e)
	}
}
