package registry

import (
	"maps"
	"slices"
	"time"

	"github.com/lambdakit/lambdakit/lambda"
)

// Settle lets everything happen that is due by now: functions become Active, updates take effect, aliases finish
// their move to provisioned environments. Every other method does so too before it looks, so Settle is for a shell that
// wants the effects on the accountant in time. It returns when the next such thing is due; ok is false if nothing is,
// or if what is awaited is told to the accountant and not a matter of time.
func (r *Registry) Settle(now time.Time) (next time.Time, ok bool) {
	r.lock(now)
	defer r.unlock(now)
	for _, f := range r.unsettled {
		if t, due := f.due(now); due && (!ok || t.Before(next)) {
			next, ok = t, true
		}
	}
	return next, ok
}

// settle settles every function that waits, in the order of their names, because environments retire as they do.
func (r *Registry) settle(now time.Time) {
	if len(r.unsettled) == 0 {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(r.unsettled)) {
		r.settleFunction(now, r.unsettled[name])
	}
}

// settleFunction does to f what is due.
func (r *Registry) settleFunction(now time.Time, f *function) {
	changed := f.settlePhase(now)
	for _, qualifier := range slices.Sorted(maps.Keys(f.provisioned)) {
		changed = r.settleMove(now, f, f.provisioned[qualifier]) || changed
	}
	if changed {
		r.changed(f)
	}
}

// settlePhase ends a creation or an update whose time has come.
func (f *function) settlePhase(now time.Time) bool {
	if f.phase == active || now.Before(f.settlesAt) {
		return false
	}
	if f.phase == updating {
		f.serving = newDeployment(f.books.Version(lambda.Latest), f.arn, f.latest.config, f.latest.code, lambda.Latest)
		f.renews, f.renewsAt = true, now
	}
	f.phase = active
	f.latest.revision = f.settledRevision
	for _, v := range f.versions {
		v.pending = false
	}
	return true
}

// begin starts a creation or an update of f, which lasts for delay. The caller goes on to call [Registry.changed].
func (r *Registry) begin(now time.Time, f *function, p phase, delay time.Duration) {
	f.phase = p
	f.settlesAt = now.Add(delay)
	f.settledRevision = r.revision()
}

// changed makes a change of f visible to invocations and notes whether f waits for something.
func (r *Registry) changed(f *function) {
	f.reroute()
	if f.isSettled() {
		delete(r.unsettled, f.name)
	} else {
		r.unsettled[f.name] = f
	}
}

// isSettled reports whether time alone changes nothing about f.
func (f *function) isSettled() bool {
	if f.phase != active {
		return false
	}
	for _, p := range f.provisioned {
		if p.leaving != "" {
			return false
		}
	}
	return true
}

// due is when the next thing happens to f by itself.
func (f *function) due(now time.Time) (next time.Time, ok bool) {
	if f.phase != active {
		next, ok = f.settlesAt, true
	}
	for _, p := range f.provisioned {
		if t, known := f.moveDue(now, p); known && (!ok || t.Before(next)) {
			next, ok = t, true
		}
	}
	return next, ok
}
