package alb

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/iam"
	"github.com/lambdakit/lambdakit/trigger/internal/httpevent"
)

// TargetGroup is a target group with one function, and the load balancer before it. It is made by [New], is safe for
// concurrent use, and has no goroutine while it serves nothing. Its requests call the function at most once each.
type TargetGroup struct {
	opts    Options
	home    lambda.Identity
	caller  *iam.Caller
	target  atomic.Pointer[target]
	numbers atomic.Uint64
	health  health
	events  httpevent.Buffers
}

// target is the registered function.
type target struct {
	name, qualifier string
	deregistered    atomic.Bool
}

// New makes a target group. It fails if there is no Invoker, a setting is out of AWS's bounds, or the function is in
// another account or Region than the group.
func New(o Options) (*TargetGroup, error) {
	o, err := o.check()
	if err != nil {
		return nil, err
	}
	g := &TargetGroup{opts: o}
	g.home, _ = groupIdentity(o.TargetGroupARN)
	g.caller = &iam.Caller{
		Principal: "elasticloadbalancing.amazonaws.com", SourceARN: o.TargetGroupARN, SourceAccount: g.home.Account,
	}
	if o.FunctionName == "" && o.Qualifier == "" {
		return g, nil
	}
	if _, err := g.targetARN(o.FunctionName, o.Qualifier); err != nil {
		return nil, fmt.Errorf("alb: Options.FunctionName: %w", err)
	}
	g.target.Store(&target{name: o.FunctionName, qualifier: o.Qualifier})
	return g, nil
}

// exchange is one request on its way to an answer.
type exchange struct {
	g     *TargetGroup
	r     *http.Request
	began time.Time
	trace string // the header that the function gets
}

// ServeHTTP answers one request. When the client goes away it gives up waiting; the function runs on.
func (g *TargetGroup) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := exchange{g: g, r: r, began: time.Now()}
	x.trace = traceHeader(r.Header.Get("X-Amzn-Trace-Id"), httpevent.TraceRoot(x.began, g.opts.Seed, g.numbers.Add(1)))
	a, f := x.run()
	switch {
	case f == nil:
		a.write(w, r)
	case f.status == statusClientGone:
		w.WriteHeader(f.status)
	default:
		writePage(w, r, f.status)
	}
	if g.opts.AccessLog != nil {
		g.opts.AccessLog(x.entry(a, f))
	}
}

// run finds the answer, or why there is none.
func (x *exchange) run() (*answer, *failure) {
	if f := refuse(x.r); f != nil {
		return nil, f
	}
	t := x.g.target.Load()
	if t == nil {
		return nil, &failure{status: http.StatusServiceUnavailable}
	}
	body, err := httpevent.ReadBody(x.r, maxBody)
	if errors.Is(err, httpevent.ErrTooLarge) {
		return nil, requestTooLarge
	}
	if err != nil {
		return nil, &failure{status: http.StatusBadRequest}
	}
	event := x.g.events.Get()
	defer x.g.events.Put(event)
	*event = x.appendEvent(*event, body)
	out, err := x.g.opts.Invoker.Invoke(x.r.Context(), invoke.Input{
		FunctionName: t.name, Qualifier: t.qualifier, Caller: x.g.caller, TraceHeader: x.trace, Payload: *event,
		WellFormed: true,
	})
	switch {
	case err != nil && x.r.Context().Err() != nil:
		return nil, &failure{status: statusClientGone}
	case t.deregistered.Load():
		return nil, &failure{status: deregisteredStatus}
	case err != nil:
		return nil, refusal(err)
	}
	return judge(out, x.g.opts.MultiValueHeaders)
}

var _ http.Handler = (*TargetGroup)(nil)
