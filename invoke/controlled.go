package invoke

import "time"

// controlledAttempt makes an attempt inside controls, on a goroutine of its own: a control may block.
func (s *Service) controlledAttempt(r *run, list []*Control) {
	if !s.life.enter() {
		r.refuse(ErrClosed)
		return
	}
	go func() {
		defer s.life.done()
		a := &Attempt{
			Number: r.number, RequestID: r.out.RequestID, FunctionName: r.name, Qualifier: r.qualifier,
			InvocationType: r.kind, Attempt: int(r.attempt), Payload: r.payload,
		}
		outcome := Lose() // what a control's Goexit leaves behind
		defer func() {
			r.adopt(outcome)
			r.complete(r)
		}()
		s.controlling.Add(1)
		defer s.controlling.Add(-1)
		outcome = chain(list, a, func() Outcome { return s.runOnce(r) })
	}()
}

// runOnce makes one attempt in r's place and waits for it.
func (s *Service) runOnce(r *run) Outcome {
	inner := &run{
		svc: s, resolution: r.resolution, number: r.number, name: r.name, qualifier: r.qualifier, kind: r.kind,
		attempt: r.attempt, payload: r.payload, extra: r.extra,
		reply: make(chan struct{}, 1), complete: func(inner *run) { inner.reply <- struct{}{} },
	}
	inner.base, inner.info = r.base, inner
	inner.out.RequestID = r.out.RequestID
	s.start(inner, time.Now())
	<-inner.reply
	r.off, r.deployment = inner.off, inner.deployment
	return inner.outcome()
}
