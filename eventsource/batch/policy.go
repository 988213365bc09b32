package batch

import "time"

// Policy says how a stream's failed batches are retried. The zero Policy has AWS's defaults: retry until the source's
// retention ends, without splitting.
//
// What applies however it is set: a batch that was throttled, or could not be sent, waits and is tried again without
// using up an attempt.
type Policy struct {
	_ struct{}

	// MaximumRetryAttempts is how often a batch is retried after its first invoke, 0 to 10,000. Nil and -1 set no limit.
	MaximumRetryAttempts *int
	// MaximumRecordAge is the greatest age, counted from its arrival, at which a record is sent, 60 s to 604,800 s:
	// MaximumRecordAgeInSeconds on the wire. 0 and less set no limit, as AWS's -1 does.
	MaximumRecordAge time.Duration
	// Retention is how long the source keeps a record; 0 means for ever. A record beyond it is passed over silently.
	Retention time.Duration
	// BisectBatchOnFunctionError splits a failed batch of several records in two instead of retrying it. A split uses
	// up no attempt, and each part begins with a new budget. A response that names its first failed record splits the
	// batch there, whether this is set or not.
	BisectBatchOnFunctionError bool
	// Backoff is the wait between two tries of the same batch; nil is [DefaultBackoff]. New batches, parts of split ones
	// included, do not wait.
	Backoff Backoff
}

// Validate returns a *[RangeError] for the first setting that is out of bounds.
func (p *Policy) Validate() error {
	if p.MaximumRetryAttempts != nil {
		if err := within("MaximumRetryAttempts", *p.MaximumRetryAttempts, -1, 10_000); err != nil {
			return err
		}
	}
	if p.MaximumRecordAge > 0 {
		return within("MaximumRecordAgeInSeconds", p.MaximumRecordAge, time.Minute, 604_800*time.Second)
	}
	return nil
}

// exhausted reports whether a batch that has failed the given number of times may not be tried again.
func (p *Policy) exhausted(failures int) bool {
	return p.MaximumRetryAttempts != nil && *p.MaximumRetryAttempts >= 0 && failures > *p.MaximumRetryAttempts
}
