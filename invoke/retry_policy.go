package invoke

import (
	"errors"
	"fmt"
	"time"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/internal/backoff"
	"github.com/lambdakit/lambdakit/internal/uuid"
)

// RetryPolicy says when an asynchronous event that did not succeed is tried again. The zero value is Lambda's: one
// minute before the first retry of a function error and two before the second, and from one second doubling to five
// minutes after a throttle or a system error. Tests see those delays in virtual time; a server or a demo that cannot
// wait makes them shorter.
//
// A RetryPolicy is a value without state: the same arguments give the same verdict.
type RetryPolicy struct {
	// FunctionError is the delay before the first retry of a function error; the n-th waits n times as long. 0 means
	// one minute.
	FunctionError time.Duration
	// Backoff is the delay after the first throttle or system error, doubled for each further one in a row. 0 means
	// one second.
	Backoff time.Duration
	// MaximumBackoff bounds it; 0 means five minutes.
	MaximumBackoff time.Duration
	// Jitter spreads each delay evenly over ±Jitter of its length, 0 to 1. AWS's delays vary by about a tenth; the
	// default is none. It is a function of the Service's seed, the event and the attempt.
	Jitter float64
}

// Validate refuses negative delays and a jitter outside of 0 to 1.
func (p RetryPolicy) Validate() error {
	switch {
	case p.FunctionError < 0 || p.Backoff < 0 || p.MaximumBackoff < 0:
		return errors.New("invoke: a RetryPolicy has a negative delay")
	case !(p.Jitter >= 0 && p.Jitter <= 1): // nor NaN
		return fmt.Errorf("invoke: a RetryPolicy has a jitter of %v, which is not from 0 to 1", p.Jitter)
	}
	return nil
}

// The defaults of an event-invoke config.
const (
	DefaultMaximumRetryAttempts = 2
	DefaultMaximumEventAge      = 6 * time.Hour
)

// Class is what became of one dispatch of an asynchronous event.
type Class uint8

// The classes.
const (
	Succeeded     Class = iota + 1 // the function returned
	FunctionError                  // the function, or its init, failed: an error, a timeout, a crash
	Throttled                      // 429
	SystemError                    // 5xx
	NotFound                       // the target is gone
	AliasGone                      // the target is an alias that is gone, while its function is there
	ZeroReserved                   // the function is turned off by a reserved concurrency of 0
	LoopStopped                    // recursion detection stopped the chain
)

// History is what a [RetryPolicy] needs to know of an event.
type History struct {
	Class                Class // of the dispatch that just ended
	Accepted             time.Time
	MaximumRetryAttempts int
	MaximumEventAge      time.Duration
	// Failures counts runs that failed and lookups that found nothing, this one included: what approximateInvokeCount
	// shows.
	Failures int
	// Runs counts the runs among them.
	Runs int
	// Backoffs counts throttles and system errors since the last run or lookup, this one included.
	Backoffs int
	// Seed and Number identify the event for jitter, and Attempt the dispatch.
	Seed, Number uint64
	Attempt      int
}

// Verdict is what happens to an event next: it ends with a condition, or it is due again.
type Verdict struct {
	// Condition is the event's terminal condition; "" when it is due again.
	Condition destinations.Condition
	// Due is when the next dispatch is.
	Due time.Time
	// Silent says that the end sends no record and no dead letter.
	Silent bool
}

// Ended tells whether the event is over.
func (v Verdict) Ended() bool { return v.Condition != "" }

// The rules of the asynchronous queue that AWS has not been seen to settle. Each stands here once.
const (
	// throttleLooksAhead: an event whose next throttle or system-error retry would be past its age ends at once, as
	// one whose next function-error retry would be is known to.
	throttleLooksAhead = true
	// tieExceedsAge: a retry due exactly when the age limit is reached is too late.
	tieExceedsAge = true
	// aliasDeletedDrops: an event sent to an alias that is deleted before any run, with a retry or more allowed,
	// waits for its age limit and is then dropped without a record.
	aliasDeletedDrops = true
)

// Next gives the verdict on a dispatch that ended at now.
func (p RetryPolicy) Next(now time.Time, h History) Verdict {
	switch h.Class {
	case Succeeded:
		return Verdict{Condition: destinations.Success}
	case ZeroReserved:
		return Verdict{Condition: destinations.ZeroReservedConcurrency}
	case LoopStopped:
		return Verdict{Condition: destinations.RecursiveInvocation}
	case Throttled, SystemError:
		return h.retryAt(now.Add(p.jittered(p.backoff(h.Backoffs), h)), throttleLooksAhead)
	case AliasGone:
		if h.dropsSilently() {
			return h.dropAtAge(now)
		}
	}
	if h.Failures > h.MaximumRetryAttempts {
		return Verdict{Condition: destinations.RetriesExhausted}
	}
	return h.retryAt(now.Add(p.jittered(p.retryDelay(h.Failures), h)), true)
}

// Admit gives the verdict on an event that is about to be dispatched at now: its age may have passed while it waited,
// and its config may have been lowered. An event that may be dispatched gets a Verdict that is not [Verdict.Ended].
func (p RetryPolicy) Admit(now time.Time, h History) Verdict {
	switch {
	case h.Failures > h.MaximumRetryAttempts:
		return Verdict{Condition: destinations.RetriesExhausted}
	case h.tooOld(now):
		return Verdict{Condition: destinations.EventAgeExceeded, Silent: h.dropsSilently()}
	}
	return Verdict{}
}

// dropsSilently tells whether the event is one that Lambda drops without a record when its age is up.
func (h History) dropsSilently() bool {
	return aliasDeletedDrops && h.Class == AliasGone && h.Runs == 0 && h.MaximumRetryAttempts > 0
}

func (h History) retryAt(due time.Time, lookAhead bool) Verdict {
	if lookAhead && h.tooOld(due) {
		return Verdict{Condition: destinations.EventAgeExceeded}
	}
	return Verdict{Due: due}
}

func (h History) dropAtAge(now time.Time) Verdict {
	if h.tooOld(now) {
		return Verdict{Condition: destinations.EventAgeExceeded, Silent: true}
	}
	return Verdict{Due: h.Accepted.Add(h.MaximumEventAge)}
}

func (h History) tooOld(t time.Time) bool {
	age := t.Sub(h.Accepted)
	return age > h.MaximumEventAge || tieExceedsAge && age == h.MaximumEventAge
}

func (p RetryPolicy) retryDelay(n int) time.Duration {
	return time.Duration(n) * orDefault(p.FunctionError, time.Minute)
}

func (p RetryPolicy) backoff(n int) time.Duration {
	return backoff.Doubling(orDefault(p.Backoff, time.Second), orDefault(p.MaximumBackoff, 5*time.Minute), n)
}

func (p RetryPolicy) jittered(d time.Duration, h History) time.Duration {
	if p.Jitter == 0 {
		return d
	}
	bits, _ := uuid.Bits(h.Seed, h.Number<<16|uint64(h.Attempt)&0xffff, "retry jitter")
	spread := 2*float64(bits>>11)/(1<<53) - 1
	return time.Duration(float64(d) * (1 + p.Jitter*spread))
}

func orDefault(d, or time.Duration) time.Duration {
	if d == 0 {
		return or
	}
	return d
}
