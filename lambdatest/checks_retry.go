package lambdatest

import (
	"slices"
	"time"

	"github.com/lambdakit/lambdakit/lambda/trace"
)

// retryChecks are about when attempts follow each other. They know AWS's delays, and are left out for others.
var retryChecks = []Check{
	{"function-error-delay", "the n-th failed attempt is followed by the next after exactly n minutes", checkErrorDelay},
	{"throttle-backoff", "throttles and system errors are followed by the next attempt after 1 s, doubling to 300 s, and from 1 s again after a run", checkBackoff},
	{"age-looks-ahead", "EventAgeExceeded ends an event when its last attempt ends, and only if the next one would have been too late", checkLookAhead},
}

// pause is what follows an attempt: how long Lambda waits.
type pause struct {
	after, next *attempt // next is nil after the last
	result      result
	length      time.Duration
}

// pauses replays the delays of an event: n minutes after its n-th failure, and a doubling backoff otherwise.
func (h *history) pauses() []pause {
	var ps []pause
	failures, backoffs := 0, 0
	for i, a := range h.attempts {
		p := pause{after: a, result: a.result()}
		switch p.result {
		case failed, notFound:
			failures, backoffs = failures+1, 0
			p.length = time.Duration(failures) * time.Minute
		case throttled, systemError:
			p.length = min(time.Second<<min(backoffs, 10), 300*time.Second)
			backoffs++
		}
		if i+1 < len(h.attempts) {
			p.next = h.attempts[i+1]
		}
		ps = append(ps, p)
	}
	return ps
}

// checkPauses holds the pauses after attempts with certain results against what they should be.
func (ev *evidence) checkPauses(wanted ...result) error {
	if ev.AnyDelay {
		return nil
	}
	return ev.eachEvent(func(h *history) error {
		for _, p := range h.pauses() {
			if p.next == nil || !slices.Contains(wanted, p.result) || h.aliasGone() {
				continue
			}
			if got := p.next.first.Sub(p.after.last); got < p.length || got > p.length+ev.Tolerance {
				return h.breach("waited %s after attempt %d, not %s", span(got), p.after.number, span(p.length))
			}
		}
		return nil
	})
}

func checkErrorDelay(ev *evidence) error { return ev.checkPauses(failed, notFound) }

func checkBackoff(ev *evidence) error { return ev.checkPauses(throttled, systemError) }

func checkLookAhead(ev *evidence) error {
	if ev.AnyDelay {
		return nil
	}
	return ev.eachEvent(func(h *history) error {
		end := h.end()
		if end.Detail != conditionEventAgeExceeded || h.aliasGone() {
			return nil
		}
		return h.checkTooLate(end, ev.Tolerance)
	})
}

// checkTooLate holds an end by age against the attempt that would have come next.
func (h *history) checkTooLate(end *trace.Event, tolerance time.Duration) error {
	accepted := h.accepted[0].Time
	ps := h.pauses()
	if len(ps) == 0 {
		if age := end.Time.Sub(accepted); age < h.async.age() {
			return h.breach("ended by its age at %s, with %s allowed", span(age), span(h.async.age()))
		}
		return nil
	}
	last := ps[len(ps)-1]
	if n := h.count(failed, notFound); n > h.async.retries() {
		return h.breach("ended by its age after %d failures, when its retries were used up", n)
	}
	if age := last.after.last.Add(last.length).Sub(accepted); age+tolerance < h.async.age() {
		return h.breach("ended by its age, though the next attempt was due at the age of %s, with %s allowed", span(age), span(h.async.age()))
	}
	if late := end.Time.Sub(last.after.last); late > tolerance {
		return h.breach("ended by its age %s after its last attempt", span(late))
	}
	return nil
}
