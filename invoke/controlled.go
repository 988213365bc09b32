package invoke

import (
	"sync"
	"time"

	"github.com/lambdakit/lambdakit/lambda"
)

// controlledAttempt makes an attempt inside controls, on a goroutine of its own: a control may block.
func (s *Service) controlledAttempt(r *run, list []*Control) {
	if !s.life.enter() {
		r.refuse(ErrClosed, time.Now())
		return
	}
	id := r.out.RequestID // which is r's own no more once the controls have returned
	go func() {
		defer s.life.done()
		a := &Attempt{
			Number: r.number, RequestID: id, FunctionName: r.name, Qualifier: r.qualifier,
			InvocationType: r.kind(), Attempt: int(r.attempt), Payload: r.payload,
		}
		var made latest
		outcome := Lose() // what a control's Goexit leaves behind
		defer func() {
			r.adopt(outcome, made.get())
			r.owner.over(r, time.Now())
		}()
		s.controlling.Add(1)
		defer s.controlling.Add(-1)
		outcome = chain(list, a, func() Outcome {
			inner := s.runOnce(r, id)
			made.set(inner)
			return inner.outcome()
		})
	}()
}

// latest is the run that ended last of those that controls called for, nil if they called for none. They may call for
// several at once, and for some whose end they do not wait for.
type latest struct {
	mu  sync.Mutex
	run *run
}

func (l *latest) set(r *run) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.run = r
}

func (l *latest) get() *run {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.run
}

// runOnce makes one attempt in r's place and waits for it. Controls may call for several, of which an earlier one's handler
// may still be about: each has its own event.
func (s *Service) runOnce(r *run, id string) *run {
	done := make(inside, 1)
	inner := &run{
		resolution: r.resolution, number: r.number, name: r.name, qualifier: r.qualifier, async: r.async,
		attempt: r.attempt, payload: cloned(r.payload), extra: r.extra.again(), owner: done,
	}
	inner.svc, inner.info = s, inner
	inner.out.RequestID = id
	s.start(inner, time.Now())
	<-done
	return inner
}

// inside is the owner of a run inside controls, which have the last word on how it went.
type inside chan struct{}

func (c inside) over(*run, time.Time) { c <- struct{}{} }

// adopt makes an outcome that controls returned the run's own. made is the run that they called for, if they did.
func (r *run) adopt(o Outcome, made *run) {
	if made != nil {
		r.deployment = made.deployment
		r.off = made.off && o.Err == made.err
	}
	r.lost, r.err = o.Lost, o.Err
	switch {
	case o.Output != nil:
		id := r.out.RequestID
		r.out = *o.Output
		r.out.RequestID = id
		r.complete()
	case o.Err == nil && !o.Lost:
		r.err = lambda.NewError("ServiceException", "a Control returned an Outcome without Output, Err or Lost")
	}
}

// complete says of a result that controls made up what Lambda says of every result, where they did not.
func (r *run) complete() {
	if r.out.StatusCode == 0 {
		r.out.StatusCode = 200
	}
	if r.out.ExecutedVersion == "" {
		r.out.ExecutedVersion = r.svc.pick(r.resolution, r.number, r.attempt).Version
	}
}
