package lambdatest

import (
	"slices"

	"github.com/lambdakit/lambdakit/lambda/trace"
)

// asyncChecks are about how asynchronous events live and end, and how synchronous calls do not.
var asyncChecks = []Check{
	{"ends-once", "an accepted event ends in exactly one terminal condition, unless it is traced as lost; nothing else ends", checkEndsOnce},
	{"runs-within-retries", "an event runs at most 1 + MaximumRetryAttempts times, whatever was throttled", checkRunsWithinRetries},
	{"condition-is-earned", "the terminal condition is one of five and follows from what the attempts came to", checkCondition},
	{"retries-exhausted", "RetriesExhausted means that failed runs and failed lookups are 1 + MaximumRetryAttempts", checkRetriesExhausted},
	{"success-is-earned", "an event ends in Success if and only if its last attempt succeeded, and it is the only one that did", checkSuccess},
	{"invoke-count", "the invoke count is 1 on success, else the number of failed runs and failed lookups", checkInvokeCount},
	{"one-request-id", "all steps of an invocation have one request id, which no other invocation has", checkRequestID},
	{"one-result-a-dispatch", "each dispatch runs the function once, or is refused once", checkDispatch},
	{"no-dispatch-past-age", "no event is dispatched at or after its MaximumEventAge", checkAge},
	{"age-grows", "the age of an event is the time since its acceptance and grows with every dispatch", checkAgeGrows},
	{"synchronous-is-alone", "a synchronous call has one result, and no retries, terminal condition or deliveries", checkSynchronous},
}

// eachEvent runs check on every asynchronous event.
func (ev *evidence) eachEvent(check func(*history) error) error {
	for _, h := range ev.invocations {
		if len(h.accepted) == 0 {
			continue
		}
		if err := check(h); err != nil {
			return err
		}
	}
	return nil
}

func checkEndsOnce(ev *evidence) error {
	for _, h := range ev.invocations {
		switch a, o := len(h.accepted), len(h.over); {
		case a > 1:
			return h.breach("was accepted %d times", a)
		case a == 0 && o > 0:
			return h.breach("ended, but was not accepted")
		case a == 1 && o != 1:
			return h.breach("ended %d times", o)
		}
	}
	return nil
}

func checkRunsWithinRetries(ev *evidence) error {
	return ev.eachEvent(func(h *history) error {
		if most := (1 + h.async.retries()) * (1 + ev.Duplicates); h.runs() > most {
			return h.breach("ran %d times, %d at most are allowed", h.runs(), most)
		}
		return nil
	})
}

func checkCondition(ev *evidence) error {
	return ev.eachEvent(func(h *history) error {
		condition := h.end().Detail
		stopped := h.count(loopDetected) > 0
		switch condition {
		case "": // lost
		case conditionSuccess, conditionRetriesExhausted, conditionEventAgeExceeded:
			if stopped {
				return h.breach("was stopped as a loop, but ended in %s", condition)
			}
		case conditionZeroReserved:
			if n := len(h.attempts); n > 0 && h.attempts[n-1].number == h.end().Attempt && h.attempts[n-1].result() == throttled {
				return h.breach("ended in %s, but its last attempt was throttled", condition)
			}
		case conditionRecursiveInvocation:
			if !stopped {
				return h.breach("ended in %s, but was not stopped", condition)
			}
		default:
			return h.breach("ended in %q, which is no condition", condition)
		}
		return nil
	})
}

func checkRetriesExhausted(ev *evidence) error {
	return ev.eachEvent(func(h *history) error {
		if failures := h.count(failed, notFound); h.end().Detail == conditionRetriesExhausted && failures != 1+h.async.retries() {
			return h.breach("ended in RetriesExhausted after %d failures, with %d retries allowed", failures, h.async.retries())
		}
		return nil
	})
}

func checkSuccess(ev *evidence) error {
	return ev.eachEvent(func(h *history) error {
		rs := h.results()
		last := len(rs) > 0 && rs[len(rs)-1] == succeeded
		switch condition := h.end().Detail; {
		case condition == "": // lost
		case last != (condition == conditionSuccess):
			return h.breach("ended in %s, and the last attempt's success is %t", condition, last)
		case h.count(succeeded) > 1:
			return h.breach("succeeded %d times", h.count(succeeded))
		}
		return nil
	})
}

func checkInvokeCount(ev *evidence) error {
	return ev.eachEvent(func(h *history) error {
		end, want := h.end(), h.count(failed, notFound)
		if end.Detail == conditionSuccess {
			want = 1
		}
		if end.Detail != "" && end.Count != want {
			return h.breach("ended in %s with invoke count %d, want %d", end.Detail, end.Count, want)
		}
		return nil
	})
}

func checkRequestID(ev *evidence) error {
	owner := map[string]*history{}
	for _, h := range ev.invocations {
		id := h.steps[0].RequestID
		for _, e := range h.steps {
			if e.RequestID != id {
				return h.breach("has request ids %q and %q", id, e.RequestID)
			}
		}
		if len(h.accepted) == 0 { // a synchronous caller may choose the id; pollers keep that of an unchanged batch
			continue
		}
		if other := owner[id]; other != nil && id != "" {
			return h.breach("has the request id of #%d of %s", other.number, other.function)
		}
		owner[id] = h
	}
	return nil
}

func checkDispatch(ev *evidence) error {
	return ev.eachEvent(func(h *history) error {
		for _, a := range h.attempts {
			runs, answers := len(a.started), len(a.answers)
			switch {
			case len(a.dispatched) > 1:
				return h.breach("was dispatched %d times as attempt %d", len(a.dispatched), a.number)
			case runs == 0 && answers == 0 && !h.decidedAt(a.number):
				return h.breach("was dispatched without any result as attempt %d", a.number)
			case runs+answers > 1+ev.Duplicates:
				return h.breach("has %d runs and %d refusals in attempt %d", runs, answers, a.number)
			}
		}
		return nil
	})
}

// decidedAt reports whether the event was over with an attempt, whatever that came to.
func (h *history) decidedAt(n int) bool {
	return slices.ContainsFunc(h.over, func(e *trace.Event) bool { return e.Attempt <= n })
}

func checkAge(ev *evidence) error {
	return ev.eachEvent(func(h *history) error {
		for _, a := range h.attempts {
			for _, d := range a.dispatched {
				if age := d.Time.Sub(h.accepted[0].Time); age >= h.async.age()+ev.Tolerance {
					return h.breach("was dispatched at the age of %s, with %s allowed", span(age), span(h.async.age()))
				}
			}
		}
		return nil
	})
}

func checkAgeGrows(ev *evidence) error {
	return ev.eachEvent(func(h *history) error {
		last := -ev.Tolerance - 1
		for _, a := range h.attempts {
			for _, d := range a.dispatched {
				if off := d.Age - d.Time.Sub(h.accepted[0].Time); off > ev.Tolerance || -off > ev.Tolerance {
					return h.breach("was dispatched %s after its acceptance with an age of %s", span(d.Age-off), span(d.Age))
				}
				if d.Age <= last {
					return h.breach("was %s old, and %s at its next dispatch", span(last), span(d.Age))
				}
				last = d.Age
			}
		}
		return nil
	})
}

var eventKinds = []trace.Kind{trace.Accepted, trace.Dispatched, trace.Retrying, trace.Ended, trace.Lost, trace.Delivered, trace.DeliveryFailed}

func checkSynchronous(ev *evidence) error {
	for _, h := range ev.invocations {
		if len(h.accepted) > 0 {
			continue
		}
		for _, e := range h.steps {
			if slices.Contains(eventKinds, e.Kind) {
				return h.breach("is synchronous, but was %s", e.Kind)
			}
		}
		n := 0
		for _, a := range h.attempts {
			n += len(a.started) + len(a.answers)
		}
		if n > 1+ev.Duplicates {
			return h.breach("is synchronous, but has %d results", n)
		}
	}
	return nil
}
