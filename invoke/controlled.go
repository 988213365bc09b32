package invoke

import "time"

// controlledAttempt makes an attempt inside controls, on a goroutine of its own: a control may block.
func (s *Service) controlledAttempt(r *run, list []*Control) {
	if !s.life.enter() {
		r.refuse(ErrClosed, time.Now())
		return
	}
	go func() {
		defer s.life.done()
		a := &Attempt{
			Number: r.number, RequestID: r.out.RequestID, FunctionName: r.name, Qualifier: r.qualifier,
			InvocationType: r.kind(), Attempt: int(r.attempt), Payload: r.payload,
		}
		outcome := Lose() // what a control's Goexit leaves behind
		defer func() {
			r.adopt(outcome)
			r.owner.over(r, time.Now())
		}()
		s.controlling.Add(1)
		defer s.controlling.Add(-1)
		outcome = chain(list, a, func() Outcome { return s.runOnce(r) })
	}()
}

// runOnce makes one attempt in r's place and waits for it. Controls may call for several, of which an earlier one's handler
// may still be about: each has its own event.
func (s *Service) runOnce(r *run) Outcome {
	done := make(inside, 1)
	inner := &run{
		resolution: r.resolution, number: r.number, name: r.name, qualifier: r.qualifier, async: r.async,
		attempt: r.attempt, payload: cloned(r.payload), extra: r.extra.again(), owner: done,
	}
	inner.svc, inner.info = s, inner
	inner.out.RequestID = r.out.RequestID
	s.start(inner, time.Now())
	<-done
	r.off, r.deployment = inner.off, inner.deployment
	return inner.outcome()
}

// inside is the owner of a run inside controls, which have the last word on how it went.
type inside chan struct{}

func (c inside) over(*run, time.Time) { c <- struct{}{} }
