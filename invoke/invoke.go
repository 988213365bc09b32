package invoke

import (
	"context"
	"sync"
	"time"

	"github.com/lambdakit/lambdakit/internal/uuid"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/registry"
)

// Invoke invokes a function as the Invoke operation does.
//
// With RequestResponse it waits for the result; a function that fails is no error but an [Output] with FunctionError
// set. With Event it returns a 202 once the event is queued, and with DryRun a 204 once it is checked. What Lambda
// refuses is a *[lambda.Error].
//
// ctx bounds the wait only: when it is done, Invoke returns its error and the invocation goes on. The same ctx tells
// the function's trace header if it is a handler's; see [Input].
func (s *Service) Invoke(ctx context.Context, in Input) (*Output, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var q request
	if err := s.prepare(ctx, &in, &q); err != nil {
		return nil, err
	}
	switch in.InvocationType {
	case DryRun:
		return &Output{StatusCode: 204, RequestID: q.id}, nil
	case Event:
		return s.enqueue(ctx, &q)
	}
	r := q.run(s, &in)
	w := s.replies.get()
	r.owner = w
	s.attempt(r)
	return w.wait(ctx, r)
}

// housing gives a run its environment where there is none of its deployment: a new one, as a rule. A deploy may have
// come between the run's resolution and its admission, so it looks once more what is deployed now; an environment of
// the old code must not be left to later runs.
func (s *Service) housing(r *run, e *environment) *environment {
	if res, err := s.resolve(s.opts.BaseContext, r.began, lambda.Ref{Name: r.name, Qualifier: r.qualifier}); err == nil {
		if d := s.pick(res, r.number, r.attempt); d.Books == r.deployment.Books {
			r.resolution, r.deployment = res, d
		}
	}
	if e != nil {
		if e.deployment == r.deployment {
			return e
		}
		e.shutDown("redeployed")
	}
	e = s.newEnvironment(r.deployment, r.lease.Pool, lambda.OnDemand)
	r.lease.Attach(e)
	r.cold = true
	return e
}

// reply is the owner of a call that waits: a channel with room for the one word that the run is over.
type reply chan struct{}

func newReply() reply { return make(reply, 1) }

func (c reply) over(r *run, _ time.Time) {
	r.settleRefusal()
	c <- struct{}{}
}

// wait waits for the run, or until ctx is done.
func (c reply) wait(ctx context.Context, r *run) (*Output, error) {
	if ctx.Done() == nil {
		<-c
	} else {
		select {
		case <-c:
		case <-ctx.Done():
			return nil, ctx.Err() // the channel is left to the run
		}
	}
	r.svc.replies.put(c)
	return r.result()
}

// replies are the replies that can be used again. They belong to the Service: a channel must not get from one synctest
// bubble into another.
type replies struct{ pool sync.Pool }

func (p *replies) get() reply {
	if c, ok := p.pool.Get().(reply); ok {
		return c
	}
	return newReply()
}

func (p *replies) put(c reply) { p.pool.Put(c) }

// Start is a synchronous invocation for callers that must not wait, such as pollers: it returns at once and costs no
// goroutine beyond the function's. done is called exactly once, with what Invoke would have returned, on the goroutine
// in which the invocation ended, perhaps before Start returns; it must return soon.
func (s *Service) Start(ctx context.Context, in Input, done func(*Output, error)) {
	in.InvocationType = RequestResponse
	var q request
	if err := s.prepare(ctx, &in, &q); err != nil {
		done(nil, err)
		return
	}
	r := q.run(s, &in)
	r.owner = callback(done)
	s.attempt(r)
}

// request is a request that was found right.
type request struct {
	ref        lambda.Ref
	resolution *registry.Resolution
	payload    []byte
	number     uint64
	id         string
	header     string // the trace header
	at         time.Time
}

// prepare checks a request in the order in which Lambda does.
func (s *Service) prepare(ctx context.Context, in *Input, q *request) (err error) {
	if s.life.closing.Load() {
		return ErrClosed
	}
	q.at = time.Now()
	if q.ref, err = s.check(in); err != nil {
		return s.refused(in, lambda.Ref{Name: in.FunctionName, Qualifier: in.Qualifier}, q.at, err)
	}
	q.resolution, err = s.resolve(ctx, q.at, q.ref)
	if in.Caller != nil && s.opts.Roles != nil {
		err = s.authorize(ctx, in.Caller, q, err)
	}
	if err != nil {
		return s.refused(in, q.ref, q.at, err)
	}
	payload, err := checkPayload(in)
	if s.opts.Functions != nil {
		q.at = time.Now() // a host's look-up may have taken its time
	}
	if err == nil {
		err = s.checkAcceptance(in, q)
	}
	if err != nil {
		return s.refused(in, q.ref, q.at, err)
	}
	q.payload = cloned(payload)
	q.number = s.numbers.Add(1)
	q.id = in.RequestID
	if q.id == "" {
		q.id = uuid.V4(s.opts.Seed, q.number, "request")
	}
	q.header = in.TraceHeader
	if q.header == "" {
		q.header, _ = ctx.Value(traceHeaderKey).(string)
	}
	return nil
}

// run makes the run of a synchronous request.
func (q *request) run(s *Service, in *Input) *run {
	r := &run{
		resolution: q.resolution, number: q.number, name: q.ref.Name, qualifier: q.ref.Qualifier, attempt: 1,
		payload: q.payload,
	}
	r.svc, r.info, r.began = s, r, q.at
	r.out.RequestID = q.id
	if q.header == "" && in.ClientContext == nil && in.LogType != Tail && in.Identity == (CognitoIdentity{}) {
		return r
	}
	r.extra = &extra{traceHeader: q.header, identity: in.Identity, clientContext: cloned(in.ClientContext)}
	if in.LogType == Tail {
		r.extra.tail = &logTail{}
	}
	return r
}

// attempt makes one attempt, inside the controls if there are any. It does not block; the run's owner is told how it ended.
func (s *Service) attempt(r *run) {
	if s.controlled.Load() > 0 {
		if list := s.controls.snapshot(); len(list) > 0 {
			s.controlledAttempt(r, list)
			return
		}
	}
	s.start(r, r.began)
}

// start resolves the last choice, admits the run at now and begins it.
func (s *Service) start(r *run, now time.Time) {
	if !s.life.enter() {
		r.refuse(ErrClosed, now)
		return
	}
	if err := s.stopLoop(r); err != nil {
		s.life.done()
		r.refuse(err, now)
		return
	}
	r.deployment = s.pick(r.resolution, r.number, r.attempt)
	lease, err := r.deployment.Books.AcquireAt(now)
	if err != nil {
		s.life.done()
		err, r.off = s.refusal(r, err)
		r.refuse(err, now)
		return
	}
	r.lease = lease
	e, ok := lease.Attached().(*environment)
	if !ok || e.deployment != r.deployment {
		e = s.housing(r, e)
	}
	r.env, r.home = e, e.env
	e.begin(r, now)
}

// callback is the owner of a call that left a function behind.
type callback func(*Output, error)

func (f callback) over(r *run, _ time.Time) {
	r.settleRefusal()
	f(r.result())
}

// settleRefusal reports a synchronous call that ended in an API error, whether or not its caller is still there.
func (r *run) settleRefusal() {
	if r.err != nil {
		r.svc.traceRefused(r, r.err)
	}
}

func (r *run) result() (*Output, error) {
	if r.lost {
		return nil, lambda.NewError("ServiceException", "")
	}
	if r.err != nil {
		return nil, r.err
	}
	return &r.out, nil
}
