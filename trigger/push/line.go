package push

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"github.com/lambdakit/lambdakit/internal/uuid"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/iam"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/trigger/internal/redeliver"
)

// Invoker is what a producer needs of Lambda: *[invoke.Service] is one.
type Invoker interface {
	Invoke(ctx context.Context, in invoke.Input) (*invoke.Output, error)
}

// Options are what every producer needs to know.
type Options struct {
	// Invoker is where functions are invoked. Required.
	Invoker Invoker
	// Identity is the account, Region and partition of the producer.
	Identity lambda.Identity
	// Seed determines ids, tokens and jitter.
	Seed uint64
	// Trace gets every call, as Pushed and PushFailed; nil for none.
	Trace trace.Func

	_ struct{}
}

// errTimeout is the error of a call that took longer than its producer waits. It is nobody's mistake, and so tried again.
var errTimeout = errors.New("push: the function did not answer in time")

// line is a producer's line to Lambda: the calls that one source makes. It is safe for concurrent use.
type line struct {
	row       *Producer
	functions Invoker
	identity  lambda.Identity
	seed      uint64
	trace     trace.Func
	source    string // the ARN that calls
	token     string // the EventSourceToken
	numbers   atomic.Uint64
}

// newLine makes the line of a source.
func newLine(row int, source string, o *Options) (*line, error) {
	if o.Invoker == nil {
		return nil, ErrInvalidParameter.because("There is no Lambda to find functions in: set Options.Invoker.")
	}
	return &line{
		row: &producers[row], functions: o.Invoker, identity: o.Identity.WithDefaults(), seed: o.Seed, trace: o.Trace,
		source: source,
	}, nil
}

// functionARN is the ARN of a function given by name or ARN.
func (l *line) functionARN(function string) (string, error) {
	ref, err := lambda.ParseRef(function, "")
	if err != nil {
		return "", ErrInvalidParameter.over(err.Error(), err)
	}
	if _, ok := lambda.ParseARN(function); ok {
		return function, nil
	}
	id := l.identity
	id.Account, id.Region = cmp.Or(ref.Account, id.Account), cmp.Or(ref.Region, id.Region)
	return id.FunctionARN(ref.Name, ref.Qualifier), nil
}

// newID is an id that nothing else of the line has.
func (l *line) newID(purpose string) string {
	return uuid.V4(l.seed, l.numbers.Add(1), purpose+" "+l.source)
}

// callers are who a resource policy may let, in the order in which they are tried; one nil for a producer that acts with
// a role or a right of its owner's.
func (l *line) callers() []*iam.Caller {
	if len(l.row.Principals) == 0 {
		return []*iam.Caller{nil}
	}
	var all []*iam.Caller
	for _, principal := range l.row.Principals {
		c := &iam.Caller{Principal: strings.Replace(principal, region, l.identity.Region, 1)}
		if l.row.SourceARN {
			c.SourceARN = l.source
		}
		if l.row.SourceAccount {
			c.SourceAccount = l.identity.Account
		}
		if l.row.EventSourceToken {
			c.EventSourceToken = l.token
		}
		all = append(all, c)
	}
	return all
}

// invoke makes one call, on behalf of whichever of the producer's principals may.
func (l *line) invoke(ctx context.Context, in invoke.Input) (out *invoke.Output, err error) {
	for _, in.Caller = range l.callers() {
		if out, err = l.functions.Invoke(ctx, in); !errors.Is(err, lambda.ErrAccessDenied) {
			break
		}
	}
	return out, err
}

// probe asks whether the producer may invoke a function.
func (l *line) probe(ctx context.Context, function string) error {
	_, err := l.invoke(ctx, invoke.Input{FunctionName: function, InvocationType: invoke.DryRun})
	return err
}

// call invokes a function synchronously, with the producer's patience and attempts. A function's failure is an
// *[lambda.FunctionError].
func (l *line) call(ctx context.Context, function string, event []byte) ([]byte, error) {
	for attempt := 1; ; attempt++ {
		out, err := l.try(ctx, function, event)
		again := err != nil && attempt < l.row.Attempts && ctx.Err() == nil && redeliver.Classify(err) != redeliver.ClientError
		l.report(function, attempt, err, again)
		if err != nil {
			if !again {
				return nil, err
			}
			continue
		}
		if err := out.Err(); err != nil {
			return nil, err
		}
		return out.Payload, nil
	}
}

// try waits for one synchronous answer.
func (l *line) try(ctx context.Context, function string, event []byte) (*invoke.Output, error) {
	waiting := ctx
	if l.row.Wait > 0 {
		var cancel context.CancelFunc
		waiting, cancel = context.WithTimeout(ctx, l.row.Wait)
		defer cancel()
	}
	out, err := l.invoke(waiting, invoke.Input{FunctionName: function, Payload: event})
	if err != nil && waiting.Err() != nil && ctx.Err() == nil {
		return nil, errTimeout
	}
	return out, err
}

// send hands over one asynchronous event, once.
func (l *line) send(ctx context.Context, function string, event []byte) error {
	_, err := l.invoke(ctx, invoke.Input{FunctionName: function, InvocationType: invoke.Event, Payload: event})
	l.report(function, 1, err, false)
	return err
}

// report traces one try. The next attempt of a synchronous call is due at once.
func (l *line) report(function string, attempt int, err error, again bool) {
	if l.trace == nil {
		return
	}
	e := trace.Event{Kind: trace.Pushed, Time: time.Now(), Attempt: attempt, Target: function, Source: l.source}
	if err != nil {
		e.Kind, e.Code, e.Detail = trace.PushFailed, redeliver.CodeOf(err), err.Error()
		if again {
			e.Due = e.Time
		}
	}
	l.trace(e)
}
