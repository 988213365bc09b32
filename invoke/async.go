package invoke

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/registry"
)

// queue is the asynchronous queue: it dispatches the store's events when they are due. One timer serves all of them,
// and only while there are any.
type queue struct {
	svc    *Service
	store  Store
	policy RetryPolicy

	mu      sync.Mutex
	pending int            // events accepted here and not ended
	waiting chan struct{}  // closed when pending reaches 0; nil while nobody waits
	ids     map[string]int // of the pending events, where the store may hold others as well; else nil
	pumping bool           // a goroutine is dispatching
	again   bool           // and must look once more before it rests
	stopped bool
	timer   *time.Timer
	armed   time.Time // when the timer fires; zero if it is not set
	unwatch func()    // ends the watch on a store that notifies
}

func (q *queue) init(s *Service) {
	q.svc, q.store, q.policy = s, s.opts.Store, s.opts.RetryPolicy
	if !s.ownStore {
		q.ids = map[string]int{}
	}
}

// enqueue accepts an event.
func (s *Service) enqueue(ctx context.Context, q *request) (*Output, error) {
	e := &QueuedEvent{
		Number: q.number, RequestID: q.id, FunctionName: q.resolution.Deployment.Config.Name,
		Qualifier: q.ref.Qualifier, Payload: q.payload, TraceHeader: q.header, Accepted: q.at, resolution: q.resolution,
	}
	if err := s.async.accept(ctx, e); err != nil {
		return nil, err
	}
	return &Output{StatusCode: 202, RequestID: q.id}, nil
}

func (q *queue) accept(ctx context.Context, e *QueuedEvent) error {
	if !q.svc.life.enter() { // Close waits for the store
		return ErrClosed
	}
	defer q.svc.life.done()
	if !q.admit(e) {
		return ErrClosed
	}
	if err := q.put(ctx, e); err != nil {
		q.release(e)
		return err
	}
	q.wake()
	return nil
}

// put gives an event to the store, whose it is then: it may be dispatched before Put returns.
func (q *queue) put(ctx context.Context, e *QueuedEvent) error {
	if q.svc.ownStore { // which never fails
		q.svc.traceAccepted(e)
		return q.store.Put(ctx, e, e.Accepted)
	}
	accepted := *e
	if err := q.store.Put(ctx, e, e.Accepted); err != nil {
		refusal := lambda.NewError("ServiceException", err.Error())
		q.svc.traceNotAccepted(&accepted, refusal)
		return refusal
	}
	q.svc.traceAccepted(&accepted)
	return nil
}

// wake has the queue look for what is due, on a goroutine of its own unless one is at it already.
func (q *queue) wake() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.armed = time.Time{}
	if q.stopped { // first: a pump that goes to rest looks no more
		q.dropLate()
		return
	}
	if q.pumping {
		q.again = true
		return
	}
	if !q.svc.life.enter() {
		return
	}
	q.pumping = true
	go q.pump()
}

// pumpBatch is how many events are claimed at a time, storeRetry how long the queue waits for a store that failed.
const (
	pumpBatch  = 64
	storeRetry = time.Second
)

// pump dispatches what is due until nothing is, and sets the timer for what comes next.
func (q *queue) pump() {
	defer q.svc.life.done()
	for {
		due, next, err := q.store.Due(q.svc.opts.BaseContext, time.Now(), pumpBatch)
		now := time.Now() // a store may take its time, which is not the run's
		if err != nil {
			next = now.Add(storeRetry)
		}
		for _, e := range due {
			if q.svc.life.closing.Load() {
				q.giveUp(e)
				continue
			}
			q.dispatch(e, now)
		}
		if q.rest(len(due) > 0, next) {
			return
		}
	}
}

// rest ends the pumping unless there may be more to do.
func (q *queue) rest(more bool, next time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if (more || q.again) && !q.stopped {
		q.again = false
		return false
	}
	q.pumping = false
	if !next.IsZero() {
		q.arm(next)
	}
	return true
}

// arm sets the timer to fire at due, unless it fires earlier. q.mu is held.
func (q *queue) arm(due time.Time) {
	if q.stopped || !q.armed.IsZero() && !due.Before(q.armed) {
		return
	}
	q.armed = due
	if d := time.Until(due); q.timer == nil {
		q.timer = time.AfterFunc(d, q.wake)
	} else {
		q.timer.Reset(d)
	}
}

// dispatch tries to start the function of an event that the queue has claimed.
func (q *queue) dispatch(e *QueuedEvent, now time.Time) {
	s := q.svc
	res, err := s.resolve(s.opts.BaseContext, now, lambda.Ref{Name: e.FunctionName, Qualifier: e.Qualifier})
	class := Class(0)
	if err != nil {
		class = q.classOf(err, e, now)
	} else {
		e.resolution = res
	}
	if v := q.policy.Admit(now, q.history(e, class)); v.Ended() {
		q.endLater(e, v, now)
		return
	}
	e.Attempts++
	r := q.newRun(e, now)
	switch {
	case err != nil:
		r.err = err
		q.settleLater(r, class, now)
	case isOff(res.Deployment):
		q.settleLater(r, ZeroReserved, now)
	default:
		s.traceDispatched(r, now)
		s.attempt(r)
	}
}

func isOff(d *registry.Deployment) bool {
	n, set := d.Books.Function().Reserved()
	return set && n == 0
}

func (q *queue) newRun(e *QueuedEvent, now time.Time) *run {
	r := &run{
		resolution: e.resolution, number: e.Number, name: e.FunctionName, qualifier: e.Qualifier, async: true,
		attempt: e.Attempts, payload: cloned(e.Payload), owner: e,
	}
	r.svc, r.info, r.began = q.svc, r, now
	r.out.RequestID = e.RequestID
	if e.TraceHeader != "" {
		r.extra = &extra{traceHeader: e.TraceHeader}
	}
	return r
}

// over settles a dispatch.
func (e *QueuedEvent) over(r *run, now time.Time) {
	q := &r.svc.async
	switch {
	case r.lost:
		q.lose(e)
	case r.off:
		q.settleLater(r, ZeroReserved, now)
	case r.err != nil:
		if errors.Is(r.err, ErrClosed) {
			e.Attempts-- // it was none
			q.giveUp(e)
			return
		}
		q.settleLater(r, q.classOf(r.err, e, now), now)
	default:
		q.settle(r, r.noteRun(), now)
	}
}

// classOf says what an API error means to an event.
func (q *queue) classOf(err error, e *QueuedEvent, now time.Time) Class {
	var api *lambda.Error
	switch {
	case !errors.As(err, &api):
		return SystemError
	case api.Code == "RecursiveInvocationException":
		return LoopStopped
	case api.StatusCode == 429:
		return Throttled
	case api.StatusCode == 404:
		return q.classOfMissing(e, now)
	case api.StatusCode >= 500, api.StatusCode == 409:
		return SystemError // not ready now may be ready later
	}
	return NotFound // asking again will not help, but Lambda knows no other way
}

// classOfMissing tells a deleted alias of a function that is there from everything else that is gone.
func (q *queue) classOfMissing(e *QueuedEvent, now time.Time) Class {
	if e.Qualifier == "" || lambda.IsVersion(e.Qualifier) || e.Qualifier == lambda.Latest {
		return NotFound
	}
	if _, err := q.svc.resolve(q.svc.opts.BaseContext, now, lambda.Ref{Name: e.FunctionName}); err != nil {
		return NotFound
	}
	return AliasGone
}

// noteRun books a run that took place on its event.
func (r *run) noteRun() Class {
	e := r.event()
	if r.deployment != nil { // a control may have made up the outcome
		e.deployment = r.deployment
	}
	e.Runs++
	e.Backoffs = 0
	class := FunctionError
	if r.out.FunctionError == "" {
		class = Succeeded
	}
	if class == Succeeded && (e.resolution.Async == nil || e.resolution.Async.OnSuccess == nil) {
		return class // nobody will ask for the response
	}
	e.Last = &Response{
		StatusCode: r.out.StatusCode, ExecutedVersion: r.out.ExecutedVersion,
		FunctionError: r.out.FunctionError, Payload: r.out.Payload,
	}
	return class
}

// noteRefusal books a dispatch that found no function or no room.
func (e *QueuedEvent) noteRefusal(class Class, err error) {
	switch class {
	case ZeroReserved, LoopStopped: // decided before anything answered
		if e.Runs == 0 {
			e.Last = nil
		}
		return
	case NotFound, AliasGone:
		e.Lookups++
		e.Backoffs = 0
	case Throttled, SystemError:
		e.Backoffs++
	}
	e.Last = responseOf(err)
}

// rateExceeded is the answer to nearly every throttled dispatch. A great many events may wait with it: they share it.
var rateExceeded = &Response{StatusCode: 429, Message: lambda.RateExceeded("").Message}

// responseOf is what a dispatch answered that ran nothing.
func responseOf(err error) *Response {
	status, message := 500, ""
	if api := (*lambda.Error)(nil); errors.As(err, &api) {
		status, message = api.StatusCode, api.Message
	} else {
		message = err.Error()
	}
	if status == rateExceeded.StatusCode && message == rateExceeded.Message {
		return rateExceeded
	}
	return &Response{StatusCode: status, Message: message}
}

// settleLater books a refusal, and settles it where delivering cannot hold up the queue.
func (q *queue) settleLater(r *run, class Class, now time.Time) {
	q.svc.traceUnrun(r, class)
	e := r.event()
	e.noteRefusal(class, r.err)
	v := q.policy.Next(now, q.history(e, class))
	if !v.Ended() {
		q.retry(e, v, r.err)
		return
	}
	q.endLater(e, v, now)
}

// settle decides what becomes of an event whose function ran.
func (q *queue) settle(r *run, class Class, now time.Time) {
	e := r.event()
	v := q.policy.Next(now, q.history(e, class))
	if !v.Ended() {
		q.retry(e, v, nil)
		return
	}
	q.end(e, v, now)
}

func (q *queue) history(e *QueuedEvent, class Class) History {
	retries, age := e.limits()
	return History{
		Class: class, Accepted: e.Accepted, MaximumRetryAttempts: retries, MaximumEventAge: age,
		Failures: e.failures(), Runs: int(e.Runs), Backoffs: int(e.Backoffs),
		Seed: q.svc.opts.Seed, Number: e.Number, Attempt: int(e.Attempts),
	}
}

// limits are the retry and age limits of the event's target as it was last found.
func (e *QueuedEvent) limits() (retries int, age time.Duration) {
	retries, age = DefaultMaximumRetryAttempts, DefaultMaximumEventAge
	if e.resolution == nil || e.resolution.Async == nil {
		return retries, age
	}
	if n := e.resolution.Async.MaximumRetryAttempts; n != nil {
		retries = *n
	}
	if d := e.resolution.Async.MaximumEventAge; d != nil {
		age = *d
	}
	return retries, age
}

// retry gives an event back to be dispatched once more.
func (q *queue) retry(e *QueuedEvent, v Verdict, err error) {
	q.svc.traceRetrying(e, v, err)
	if storeErr := q.store.Reschedule(q.svc.opts.BaseContext, e, v.Due); storeErr != nil {
		q.svc.traceLost(e, "store: "+storeErr.Error())
		q.release(e)
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stopped {
		q.dropLate()
		return
	}
	if q.pumping {
		q.again = true
	}
	q.arm(v.Due)
}

// lose forgets an event, as a control wanted it.
func (q *queue) lose(e *QueuedEvent) {
	q.svc.traceLost(e, "lost by a control")
	q.forget(e)
}

func (q *queue) forget(e *QueuedEvent) {
	if err := q.store.Done(q.svc.opts.BaseContext, e); err != nil {
		q.svc.opts.Logf("invoke: store: event %s is over, but: %v", e.RequestID, err)
	}
	q.release(e)
}

// endLater ends an event where delivering its outcome may block somebody else: on a goroutine of its own if there is
// anything to deliver.
func (q *queue) endLater(e *QueuedEvent, v Verdict, now time.Time) {
	if len(q.routes(e, v)) == 0 {
		q.end(e, v, now)
		return
	}
	q.svc.life.add()
	go func() {
		defer q.svc.life.done()
		q.end(e, v, now)
	}()
}

func (q *queue) end(e *QueuedEvent, v Verdict, now time.Time) {
	q.svc.traceEnded(e, v, now)
	q.deliverAll(e, v, q.routes(e, v), now)
}

// deliverAll sends the outcome every way, and then forgets the event. The rest is deferred at each step, because a
// target may end the goroutine: a test's require does.
func (q *queue) deliverAll(e *QueuedEvent, v Verdict, ways []route, now time.Time) {
	if len(ways) == 0 {
		q.forget(e)
		return
	}
	defer q.deliverAll(e, v, ways[1:], now)
	q.svc.deliver(e, v, ways[0], now)
}

// count is the event's approximateInvokeCount.
func (e *QueuedEvent) count(c destinations.Condition) int {
	if c == destinations.Success {
		return 1
	}
	return e.failures()
}

// String names an event in messages.
func (e *QueuedEvent) String() string {
	return e.FunctionName + " #" + strconv.FormatUint(e.Number, 10)
}
