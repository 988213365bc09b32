package concurrency_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/concurrency"
)

// machine drives an account and the model side by side. Every environment gets a name attached, so that the two must
// agree on which one serves a call, and not only on whether one does.
type machine struct {
	t       *rapid.T
	account *concurrency.Account
	model   *model
	owner   *recorder
	leases  []heldLease
	names   int
	slots   map[string]string // names on provisioned environments at rest, to their function and version
	calm    bool              // the last step was no setting and ended no move
	within  bool              // nothing was beyond a cap before the last step
}

type heldLease struct {
	real concurrency.Lease
	mine *mLease
	name string
}

// recorder is an owner that counts how often each attachment retired.
type recorder struct{ retired map[any]int }

func (r *recorder) Retired(attached any) { r.retired[attached]++ }

func newMachine(t *rapid.T) *machine {
	limit, minimum := rapid.IntRange(3, 12).Draw(t, "limit"), rapid.IntRange(0, 1).Draw(t, "minimum")
	opts := concurrency.Options{
		Limit: limit, MinimumUnreserved: &minimum,
		Reuse:          rapid.SampledFrom([]concurrency.Reuse{concurrency.Newest, concurrency.MostRecentlyUsed, concurrency.Oldest}).Draw(t, "reuse"),
		IdleLifetime:   3 * time.Second,
		MaxAge:         10 * time.Second,
		RateBurst:      rapid.SampledFrom([]time.Duration{100 * time.Millisecond, time.Second, time.Second}).Draw(t, "burst"),
		ProvisionPrep:  new(rapid.SampledFrom([]time.Duration{0, 500 * time.Millisecond, 2 * time.Second}).Draw(t, "prep")),
		KeepOnIncrease: new(rapid.Bool().Draw(t, "keep")),
	}
	return &machine{t: t, account: concurrency.NewAccount(opts), model: newModel(limit, minimum, opts),
		owner: &recorder{map[any]int{}}, slots: map[string]string{}, within: true, calm: true}
}

func (s *machine) now() time.Time { return epoch.Add(s.model.now) }

func (s *machine) function() (*concurrency.Function, *mFunction) {
	name := rapid.SampledFrom([]string{"f", "f", "g"}).Draw(s.t, "function")
	f, err := s.account.Claim(name, s.owner)
	require.NoError(s.t, err)
	return f, s.model.function(name)
}

func (s *machine) version() (*concurrency.Version, *mFunction, *mVersion) {
	f, mf := s.function()
	name := rapid.SampledFrom([]string{"1", "1", "2", "2", "3", concurrency.Latest}).Draw(s.t, "version")
	return f.Version(name), mf, mf.version(name)
}

func (s *machine) Acquire(t *rapid.T) {
	s.begin(t)
	v, mf, mv := s.version()
	for range rapid.IntRange(1, 3).Draw(t, "calls") {
		s.acquire(v, mf, mv)
	}
}

func (s *machine) acquire(v *concurrency.Version, mf *mFunction, mv *mVersion) {
	mine, want := s.model.acquire(mf, mv)
	before := s.account.Snapshot(s.now())
	lease, err := v.AcquireAt(s.now())
	require.Equal(s.t, want, verdict(lease, err))
	if err != nil {
		require.Equal(s.t, before, s.account.Snapshot(s.now())) // a refusal changes nothing
		return
	}
	s.leases = append(s.leases, heldLease{lease, mine, s.identify(v, lease, mine)})
}

// identify checks what is attached to a lease, or attaches a new name.
func (s *machine) identify(v *concurrency.Version, lease concurrency.Lease, mine *mLease) string {
	place := v.Function().Name() + ":" + v.Name()
	attached, _ := lease.Attached().(string)
	switch {
	case mine.env != nil:
		name := fmt.Sprintf("environment %d", mine.env.number)
		if lease.Cold {
			require.Nil(s.t, lease.Attached())
			lease.Attach(name)
			return name
		}
		require.Equal(s.t, name, attached)
		return name
	case attached == "":
		s.names++
		attached = fmt.Sprintf("slot %d", s.names)
		lease.Attach(attached)
	default:
		require.Equal(s.t, place, s.slots[attached])
		delete(s.slots, attached)
	}
	require.Zero(s.t, s.owner.retired[attached])
	return attached
}

func (s *machine) Release(t *rapid.T) {
	s.begin(t)
	if len(s.leases) == 0 {
		t.Skip("nothing to release")
	}
	keep := rapid.IntRange(0, 4).Draw(t, "keep") > 0
	for range rapid.IntRange(1, 8).Draw(t, "releases") {
		if len(s.leases) > 0 {
			s.release(rapid.IntRange(0, len(s.leases)-1).Draw(t, "lease"), keep)
		}
	}
}

func (s *machine) release(i int, keep bool) {
	l := s.leases[i]
	s.leases = slices.Delete(s.leases, i, i+1)
	before := s.account.ClaimedAccountConcurrency()
	inFlight, claimed := l.real.GaugesAfter()
	drains := l.real.Drains()
	require.Equal(s.t, l.mine.env == nil && len(l.mine.version.provisioned) > l.mine.version.requested(), drains)
	require.Equal(s.t, before, s.account.ClaimedAccountConcurrency()) // asking changes nothing
	s.model.release(l.mine, keep)
	l.real.ReleaseAt(s.now(), keep)
	require.Equal(s.t, l.mine.function.inFlight(), inFlight)
	require.Equal(s.t, s.model.claimed()+s.model.unreservedInUse(), claimed)
	require.Equal(s.t, claimed, s.account.ClaimedAccountConcurrency())
	inFlight, claimed = l.real.GaugesAfter() // ended: it knows nothing
	require.Equal(s.t, []int{0, 0}, []int{inFlight, claimed})
	require.False(s.t, l.real.Drains())
	l.real.ReleaseAt(s.now(), !keep) // ended: does nothing
	l.real.Attach("too late")
	require.Nil(s.t, l.real.Attached())
	if l.mine.env == nil && s.owner.retired[l.name] == 0 {
		s.slots[l.name] = l.mine.function.name + ":" + l.mine.version.name
	}
}

func (s *machine) Advance(t *rapid.T) {
	s.begin(t)
	const ms = time.Millisecond
	d := rapid.SampledFrom([]time.Duration{ms, 7 * ms, 99 * ms, 100 * ms, 999 * ms, 1000 * ms, 1000 * ms, 2000 * ms, 3000 * ms, 3000 * ms, 10_000 * ms}).Draw(t, "by")
	s.calm = !s.moving()
	s.model.now += d
}

func (s *machine) PutReserved(t *rapid.T) {
	s.begin(t)
	s.calm = false
	f, mf := s.function()
	n := rapid.SampledFrom([]int{1, 2, 3, 3, 4, 4, 5, 6, 0, -1}).Draw(t, "reserved")
	require.Equal(t, s.model.putReserved(mf, n), kind(f.PutReservedAt(s.now(), n)))
}

func (s *machine) DeleteReserved(t *rapid.T) {
	s.begin(t)
	s.rarely()
	s.calm = false
	f, mf := s.function()
	mf.reserved = nil
	f.DeleteReservedAt(s.now())
}

func (s *machine) PutProvisioned(t *rapid.T) {
	s.begin(t)
	s.calm = false
	v, mf, mv := s.version()
	n := rapid.SampledFrom([]int{1, 1, 2, 2, 3, 4, 0}).Draw(t, "provisioned")
	refusal := s.model.putProvisioned(mf, mv, n)
	require.Equal(t, refusal, kind(v.PutProvisionedAt(s.now(), n)))
	if refusal != "" || !rapid.Bool().Draw(t, "hold") {
		return
	}
	_, ok := v.HoldProvisioned()
	require.Equal(t, !mv.config.failed && !s.model.ready(mv.config), ok)
	mv.config.held = mv.config.held || ok
}

func (s *machine) EndProvisioned(t *rapid.T) {
	s.begin(t)
	s.calm = false
	v, _, mv := s.version()
	c := mv.config
	if c == nil || s.model.ready(c) {
		t.Skip("nothing in progress")
	}
	request, pending := v.HoldProvisioned()
	require.Equal(t, !c.failed, pending)
	if !pending {
		return
	}
	c.held = true
	require.False(t, v.ReadyProvisionedAt(s.now(), request+1))
	if rapid.Bool().Draw(t, "ready") {
		require.Equal(t, !c.confirmed, v.ReadyProvisionedAt(s.now(), request))
		if !c.confirmed {
			c.confirmed, c.ready = true, max(c.ready, s.model.now)
		}
		return
	}
	require.Equal(t, !c.confirmed, v.FailProvisionedAt(s.now(), request, concurrency.FunctionErrorInitFailure))
	c.failed = !c.confirmed
}

func (s *machine) DeleteProvisioned(t *rapid.T) {
	s.begin(t)
	s.calm = false
	v, _, mv := s.version()
	s.model.settle()
	s.model.deleteProvisioned(mv)
	v.DeleteProvisionedAt(s.now())
}

func (s *machine) MoveProvisioned(t *rapid.T) {
	s.begin(t)
	s.calm = false
	v, mf, mv := s.version()
	to := rapid.SampledFrom([]string{"1", "2", "2", "3", "3", concurrency.Latest}).Draw(t, "to")
	require.Equal(t, s.model.move(mf, mv, mf.version(to)), kind(v.MoveProvisionedAt(s.now(), v.Function().Version(to))))
}

func (s *machine) AttachProvisioned(t *rapid.T) {
	s.begin(t)
	v, mf, _ := s.version()
	needs := v.ProvisionedNeeds()
	s.names++
	name := fmt.Sprintf("slot %d", s.names)
	require.Equal(t, needs > 0, v.AttachProvisioned(name))
	if needs > 0 {
		s.slots[name] = mf.name + ":" + v.Name()
		require.Equal(t, needs-1, v.ProvisionedNeeds())
	}
}

func (s *machine) SetLimit(t *rapid.T) {
	s.begin(t)
	s.rarely()
	s.calm = false
	n := rapid.IntRange(0, 12).Draw(t, "limit")
	require.Equal(t, s.model.setLimit(n), kind(s.account.SetLimitAt(s.now(), n)))
}

func (s *machine) AcceptEvents(t *rapid.T) {
	s.begin(t)
	for range rapid.IntRange(1, 40).Draw(t, "events") {
		before := s.account.Snapshot(s.now())
		err := s.account.AcceptEventAt(s.now())
		require.Equal(t, s.model.acceptEvent(), err == nil)
		require.Equal(t, before, s.account.Snapshot(s.now())) // it starts nothing
		if err != nil {
			require.Equal(t, "!CR rate", verdict(concurrency.Lease{}, err))
		}
	}
}

func (s *machine) Renew(t *rapid.T) {
	s.begin(t)
	s.rarely()
	f, mf := s.function()
	name := rapid.SampledFrom([]string{concurrency.Latest, "1"}).Draw(t, "version")
	require.Same(t, f.Version(name), f.RenewAt(s.now(), name))
	s.model.renew(mf.version(name))
}

func (s *machine) ReleaseVersion(t *rapid.T) {
	s.begin(t)
	s.rarely()
	s.calm = false
	v, mf, mv := s.version()
	s.model.settle()
	s.model.closeVersion(mf, mv)
	v.Release()
	_, err := v.AcquireAt(s.now())
	require.ErrorIs(t, err, concurrency.ErrReleased)
}

func (s *machine) ReleaseFunction(t *rapid.T) {
	s.begin(t)
	s.rarely()
	s.rarely()
	s.calm = false
	f, mf := s.function()
	s.model.settle()
	s.model.releaseFunction(mf)
	f.Release()
}

func (s *machine) Expire(t *rapid.T) {
	s.begin(t)
	s.rarely()
	s.calm = !s.moving()
	s.account.ExpireAt(s.now())
}

func (s *machine) begin(t *rapid.T) {
	s.t = t
	s.calm = true
	s.within = s.withinCaps()
}

// rarely skips three of four, so that calls and provisioned concurrency come to the fore.
func (s *machine) rarely() {
	if rapid.IntRange(0, 3).Draw(s.t, "rarely") > 0 {
		s.t.Skip("not now")
	}
}

func (s *machine) moving() bool {
	for _, f := range s.model.functions {
		for _, v := range f.versions {
			if v.config != nil && v.config.from != nil {
				return true
			}
		}
	}
	return false
}

// withinCaps is invariants 2 to 5 for this moment.
func (s *machine) withinCaps() bool {
	m := s.model
	if m.inFlight() > m.limit || m.unreservedInUse() > m.limit-m.claimed() {
		return false
	}
	for _, f := range m.functions {
		if f.reserved != nil && (f.inFlight() > *f.reserved || f.onDemand() > 0 && f.onDemand() > *f.reserved-f.provisioned()) {
			return false
		}
		for _, v := range f.versions { // what drains is beyond a cap that was lowered
			if len(v.provisioned) > v.requested() {
				return false
			}
		}
	}
	return true
}

// Check compares all that can be seen with the model. The numbers are those of the invariants.
func (s *machine) Check(t *rapid.T) {
	s.t = t
	m := s.model
	m.settle()
	shot := s.account.Snapshot(s.now())
	require.Equal(t, []int{m.limit, m.minimum, m.claimed(), m.limit - m.claimed(), m.unreservedInUse(), m.inFlight()},
		[]int{shot.Limit, shot.MinimumUnreserved, shot.Claimed, shot.UnreservedCap, shot.UnreservedInUse, shot.InFlight})
	require.Equal(t, len(s.leases), shot.InFlight) // 15: admitted = released + in flight
	require.Equal(t, shot.ClaimedAccountConcurrency(), s.account.ClaimedAccountConcurrency())
	require.True(t, m.configured() == 0 || m.configured() <= m.limit-m.minimum) // 7
	if s.calm && s.within && !s.moving() {                                      // 2 to 5: calls alone never pass a cap
		require.True(t, s.withinCaps())
	}
	require.Len(t, shot.Functions, len(m.functions))
	for i, f := range m.functions {
		s.checkFunction(f, shot.Functions[i])
	}
	for name, n := range s.owner.retired {
		require.Equal(t, 1, n, name)
	}
}

func (s *machine) checkFunction(f *mFunction, shot concurrency.FunctionSnapshot) {
	require.Equal(s.t, f.name, shot.Name)
	require.Equal(s.t, f.reserved, shot.Reserved) // 21
	require.Equal(s.t, f.onDemand(), shot.OnDemand)
	require.Equal(s.t, f.inFlight(), shot.InFlight())
	require.Equal(s.t, f.inFlight(), s.account.Function(f.name).InFlight())
	if f.reserved != nil {
		require.LessOrEqual(s.t, f.requested(), *f.reserved) // 8
	}
	i := 0
	for _, v := range f.versions {
		if v.name != "closed" {
			s.checkVersion(f, v, shot.Versions[i])
			i++
		}
	}
	require.Len(s.t, shot.Versions, i)
}

func (s *machine) checkVersion(f *mFunction, v *mVersion, shot concurrency.VersionSnapshot) {
	require.Equal(s.t, v.name, shot.Version)
	require.Equal(s.t, []int{v.busy(), s.model.idleOf(v), len(v.provisioned)}, []int{shot.Busy, shot.Idle, shot.ProvisionedBusy})
	require.Equal(s.t, uint64(shot.Busy+shot.Idle+shot.ProvisionedBusy+shot.ProvisionedIdle), shot.Created-shot.Retired) // 24
	require.GreaterOrEqual(s.t, shot.ProvisionedIdle, 0)                                                                 // 1
	if v.config == nil {
		require.Nil(s.t, shot.Provisioned)
		return
	}
	status, shown := concurrency.InProgress, s.model.serving(f, v)
	switch {
	case s.model.ready(v.config):
		status = concurrency.Ready
	case v.config.failed:
		status = concurrency.Failed
	case v.config.from != nil:
		shown = min(v.config.requested, v.config.from.was)
	}
	p := shot.Provisioned
	require.Equal(s.t, []int{v.config.requested, shown, shown}, []int{p.Requested, p.Allocated, p.Available})
	require.Equal(s.t, status, p.Status)
	require.GreaterOrEqual(s.t, shot.ProvisionedBusy+shot.ProvisionedIdle, s.model.serving(f, v))
}

// finish ends everything: then every attachment must have come back once.
func (s *machine) finish() {
	for len(s.leases) > 0 {
		s.release(0, true)
	}
	for _, name := range []string{"f", "g"} {
		if f := s.account.Function(name); f != nil {
			f.Release()
		}
	}
	require.Zero(s.t, s.account.InFlight())
	for n := range s.names {
		s.mustHaveRetired(fmt.Sprintf("slot %d", n+1))
	}
	for n := range s.model.environments {
		require.Equal(s.t, 1, s.owner.retired[fmt.Sprintf("environment %d", n+1)])
	}
	s.checkEmpty()
}

// mustHaveRetired allows for names that found no slot.
func (s *machine) mustHaveRetired(name string) {
	if _, atRest := s.slots[name]; atRest {
		require.Equal(s.t, 1, s.owner.retired[name], name)
	}
}

func (s *machine) checkEmpty() {
	shot := s.account.Snapshot(s.now())
	require.Zero(s.t, shot.Claimed)
	require.Zero(s.t, shot.UnreservedInUse)
	require.Empty(s.t, shot.Functions)
}

// TestAgainstModel covers, besides what is marked above, invariants 6, 10, 12, 13, 14, 16, 17, 19, 20, 23, 25 and 29:
// they are consequences of the model's rules, and the accountant's answers are the model's.
func TestAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newMachine(t)
		actions := rapid.StateMachineActions(s)
		for _, more := range []string{" ", "  ", "   "} { // most steps are these
			actions["Acquire"+more], actions["Release"+more], actions["Advance"+more] = s.Acquire, s.Release, s.Advance
			actions["PutProvisioned"+more] = s.PutProvisioned
		}
		for range 6 { // long enough to reach deep states
			t.Repeat(actions)
		}
		s.t = t
		s.finish()
	})
}

func verdict(lease concurrency.Lease, err error) string {
	var refused *concurrency.ThrottleError
	if errors.As(err, &refused) {
		short := map[concurrency.Reason]string{
			concurrency.ReservedFunctionConcurrentInvocationLimitExceeded: "!RC",
			concurrency.ReservedFunctionInvocationRateLimitExceeded:       "!RR",
			concurrency.ConcurrentInvocationLimitExceeded:                 "!CC",
			concurrency.CallerRateLimitExceeded:                           "!CR",
		}
		return short[refused.Reason] + " " + refused.Cause().String()
	}
	if err != nil {
		return err.Error()
	}
	s := lease.Pool.String()
	if lease.Spillover {
		s += " spillover"
	}
	if lease.Cold {
		s += " cold"
	}
	return s
}

// kind names a refusal as the model does.
func kind(err error) string {
	if err == nil {
		return ""
	}
	message := err.Error()
	for _, k := range []struct{ part, kind string }{
		{"validation error detected", "validation"},
		{"its minimum value of [", "minimum"},
		{"total provisioned concurrency [", "below provisioned"},
		{"should not be greater than the reservedConcurrentExecution", "above reserved"},
		{"cannot be applied to unpublished", "unpublished"},
		{"already Provisioned version", "already"},
		{"No Provisioned Concurrency Config", "not provisioned"},
		{"limit refused", "limit"},
	} {
		if strings.Contains(message, k.part) {
			return k.kind
		}
	}
	if _, n, ok := strings.Cut(message, "account's unreserved concurrency "); ok {
		return "above unreserved " + strings.TrimSuffix(n, ".")
	}
	return message
}
