package invoke

import (
	"errors"
	"time"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/lambda/trace"
)

// Each function here reports one step, and costs an untraced Service one comparison. An Event is large: those on the
// path of every invocation are split in two, so that its frames stay small and new goroutines need not grow their
// stacks.

func (s *Service) traces() bool { return s.opts.Trace != nil }

// traceEvent is what the steps of one attempt have in common.
func (r *run) traceEvent(kind trace.Kind, now time.Time) trace.Event {
	return trace.Event{
		Kind: kind, Time: now, Number: r.number, Attempt: int(r.attempt), RequestID: r.out.RequestID,
		Function: r.name, Qualifier: r.qualifier, Type: string(r.kind()),
	}
}

// traceEvent is what the steps of one asynchronous event have in common.
func (e *QueuedEvent) traceEvent(kind trace.Kind, now time.Time) trace.Event {
	return trace.Event{
		Kind: kind, Time: now, Number: e.Number, Attempt: int(e.Attempts), RequestID: e.RequestID,
		Function: e.FunctionName, Qualifier: e.Qualifier, Type: string(Event), Age: now.Sub(e.Accepted),
	}
}

// in adds where a run takes place.
func (r *run) in(e *environment, ev trace.Event) trace.Event {
	ev.Version, ev.Environment, ev.Pool = e.deployment.Version, e.stream, r.lease.Pool.String()
	ev.Cold, ev.Spillover = r.cold, r.lease.Spillover
	return ev
}

func (s *Service) traceAccepted(e *QueuedEvent) {
	if s.traces() {
		s.reportAccepted(e)
	}
}

//go:noinline
func (s *Service) reportAccepted(e *QueuedEvent) {
	ev := e.traceEvent(trace.Accepted, e.Accepted)
	ev.Size = len(e.Payload)
	s.opts.Trace(ev)
}

// traceNotAccepted reports an event that the store did not take.
func (s *Service) traceNotAccepted(e *QueuedEvent, err error) {
	if s.traces() {
		s.opts.Trace(withError(e.traceEvent(trace.Refused, time.Now()), err))
	}
}

func (s *Service) traceDispatched(r *run, now time.Time) {
	if s.traces() {
		s.reportDispatched(r, now)
	}
}

//go:noinline
func (s *Service) reportDispatched(r *run, now time.Time) {
	ev := r.traceEvent(trace.Dispatched, now)
	ev.Age = now.Sub(r.event().Accepted)
	s.opts.Trace(ev)
}

// traceRefused reports a call or dispatch that ended in an API error.
func (s *Service) traceRefused(r *run, err error) {
	if s.traces() {
		ev := r.traceEvent(trace.Refused, time.Now())
		if e := r.event(); e != nil {
			ev.Age = ev.Time.Sub(e.Accepted)
		}
		if r.deployment != nil {
			ev.Version = r.deployment.Version
		}
		s.opts.Trace(withError(ev, err))
	}
}

func withError(ev trace.Event, err error) trace.Event {
	ev.Status, ev.Detail = 500, err.Error()
	if api := (*lambda.Error)(nil); errors.As(err, &api) {
		ev.Status, ev.Code, ev.Reason, ev.Detail = api.StatusCode, api.Code, api.Reason, api.Message
	}
	switch ev.Code {
	case "TooManyRequestsException":
		ev.Kind = trace.Throttled
	case "RecursiveInvocationException":
		ev.Kind = trace.LoopStopped
	}
	return ev
}

// refused reports a call of ref that was refused before it got a number.
func (s *Service) refused(in *Input, ref lambda.Ref, now time.Time, err error) error {
	if s.traces() {
		s.opts.Trace(withError(trace.Event{
			Kind: trace.Refused, Time: now, Function: ref.Name, Qualifier: ref.Qualifier,
			Type: string(in.InvocationType), RequestID: in.RequestID,
		}, err))
	}
	return err
}

// traceUnrun reports a dispatch that ran nothing. A function that is turned off refuses in silence: AWS counts no
// throttle for it.
func (s *Service) traceUnrun(r *run, class Class) {
	if r.err != nil && class != ZeroReserved {
		s.traceRefused(r, r.err)
	}
}

func (s *Service) traceInitStarted(e *environment, r *run, phase string) {
	if s.traces() {
		s.opts.Trace(initEvent(e, r, trace.InitStarted, phase))
	}
}

func (s *Service) traceInitEnded(e *environment, r *run, phase string, took time.Duration, outcome, errorType string) {
	if s.traces() {
		ev := initEvent(e, r, trace.InitEnded, phase)
		ev.Duration, ev.Outcome, ev.ErrorType = took, outcome, errorType
		s.opts.Trace(ev)
	}
}

// initEvent is a step of an init: of a run's, or of one off the path of any invocation.
func initEvent(e *environment, r *run, kind trace.Kind, phase string) trace.Event {
	now := time.Now()
	ev := trace.Event{
		Kind: kind, Time: now, Function: e.deployment.Config.Name, Version: e.deployment.Version,
		Environment: e.stream, Pool: e.pool.String(),
	}
	if r != nil {
		ev = r.in(e, r.traceEvent(kind, now))
	}
	ev.Phase, ev.MemorySize = phase, e.deployment.Config.MemorySize
	return ev
}

func (s *Service) traceStarted(r *run) {
	if s.traces() {
		s.reportStarted(r)
	}
}

//go:noinline
func (s *Service) reportStarted(r *run) {
	ev := r.in(r.env, r.traceEvent(trace.Started, r.began))
	ev.Init = r.init
	ev.InFlight = r.deployment.Books.Function().InFlight()
	ev.Claimed = s.opts.Account.ClaimedAccountConcurrency()
	s.opts.Trace(ev)
}

func (s *Service) traceFinished(e *environment, r *run, now time.Time, outcome, errorType string) {
	if s.traces() {
		s.reportFinished(e, r, now, outcome, errorType)
	}
}

//go:noinline
func (s *Service) reportFinished(e *environment, r *run, now time.Time, outcome, errorType string) {
	ev := r.in(e, r.traceEvent(trace.Finished, now))
	ev.Duration, ev.Init = r.took, r.init
	ev.Billed = lambda.BilledDuration(ev.Duration, ev.Init)
	ev.Outcome, ev.ErrorType, ev.Status, ev.Size = outcome, errorType, r.out.StatusCode, len(r.out.Payload)
	ev.MemorySize, ev.MaxMemoryUsed = e.deployment.Config.MemorySize, r.home.MaxMemoryUsed()
	ev.InFlight, ev.Claimed = r.lease.GaugesAfter() // it is given back a moment later
	s.opts.Trace(ev)
	if r.lease.Drains() {
		s.opts.Trace(e.drained(now, ev.Claimed))
	}
}

// drained is the end of a unit of provisioned concurrency that is configured no more, but was in use still.
func (e *environment) drained(now time.Time, claimed int) trace.Event {
	p, _ := e.deployment.Books.ProvisionedAt(now)
	return trace.Event{
		Kind: trace.ConcurrencyChanged, Time: now, Function: e.deployment.Config.Name, Version: e.deployment.Version,
		Detail: provisionedSetting, Allocated: p.Allocated, Claimed: claimed,
	}
}

func (s *Service) traceAbandoned(r *run) {
	if s.traces() {
		s.opts.Trace(r.in(r.env, r.traceEvent(trace.Abandoned, time.Now())))
	}
}

func (s *Service) traceRetrying(e *QueuedEvent, v Verdict, err error) {
	if s.traces() {
		ev := e.traceEvent(trace.Retrying, time.Now())
		ev.Due, ev.Detail = v.Due, unhandled
		if err != nil {
			ev.Detail = err.Error()
		}
		s.opts.Trace(ev)
	}
}

func (s *Service) traceEnded(e *QueuedEvent, v Verdict, now time.Time) {
	if s.traces() {
		s.reportEnded(e, v, now)
	}
}

//go:noinline
func (s *Service) reportEnded(e *QueuedEvent, v Verdict, now time.Time) {
	ev := e.traceEvent(trace.Ended, now)
	ev.Detail, ev.Count = string(v.Condition), e.count(v.Condition)
	s.opts.Trace(ev)
}

func (s *Service) traceLost(e *QueuedEvent, why string) {
	if s.traces() {
		ev := e.traceEvent(trace.Lost, time.Now())
		ev.Detail = why
		s.opts.Trace(ev)
	}
}

func (s *Service) traceDelivery(e *QueuedEvent, to route, err error) {
	if s.traces() {
		ev := e.traceEvent(trace.Delivered, time.Now())
		ev.Route, ev.Target = to.name, to.target.ARN()
		if err != nil {
			ev.Kind, ev.Detail = trace.DeliveryFailed, err.Error()
		}
		s.opts.Trace(ev)
	}
}

func (s *Service) traceEnvironmentEnded(e *environment, reason string) {
	if s.traces() {
		s.opts.Trace(trace.Event{
			Kind: trace.EnvironmentEnded, Time: time.Now(), Function: e.deployment.Config.Name,
			Version: e.deployment.Version, Environment: e.stream, Detail: reason,
		})
	}
}

// The settings of concurrency, as the trace names them.
const (
	reservedSetting    = "ReservedConcurrentExecutions"
	provisionedSetting = "ProvisionedConcurrentExecutions"
)

// concurrencyChanged reports a concurrency setting that changed: a reservation, or with a version what is provisioned.
func (s *Service) concurrencyChanged(now time.Time, function, version string, allocated int) {
	if !s.traces() {
		return
	}
	ev := trace.Event{
		Kind: trace.ConcurrencyChanged, Time: now, Function: function, Version: version, Detail: provisionedSetting,
		Allocated: allocated, Claimed: s.opts.Account.ClaimedAccountConcurrency(),
	}
	if version == "" {
		ev.Detail, ev.Pool = reservedSetting, s.onDemandPool(function).String()
	}
	s.opts.Trace(ev)
}

// onDemandPool is what a function's runs count on that are not on provisioned concurrency. Those of a function that was
// deleted run on, without its reservation.
func (s *Service) onDemandPool(function string) concurrency.Pool {
	if f := s.opts.Account.Function(function); f != nil {
		if _, reserved := f.Reserved(); reserved {
			return concurrency.Reserved
		}
	}
	return concurrency.Unreserved
}

// logLine reports a line that a function wrote, to the trace and to the caller who asked for the log's tail.
func (s *Service) logLine(e *environment, r *run, line string) {
	if r != nil && r.extra != nil && r.extra.tail != nil {
		r.extra.tail.add(line)
	}
	if !s.traces() {
		return
	}
	ev := trace.Event{Time: time.Now(), Function: e.deployment.Config.Name}
	if r != nil {
		ev = r.traceEvent(trace.Log, ev.Time)
	}
	ev.Kind, ev.Detail = trace.Log, line
	ev.Version, ev.Environment = e.deployment.Version, e.stream
	s.opts.Trace(ev)
}

// traceProvisioned reports that the allocation of provisioned concurrency changed.
func (s *Service) traceProvisioned(now time.Time, d *registry.Deployment) {
	if !s.traces() {
		return
	}
	p, _ := d.Books.ProvisionedAt(now)
	s.concurrencyChanged(now, d.Config.Name, d.Version, p.Allocated)
}

// Trace reports a step to the Service's trace function, for packages above this one whose steps belong to the same
// story. Without a trace function it does nothing; ask [Service.Traces] before making an expensive Event.
func (s *Service) Trace(e trace.Event) {
	if s.traces() {
		s.opts.Trace(e)
	}
}

// Traces tells whether anybody looks at the trace.
func (s *Service) Traces() bool { return s.traces() }
