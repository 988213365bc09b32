package invoke

import (
	"context"
	"log"
	"time"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/iam"
	"github.com/lambdakit/lambdakit/lambda/trace"
)

// Options configures a [Service]. The zero value is Lambda with its defaults, in an account of its own.
type Options struct {
	// Identity is the account, Region and partition.
	Identity lambda.Identity
	// Account keeps the books of concurrency; nil makes one of its own with AWS's default limits. Services that share
	// an Account share its limits; they must not share function names.
	Account *concurrency.Account
	// Seed determines everything random: request ids, weighted aliases, jitter. Services with equal seeds and equal
	// calls behave equally. Give Services that run at once and meet (one on another's queue, one store) different seeds,
	// or their request ids collide.
	Seed uint64
	// RetryPolicy is the asynchronous queue's; the zero value is AWS's.
	RetryPolicy RetryPolicy
	// Store keeps asynchronous events; nil keeps them in memory.
	Store Store
	// Functions is where functions are looked up; nil for the Service's own registry. See [Functions].
	Functions Functions
	// Trace gets every step; nil for none. An untraced Service is faster.
	Trace trace.Func
	// BaseContext is what handlers' contexts descend from; nil means context.Background(). A caller's context is never
	// an ancestor: it bounds only the caller's wait.
	BaseContext context.Context
	// Targets finds the destination or dead-letter target with an ARN, for callers that have only that; nil finds none.
	Targets func(arn string) (destinations.Target, error)
	// Roles are the execution roles that there are. With them a function that has a role may read, send and be called
	// only as its role and its resource policy allow, whenever that changes; see [Input].Caller. One without a role is
	// free. nil: a role is only a name, and nothing is checked.
	Roles *iam.Roles
	// CreateDelay and UpdateDelay are how long a new function is Pending and an update InProgress; 0 is no time at all.
	CreateDelay, UpdateDelay time.Duration
	// Logf takes what Close has to say when handlers do not end; nil means the standard logger.
	Logf func(format string, args ...any)

	_ struct{}
}

func (o Options) withDefaults() Options {
	o.Identity = o.Identity.WithDefaults()
	if o.Account == nil {
		o.Account = concurrency.NewAccount(concurrency.Options{})
	}
	if o.BaseContext == nil {
		o.BaseContext = context.Background()
	}
	if o.Logf == nil {
		o.Logf = log.Printf
	}
	return o
}
