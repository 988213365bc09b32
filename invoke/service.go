// Package invoke calls functions, as the Lambda service does: synchronously, without a retry; asynchronously, through
// a queue with retries, destinations and dead letters; and as a stream.
//
// # One attempt
//
// Every invocation, whoever makes it, goes through the same step: resolve the name, admit the call against the
// concurrency limits, take an execution environment (initialising it if it is cold), run the function under its
// deadline. Everything else is a layer around that step.
//
// # Time
//
// The package uses package time and channels only, so in a testing/synctest bubble six hours of retries take a
// millisecond. What waits owns a timer, never a goroutine: a Service with nothing to do has neither, and a bubble ends
// cleanly. A [Service] belongs to the bubble in which it was made.
//
// # What is not modelled
//
// The freezing of an environment between invocations: goroutines that a handler leaves behind go on running. The
// measuring of memory: see [lambda.Environment.SetMemoryUsed]. SnapStart, extensions, durable functions, tenant
// isolation and managed instances.
package invoke

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/internal/uuid"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/registry"
)

// ErrClosed is the error of a call to a [Service] that is closing or closed.
var ErrClosed = errors.New("invoke: service closed")

// Service runs functions. It is made by [New], is safe for concurrent use, and should be closed.
type Service struct {
	opts     Options
	registry *registry.Registry
	async    queue
	ownStore bool // the events in it end with the Service
	controls controls
	// controlled counts the controls, so that a Service without any finds out for the price of one load.
	controlled   atomic.Int32
	numbers      atomic.Uint64
	life         life
	environments environments
	timers       timers
	controlling  atomic.Int32 // controls that have not returned
	delivering   atomic.Int32 // deliveries under way
	layers       layers
	replies      replies
}

// New makes a Service. It panics if the RetryPolicy has a negative delay or a jitter outside of 0 to 1, which only a
// programming mistake can cause.
func New(o Options) *Service {
	if err := o.RetryPolicy.Validate(); err != nil {
		panic(err.Error())
	}
	s := &Service{opts: o.withDefaults()}
	if s.opts.Store == nil {
		s.opts.Store, s.ownStore = NewMemoryStore(), true
	}
	s.registry = registry.New(registry.Options{
		Identity:      s.opts.Identity,
		Account:       s.opts.Account,
		Owner:         s,
		Seed:          s.opts.Seed,
		Roles:         s.opts.Roles,
		CreateDelay:   s.opts.CreateDelay,
		UpdateDelay:   s.opts.UpdateDelay,
		OnProvision:   s.provision,
		OnConcurrency: s.concurrencyChanged,
	})
	s.async.init(s)
	return s
}

// Account is the accountant that admits this Service's calls: the live books.
func (s *Service) Account() *concurrency.Account { return s.opts.Account }

// Registry is what is deployed, with every operation of the control plane. Its methods take the instant; the Service
// has short forms for the common ones.
func (s *Service) Registry() *registry.Registry { return s.registry }

// Identity is the account, Region and partition of the Service.
func (s *Service) Identity() lambda.Identity { return s.opts.Identity }

// Retired shuts down the environment of a slot that the accountant has given up. It is the accountant's callback, not
// for calling.
func (s *Service) Retired(attached any) {
	if e, ok := attached.(*environment); ok {
		e.shutDown("spindown")
	}
}

// resolve finds what a name and a qualifier denote at now.
func (s *Service) resolve(ctx context.Context, now time.Time, ref lambda.Ref) (*registry.Resolution, error) {
	if f := s.opts.Functions; f != nil {
		return f.Resolve(ctx, ref.Name, ref.Qualifier)
	}
	return s.registry.Resolve(now, ref)
}

// pick chooses the deployment of one attempt: a weighted alias draws anew each time.
func (s *Service) pick(res *registry.Resolution, number uint64, attempt int32) *registry.Deployment {
	if res.Alternative == nil {
		return res.Deployment
	}
	bits, _ := uuid.Bits(s.opts.Seed, number<<16|uint64(attempt)&0xffff, "alias")
	return res.Pick(float64(bits>>11) / (1 << 53))
}
