package batch

import "time"

// Retry carries one batch of stream records, from a shard or from one lane of it, through invokes, retries, splits and
// expiry until every record is resolved. Records are positions in the batch; the caller keeps them.
//
// It is a state machine: [Retry.Begin] a batch, then do what [Retry.Next] says and, after an Invoke, [Retry.Report] the
// outcome, until Next says Done. The rules are Lambda's:
//
//   - Before every invoke, records at the head of the batch that are too old are discarded; what is left goes on with
//     the attempts already made.
//   - Success resolves the batch.
//   - Throttling uses up no attempt.
//   - A failure with BisectBatchOnFunctionError splits a batch of several records in two: the left part is resolved
//     entirely before the right one begins, and each begins with a new budget.
//   - A response that names a first failed record resolves those before it; what is left is a new batch with a new
//     budget. If it names the first record of all, nothing was achieved, and that is one failed attempt.
//   - Any other failure is one failed attempt, and the unchanged batch waits for its backoff, until the attempts are
//     used up and it is discarded.
//
// A batch of n records is invoked as at most 2n-1 different batches. AWS may merge the records about neighbouring
// discards of a split batch; that is not modelled. A batch of no records, as the final invoke of a tumbling window may
// be, is retried in the same way.
//
// A Retry may be used for any number of batches, one after the other, and then allocates nothing. It is not safe for
// concurrent use.
type Retry struct {
	policy  Policy
	arrival func(int) time.Time

	phase    phase
	sent     bool // the batch [from, to) was invoked, or throttled, as it is
	last     Result
	from, to int   // the batch at hand; everything before it is resolved
	ends     []int // where the batches behind it end, the next one last
	attempts int   // failed attempts of the batch at hand
	tries    int   // consecutive tries, throttled ones included, for the backoff
	due      time.Time
	dropping int // the end of the discard that is under way
}

type phase uint8

const (
	resolved   phase = iota // no batch at hand
	pending                 // [from, to) is to be invoked at due
	invoked                 // an outcome is outstanding
	exhausted               // [from, to) is to be discarded
	discarding              // the caller discards [from, dropping)
)

// NewRetry returns a Retry without a batch. arrival says when the record at a position of the batch arrived; it is
// asked only during Next. The error is a *[RangeError].
func NewRetry(p Policy, arrival func(i int) time.Time) (*Retry, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	return &Retry{policy: p, arrival: arrival}, nil
}

// Begin takes up a batch of n records. A batch that is not resolved yet is forgotten.
func (r *Retry) Begin(n int) {
	r.from, r.to, r.ends = 0, n, r.ends[:0]
	r.renew()
}

// Next says what to do at t. A Step of the kind Discard is over when Next is called again.
func (r *Retry) Next(t time.Time) Step {
	if r.phase == discarding {
		r.discarded()
	}
	switch {
	case r.phase == resolved:
		return Step{}
	case r.phase == invoked:
		return Step{Action: Wait}
	case r.phase == exhausted:
		return r.discard(r.to, RetryAttemptsExhausted)
	case t.Before(r.due):
		return Step{Action: Wait, At: r.due}
	}
	if end := expired(r.from, r.to, r.arrival, r.policy.Retention, t); end > r.from {
		return r.discard(end, RetentionExpired)
	}
	if end := expired(r.from, r.to, r.arrival, r.policy.MaximumRecordAge, t); end > r.from {
		return r.discard(end, RecordAgeExceeded)
	}
	again := r.sent
	r.phase, r.sent = invoked, true
	return Step{Action: Invoke, Again: again, From: r.from, To: r.to, Count: r.attempts + 1}
}

// Settle is [Retry.Next] for a caller that stops, after which it may not call Next any more: it ends the discard that is
// under way, and says Discard if the last outcome has used up the attempts of the batch at hand. Everything else, what is
// too old by now included, it leaves as it is, and says Done.
func (r *Retry) Settle() Step {
	if r.phase == discarding {
		r.discarded()
	}
	if r.phase == exhausted {
		return r.discard(r.to, RetryAttemptsExhausted)
	}
	return Step{}
}

// Report takes the outcome at t of the invoke that the last Next asked for. Without one outstanding, and for an outcome
// that has no Result, it changes nothing. A First outside the batch is taken for AllFailed, so that no record is lost.
func (r *Retry) Report(t time.Time, o Outcome) {
	if r.phase != invoked || o.Result == 0 {
		return
	}
	o = o.of(r.to - r.from)
	r.phase = pending
	r.last = o.Result
	switch {
	case o.Result == Succeeded:
		r.advance(r.to)
	case o.Result == Throttled:
		r.wait(t)
	case o.Result == PartlyFailed && o.First > 0:
		r.advance(r.from + o.First)
	case o.Result != PartlyFailed && r.policy.BisectBatchOnFunctionError && r.to-r.from > 1:
		r.split()
	default:
		r.fail(t)
	}
}

// Resolved is the number of records at the head of the batch that are resolved: done, or discarded for good. It never
// decreases while the batch lasts.
func (r *Retry) Resolved() int { return r.from }

// Busy reports whether a batch is at hand that is not resolved yet.
func (r *Retry) Busy() bool { return r.phase != resolved }

// advance resolves everything before position to and takes up what follows as a new batch.
func (r *Retry) advance(to int) {
	r.from = to
	if r.from == r.to {
		if len(r.ends) == 0 {
			r.phase = resolved
			return
		}
		r.to = r.ends[len(r.ends)-1]
		r.ends = r.ends[:len(r.ends)-1]
	}
	r.renew()
}

// renew makes [from, to) a new batch: a new identity, a new budget, no wait.
func (r *Retry) renew() {
	r.phase, r.sent, r.last = pending, false, 0
	r.attempts, r.tries, r.due = 0, 0, time.Time{}
}

func (r *Retry) split() {
	r.ends = append(r.ends, r.to)
	r.to = r.from + bisect(r.to-r.from)
	r.renew()
}

func (r *Retry) fail(t time.Time) {
	r.attempts++
	if r.policy.exhausted(r.attempts) {
		r.phase = exhausted
		return
	}
	r.wait(t)
}

func (r *Retry) wait(t time.Time) {
	r.tries++
	r.due = t.Add(r.policy.Backoff.delay(r.tries))
}

func (r *Retry) discard(end int, c Condition) Step {
	s := Step{Action: Discard, Again: r.sent, From: r.from, To: end, Count: r.attempts, Condition: c}
	switch c {
	case RetryAttemptsExhausted:
		s.Response = responseContext(r.last)
	default:
		s.Count++ // AWS counts the invoke that did not take place any more
	}
	r.phase, r.dropping = discarding, end
	return s
}

// unsent notes that the batch at hand cannot be sent: it has no request.
func (r *Retry) unsent(t time.Time) {
	r.sent = false
	r.Report(t, Outcome{Result: TooLarge})
}

// discarded ends a discard. If it took only the head of the batch, the rest changes its identity but keeps its budget:
// it is the same work, only less of it.
func (r *Retry) discarded() {
	if r.dropping == r.to {
		r.advance(r.to)
		return
	}
	r.from, r.phase, r.sent = r.dropping, pending, false
}
