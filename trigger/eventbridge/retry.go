package eventbridge

import (
	"time"

	"github.com/lambdakit/lambdakit/internal/backoff"
	"github.com/lambdakit/lambdakit/internal/validation"
	"github.com/lambdakit/lambdakit/trigger/internal/redeliver"
)

// RetryPolicy says how long EventBridge goes on trying. Whichever bound is met first ends it.
type RetryPolicy struct {
	// MaximumEventAge is whole seconds, 60 s to 24 h; 0 means 24 h (wire name MaximumEventAgeInSeconds).
	MaximumEventAge time.Duration
	// MaximumRetryAttempts is 0 to 185 tries after the first; nil means 185.
	MaximumRetryAttempts *int

	_ struct{}
}

// The bounds of a retry policy, which are its defaults too.
const (
	minEventAge = time.Minute
	maxEventAge = 24 * time.Hour
	maxRetries  = 185
)

// The delays double from firstRetry to lastRetry, each longer or shorter by up to retryJitter. AWS says exponential with
// jitter and no more; these make 185 tries fit into 24 hours.
const (
	firstRetry  = time.Second
	lastRetry   = 8 * time.Minute
	retryJitter = 0.1
)

// retry is a policy with its defaults filled in.
type retry struct {
	age   time.Duration
	tries int // after the first
}

func (p *RetryPolicy) settle() (retry, error) {
	r := retry{maxEventAge, maxRetries}
	if p == nil {
		return r, nil
	}
	if p.MaximumEventAge != 0 {
		r.age = p.MaximumEventAge
	}
	if p.MaximumRetryAttempts != nil {
		r.tries = *p.MaximumRetryAttempts
	}
	if r.age%time.Second != 0 {
		return retry{}, ErrValidation.because("MaximumEventAge is whole seconds.")
	}
	var found validation.Findings
	found.Range("retryPolicy.maximumEventAgeInSeconds", int64(r.age/time.Second), int64(minEventAge/time.Second), int64(maxEventAge/time.Second))
	found.Range("retryPolicy.maximumRetryAttempts", int64(r.tries), 0, maxRetries)
	if found.Len() > 0 {
		return retry{}, ErrValidation.because(found.Text())
	}
	return r, nil
}

// clone is a copy with pointers of its own.
func (p *RetryPolicy) clone() *RetryPolicy {
	if p == nil {
		return nil
	}
	c := *p
	if p.MaximumRetryAttempts != nil {
		c.MaximumRetryAttempts = new(*p.MaximumRetryAttempts)
	}
	return &c
}

// The two ways in which tries come to an end, as dead letters name them.
const (
	exhaustedAge   = "MaximumEventAgeInSeconds"
	exhaustedTries = "MaximumRetryAttempts"
)

// next is the policy as a pure rule. What cannot succeed is not tried again; nor is what would be too old by then.
func (r retry) next(f redeliver.Failure) (time.Duration, bool) {
	delay := f.Spread(backoff.Doubling(firstRetry, lastRetry, f.Tries), retryJitter)
	return delay, f.Class != redeliver.ClientError && r.exhausted(f.Tries, f.Age+delay) == ""
}

// exhausted is the bound that an event has met after so many tries and so long, "" for none.
func (r retry) exhausted(tries int, age time.Duration) string {
	switch {
	case tries > r.tries:
		return exhaustedTries
	case age > r.age:
		return exhaustedAge
	}
	return ""
}
