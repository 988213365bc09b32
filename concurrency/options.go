package concurrency

import (
	"fmt"
	"time"
)

const (
	// DefaultLimit is the concurrency quota of an account in a Region unless [Options] says otherwise.
	DefaultLimit = 1000
	// DefaultMinimumUnreserved is what Lambda keeps for functions without reserved concurrency.
	DefaultMinimumUnreserved = 100
	// DefaultIdleLifetime is how long an idle environment is kept.
	DefaultIdleLifetime = 600 * time.Second
	// DefaultMaxAge is the age at which an environment is replaced, however busy it is.
	DefaultMaxAge = 7200 * time.Second
	// DefaultRateBurst is how long an unused request rate adds up.
	DefaultRateBurst = time.Second
	// DefaultProvisionPrep is how long allocation of provisioned concurrency takes to begin.
	DefaultProvisionPrep = 60 * time.Second

	maxLimit     = 10_000_000
	maxRateBurst = time.Minute
)

// Reuse says which idle execution environment serves the next request. AWS does not say which one it takes.
type Reuse uint8

const (
	// Newest takes the environment created last. It is the default: long-run measurements fit it.
	Newest Reuse = iota
	// MostRecentlyUsed takes the environment that became idle last. Its long-run behaviour is that of Newest.
	MostRecentlyUsed
	// Oldest takes the environment that has been idle longest. It keeps far more environments alive: hardly any
	// cold starts, and a pool that does not shrink. It is there for comparison.
	Oldest
)

// String returns the name of the policy.
func (r Reuse) String() string {
	switch r {
	case Newest:
		return "Newest"
	case MostRecentlyUsed:
		return "MostRecentlyUsed"
	case Oldest:
		return "Oldest"
	}
	return fmt.Sprintf("Reuse(%d)", uint8(r))
}

// Options are the quota of an [Account] and the assumptions about what AWS leaves open. The zero value is a default
// account: a quota of 1,000, all rate limits on.
type Options struct {
	_ struct{}

	// Limit is the concurrency quota, at most 10,000,000. 0 means [DefaultLimit]; new accounts often have 10 or 50.
	Limit int
	// MinimumUnreserved is how much of the quota reservations and provisioned concurrency must leave free. nil means
	// [DefaultMinimumUnreserved]. AWS states it in the refusals, and it differs between accounts.
	MinimumUnreserved *int

	// Reuse says which idle environment serves the next request.
	Reuse Reuse
	// IdleLifetime is how long an environment stays after its last request; one idle for exactly that long is gone.
	// 0 means [DefaultIdleLifetime], a negative duration for ever. AWS guarantees none.
	IdleLifetime time.Duration
	// MaxAge is the age at which an environment is not used again. It counts from the start of its Init. 0 means
	// [DefaultMaxAge], a negative duration never. Provisioned environments do not age: Lambda replaces them unseen.
	MaxAge time.Duration
	// ProactiveInit is the probability, 0 to 1, that a new on-demand environment was initialised ahead of the request
	// that gets it, so that the request sees no cold start. It still costs a token of the scaling rate.
	ProactiveInit float64
	// Seed decides, with the function's name and the number of the environment, which environments ProactiveInit
	// picks.
	Seed uint64

	// RateBurst is how long an unused request rate adds up: a limit of r a second allows r × RateBurst at once, and
	// never less than one request. 0 means [DefaultRateBurst]; the most is a minute.
	RateBurst time.Duration
	// NoRequestRates turns the limits of 10 requests a second for each unit of concurrency off.
	NoRequestRates bool
	// NoScalingRate turns the limit on new environments (1,000 at once, 100 a second) off.
	NoScalingRate bool

	// ProvisionPrep is how long a request for provisioned concurrency waits before allocation begins, which then
	// takes a second for every 100 environments. nil means [DefaultProvisionPrep].
	ProvisionPrep *time.Duration
	// KeepOnIncrease says whether the environments allocated already go on serving while more are allocated. nil
	// means true.
	KeepOnIncrease *bool
}

// rules are checked Options with every default filled in.
type rules struct {
	limit, minimum     int
	reuse              Reuse
	idleLifetime       int64 // nanoseconds
	maxAge             int64
	proactive          float64
	seed               uint64
	burst              int64
	noRates, noScaling bool
	prep               time.Duration
	keepOnIncrease     bool
}

func (o Options) rules() rules {
	r := rules{
		limit:          orDefault(o.Limit, DefaultLimit),
		minimum:        deref(o.MinimumUnreserved, DefaultMinimumUnreserved),
		reuse:          o.Reuse,
		idleLifetime:   lifetime(o.IdleLifetime, DefaultIdleLifetime),
		maxAge:         lifetime(o.MaxAge, DefaultMaxAge),
		proactive:      o.ProactiveInit,
		seed:           o.Seed,
		burst:          int64(orDefault(o.RateBurst, DefaultRateBurst)),
		noRates:        o.NoRequestRates,
		noScaling:      o.NoScalingRate,
		prep:           deref(o.ProvisionPrep, DefaultProvisionPrep),
		keepOnIncrease: deref(o.KeepOnIncrease, true),
	}
	if problem := r.problem(); problem != "" {
		panic("concurrency: Options." + problem)
	}
	return r
}

// problem names the first option that makes no sense, "" if all do.
func (r *rules) problem() string {
	switch {
	case r.limit < 1 || r.limit > maxLimit:
		return fmt.Sprintf("Limit is %d, not between 1 and %d", r.limit, maxLimit)
	case r.minimum < 0:
		return fmt.Sprintf("MinimumUnreserved is negative: %d", r.minimum)
	case r.reuse > Oldest:
		return fmt.Sprintf("Reuse is unknown: %d", r.reuse)
	case !(r.proactive >= 0 && r.proactive <= 1): // NaN fails both
		return fmt.Sprintf("ProactiveInit is %v, not between 0 and 1", r.proactive)
	case r.burst < 0 || r.burst > int64(maxRateBurst):
		return fmt.Sprintf("RateBurst is %v, not between 0 and %v", time.Duration(r.burst), maxRateBurst)
	case r.prep < 0:
		return fmt.Sprintf("ProvisionPrep is negative: %v", r.prep)
	}
	return ""
}

// lifetime returns d in nanoseconds: def for 0, more than any difference of instants for a negative one.
func lifetime(d, def time.Duration) int64 {
	switch {
	case d == 0:
		return int64(def)
	case d < 0:
		return forever
	}
	return int64(d)
}

func orDefault[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

func deref[T any](p *T, def T) T {
	if p == nil {
		return def
	}
	return *p
}
