package concurrency_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/lambdakit/lambdakit/concurrency"
)

// model is the rules again, written to be obvious and slow: plain slices, every sum counted anew, buckets replayed
// from their history. It shares nothing with the accountant.
type model struct {
	limit, minimum int
	reuse          concurrency.Reuse
	idle, age      time.Duration
	burst, prep    time.Duration
	keep           bool
	now            time.Duration // never runs back
	requests       mBucket
	events         mBucket
	functions      []*mFunction
	gone           []*mFunction // released, with calls in flight
	environments   int          // created so far, for naming them
	releases       int          // so far, for telling apart those of one instant
}

type mFunction struct {
	name     string
	reserved *int
	requests mBucket
	scaling  mBucket
	versions []*mVersion
}

type mVersion struct {
	name         string
	config       *mConfig
	was          int // what serves until the config that moved away is ready elsewhere
	environments []*mEnvironment
	provisioned  []*mLease
	requests     mBucket
}

type mConfig struct {
	requested, kept         int
	ready                   time.Duration
	held, confirmed, failed bool
	rated                   bool      // its full request rate is in force
	from                    *mVersion // serves until this one is ready
}

type mEnvironment struct {
	number         int
	born, since    time.Duration
	released       int // number of the release that made it idle
	busy, outdated bool
	dead           bool
}

type mLease struct {
	function *mFunction
	version  *mVersion
	env      *mEnvironment // nil on provisioned concurrency
	ended    bool
}

// mBucket is a token bucket as a history: what was taken when, and when its rate changed.
type mBucket struct{ history []mChange }

type mChange struct {
	at         time.Duration
	take       bool
	rate, size int64 // tokens a second, tokens × 1e-9
}

// owed replays the history up to now. It counts in billionths of a token, which makes all amounts whole.
func (b *mBucket) owed(now time.Duration) (owed, size int64) {
	var at time.Duration
	var rate int64
	refill := func(to time.Duration) {
		if to > at {
			owed = max(0, owed-int64(to-at)*rate)
			at = to
		}
	}
	for _, c := range b.history {
		refill(c.at)
		if c.take {
			owed += 1_000_000_000
		} else {
			rate, size = c.rate, c.size
		}
	}
	refill(now)
	return owed, size
}

func (b *mBucket) allows(now time.Duration) bool {
	owed, size := b.owed(now)
	return owed+1_000_000_000 <= size
}

func (b *mBucket) take(now time.Duration) {
	b.history = append(b.history, mChange{at: now, take: true})
}

func (m *model) rate(b *mBucket, at time.Duration, units int) {
	if units == 0 {
		return
	}
	size := max(int64(units)*10*int64(m.burst), 1_000_000_000)
	b.history = append(b.history, mChange{at: at, rate: int64(units) * 10, size: size})
}

func newModel(limit, minimum int, opts concurrency.Options) *model {
	m := &model{limit: limit, minimum: minimum, reuse: opts.Reuse, idle: opts.IdleLifetime, age: opts.MaxAge,
		burst: opts.RateBurst, prep: *opts.ProvisionPrep, keep: *opts.KeepOnIncrease}
	m.rate(&m.requests, 0, limit)
	m.rate(&m.events, 0, limit)
	return m
}

func (m *model) function(name string) *mFunction {
	for _, f := range m.functions {
		if f.name == name {
			return f
		}
	}
	f := &mFunction{name: name}
	f.scaling.history = []mChange{{rate: 100, size: 1000 * 1_000_000_000}}
	m.functions = append(m.functions, f)
	slices.SortFunc(m.functions, func(a, b *mFunction) int { return compare(a.name, b.name) })
	return f
}

func (f *mFunction) version(name string) *mVersion {
	for _, v := range f.versions {
		if v.name == name {
			return v
		}
	}
	v := &mVersion{name: name}
	f.versions = append(f.versions, v)
	slices.SortFunc(f.versions, func(a, b *mVersion) int { return compare(a.name, b.name) })
	return v
}

func compare(a, b string) int { // $LATEST is below the digits
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Sums.

func (v *mVersion) requested() int {
	if v.config == nil {
		return 0
	}
	return v.config.requested
}

func (f *mFunction) requested() (n int) {
	for _, v := range f.versions {
		n += v.requested()
	}
	return n
}

// provisioned is P: the larger of what is configured and what is in flight, for each version.
func (f *mFunction) provisioned() (n int) {
	for _, v := range f.versions {
		n += max(v.requested(), len(v.provisioned))
	}
	return n
}

func (v *mVersion) busy() (n int) {
	for _, e := range v.environments {
		if e.busy {
			n++
		}
	}
	return n
}

func (f *mFunction) onDemand() (n int) {
	for _, v := range f.versions {
		n += v.busy()
	}
	return n
}

func (f *mFunction) inFlight() int {
	n := f.onDemand()
	for _, v := range f.versions {
		n += len(v.provisioned)
	}
	return n
}

func (m *model) all() []*mFunction { return append(slices.Clone(m.functions), m.gone...) }

func (m *model) claimed() (n int) {
	for _, f := range m.all() {
		if f.reserved != nil {
			n += *f.reserved
		} else {
			n += f.provisioned()
		}
	}
	return n
}

func (m *model) configured() (n int) {
	for _, f := range m.functions {
		if f.reserved != nil {
			n += *f.reserved
		} else {
			n += f.requested()
		}
	}
	return n
}

func (m *model) unreservedInUse() (n int) {
	for _, f := range m.all() {
		if f.reserved == nil {
			n += f.onDemand()
		}
	}
	return n
}

func (m *model) inFlight() (n int) {
	for _, f := range m.all() {
		n += f.inFlight()
	}
	return n
}

// Provisioned concurrency.

func (m *model) ready(c *mConfig) bool {
	return c != nil && !c.failed && (!c.held || c.confirmed) && m.now >= c.ready
}

// serving is how many environments of v may serve now.
func (m *model) serving(f *mFunction, v *mVersion) int {
	if v.config != nil {
		if m.ready(v.config) {
			return v.config.requested
		}
		return v.config.kept
	}
	for _, other := range f.versions {
		if other.config != nil && other.config.from == v && !m.ready(other.config) {
			return v.was
		}
	}
	return 0
}

// settle brings the records up to now: a config that has become ready has its full request rate since then, and
// whoever served in its place is released.
func (m *model) settle() {
	for _, f := range m.functions {
		for _, v := range f.versions {
			if c := v.config; m.ready(c) && !c.rated {
				c.rated, c.kept = true, c.requested
				m.rate(&v.requests, c.ready, c.requested)
				if c.from != nil {
					c.from.was, c.from = 0, nil
				}
			}
		}
	}
}

func (m *model) put(v *mVersion, n, kept int) {
	if kept < n && !m.keep {
		kept = 0
	}
	var from *mVersion
	if v.config != nil {
		from = v.config.from
	}
	ready := m.now
	if n > kept {
		ready += m.prep + time.Duration((n-kept+99)/100)*time.Second
	}
	v.config = &mConfig{requested: n, kept: kept, ready: ready, from: from}
	m.rate(&v.requests, m.now, kept)
}

func (m *model) checkProvisioned(f *mFunction, v *mVersion, n int) string {
	others := f.requested() - v.requested()
	switch {
	case v.name == concurrency.Latest:
		return "unpublished"
	case n < 1:
		return "validation"
	case f.reserved != nil:
		if others+n > *f.reserved {
			return "above reserved"
		}
		return ""
	}
	unreserved := m.limit - (m.configured() - v.requested())
	switch {
	case n > unreserved:
		return fmt.Sprintf("above unreserved [%d]", unreserved)
	case unreserved-n < m.minimum:
		return "minimum"
	}
	return ""
}

func (m *model) putProvisioned(f *mFunction, v *mVersion, n int) string {
	if refusal := m.checkProvisioned(f, v, n); refusal != "" {
		return refusal
	}
	m.settle()
	kept := min(m.serving(f, v), n)
	m.abandon(f, v)
	m.put(v, n, kept)
	return ""
}

// abandon ends the move that v serves in.
func (m *model) abandon(f *mFunction, v *mVersion) {
	for _, other := range f.versions {
		if other.config != nil && other.config.from == v {
			other.config.from = nil
		}
	}
	v.was = 0
}

func (m *model) deleteProvisioned(v *mVersion) {
	if v.config != nil && v.config.from != nil {
		v.config.from.was = 0
	}
	v.config = nil
}

func (m *model) move(f *mFunction, v, to *mVersion) string {
	switch {
	case v.config == nil:
		return "not provisioned"
	case to.name == concurrency.Latest:
		return "unpublished"
	case v == to:
		return ""
	case to.config != nil:
		return "already"
	}
	m.settle()
	n, serving := v.requested(), v
	was := m.serving(f, v)
	if v.config.from != nil {
		serving, was = v.config.from, v.config.from.was
	}
	kept := min(m.serving(f, to), n)
	v.config = nil
	m.abandon(f, to)
	m.put(to, n, kept)
	if serving != to {
		to.config.from = serving
		serving.was = was
	}
	return ""
}

// Reserved concurrency.

func (m *model) putReserved(f *mFunction, n int) string {
	others := m.configured() - f.requested()
	if f.reserved != nil {
		others = m.configured() - *f.reserved
	}
	switch {
	case n < 0:
		return "validation"
	case n > 0 && m.limit-others-n < m.minimum:
		return "minimum"
	case n < f.requested():
		return "below provisioned"
	}
	f.reserved = &n
	m.rate(&f.requests, m.now, n)
	return ""
}

func (m *model) setLimit(n int) string {
	if n < 1 || m.configured() > 0 && n-m.configured() < m.minimum {
		return "limit"
	}
	m.limit = n
	m.rate(&m.requests, m.now, n)
	m.rate(&m.events, m.now, n)
	return ""
}

// Calls.

func (m *model) acquire(f *mFunction, v *mVersion) (lease *mLease, outcome string) {
	m.settle()
	reserved := f.reserved != nil
	if reserved && *f.reserved == 0 {
		return nil, "!RC off"
	}
	if reserved && !f.requests.allows(m.now) {
		return nil, "!RR rate"
	}
	if !m.requests.allows(m.now) {
		return nil, "!CR rate"
	}
	pay := func() {
		m.requests.take(m.now)
		if reserved {
			f.requests.take(m.now)
		}
	}
	lease = &mLease{function: f, version: v}
	if len(v.provisioned) < m.serving(f, v) && v.requests.allows(m.now) {
		pay()
		v.requests.take(m.now)
		v.provisioned = append(v.provisioned, lease)
		return lease, "Provisioned"
	}
	pool := "Unreserved"
	if reserved {
		pool = "Reserved"
		if f.onDemand() >= *f.reserved-f.provisioned() {
			return nil, "!RC pool"
		}
	} else if m.unreservedInUse() >= m.limit-m.claimed() {
		return nil, "!CC pool"
	}
	if v.requested() > 0 {
		pool += " spillover"
	}
	lease.env = m.warm(v)
	if lease.env == nil {
		if !f.scaling.allows(m.now) {
			return nil, "!CC scale"
		}
		f.scaling.take(m.now)
		m.environments++
		lease.env = &mEnvironment{number: m.environments, born: m.now}
		v.environments = append(v.environments, lease.env)
		pool += " cold"
	}
	lease.env.busy = true
	pay()
	return lease, pool
}

func (m *model) acceptEvent() bool {
	ok := m.events.allows(m.now)
	if ok {
		m.events.take(m.now)
	}
	return ok
}

func (m *model) alive(e *mEnvironment) bool {
	return !e.dead && !e.outdated && !e.busy && m.now-e.since < m.idle && m.now-e.born < m.age
}

// warm picks the environment to use again. Environments are in order of creation; since tells when they became idle.
func (m *model) warm(v *mVersion) (best *mEnvironment) {
	for _, e := range v.environments {
		switch {
		case !m.alive(e):
		case best == nil,
			m.reuse == concurrency.Newest,
			m.reuse == concurrency.MostRecentlyUsed && e.released > best.released,
			m.reuse == concurrency.Oldest && e.released < best.released:
			best = e
		}
	}
	return best
}

func (m *model) idleOf(v *mVersion) (n int) {
	for _, e := range v.environments {
		if m.alive(e) {
			n++
		}
	}
	return n
}

func (m *model) release(l *mLease, keep bool) {
	if l.ended {
		return
	}
	l.ended = true
	if l.env == nil {
		l.version.provisioned = slices.DeleteFunc(l.version.provisioned, func(x *mLease) bool { return x == l })
		return
	}
	m.releases++
	l.env.busy, l.env.since, l.env.released = false, m.now, m.releases
	l.env.dead = !keep
}

func (m *model) renew(v *mVersion) {
	for _, e := range v.environments {
		e.outdated = true
	}
}

// closeVersion leaves a version that was deleted with its calls in flight, under a name that nobody asks for.
func (m *model) closeVersion(f *mFunction, v *mVersion) {
	m.deleteProvisioned(v)
	m.abandon(f, v)
	m.renew(v)
	v.name = "closed"
}

func (m *model) releaseFunction(f *mFunction) {
	for _, v := range f.versions {
		v.config, v.was = nil, 0
		m.renew(v)
	}
	f.reserved = nil
	m.functions = slices.DeleteFunc(m.functions, func(x *mFunction) bool { return x == f })
	m.gone = append(m.gone, f)
}
