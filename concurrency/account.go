package concurrency

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"
)

var (
	// ErrClaimed matches the refusal of a second owner for a function that is claimed.
	ErrClaimed = errors.New("claimed by another owner")
	// ErrReleased matches every request to a function or version that was released.
	ErrReleased = errors.New("concurrency: released")
	// ErrLimit matches the refusal of a quota by [Account.SetLimitAt].
	ErrLimit = errors.New("concurrency: limit refused")
)

// Retirer is implemented by owners of functions that want to know when an execution environment leaves the books:
// because it idled or lived too long, was released with keep false, or its code or its function is gone. Retired gets
// what was attached to it, once for every attachment; environments without one are not reported. It is called on the
// goroutine whose call retired the environment, or that held its owners back, without any lock of the account's held,
// and may use the account. See [Account.HoldRetirements].
type Retirer interface {
	Retired(attached any)
}

// Account holds the books of one account in one Region: its concurrency quota, and all functions that share it.
// Several services may share an Account as functions share a Region. It is safe for concurrent use.
type Account struct {
	rules rules // immutable, save limit

	mu        sync.Mutex // guards all books of the account, its functions and their versions
	clock     clock
	functions map[string]*Function
	inFlight  int
	// configured is what settings claim of the quota, and claimed the same with provisioned concurrency that is still
	// in flight although its configuration shrank or went. Settings are checked against the one, calls against the
	// other.
	configured, claimed int
	unreserved          int    // in flight on the unreserved pool
	requests            bucket // 10 × limit a second
	events              bucket // the same, for accepting asynchronous events
	spare               *slot  // retired slots to use again
	gone                []retirement
	holds               int // how many hold the owners of gone back
}

// retirement is an attachment whose owner must be told as soon as the lock is free.
type retirement struct {
	owner    Retirer
	attached any
}

// NewAccount returns an account without functions. It panics if an option makes no sense, such as a negative limit
// or a probability above 1.
func NewAccount(opts Options) *Account {
	a := &Account{rules: opts.rules(), functions: map[string]*Function{}}
	a.rules.requestRate(&a.requests, 0, a.rules.limit)
	a.rules.requestRate(&a.events, 0, a.rules.limit)
	return a
}

// Claim returns the books of the named function for owner, opening them if need be. A function has one owner, or two
// services on one account would run each other's environments: a second owner is refused with [ErrClaimed] until the
// first has called [Function.Release]. Claiming again as the same owner returns the same Function. The owner is
// compared with ==, so its type must be comparable; nil is an owner like any other. An owner that is a [Retirer] is
// told of retired environments.
func (a *Account) Claim(name string, owner any) (*Function, error) {
	if owner != nil && !reflect.ValueOf(owner).Comparable() {
		return nil, fmt.Errorf("concurrency: function %q: owner of type %T is not comparable", name, owner)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if f := a.functions[name]; f != nil {
		if f.owner != owner {
			return nil, fmt.Errorf("concurrency: function %q: %w", name, ErrClaimed)
		}
		return f, nil
	}
	f := newFunction(a, name, owner)
	a.functions[name] = f
	return f, nil
}

// Function returns the books of the named function, nil if nobody has claimed it.
func (a *Account) Function(name string) *Function {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.functions[name]
}

// InFlight returns how many leases are out, of whatever pool. It is the Region's ConcurrentExecutions.
func (a *Account) InFlight() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.inFlight
}

// SetLimitAt changes the concurrency quota at t. Lowering it ends nothing: it keeps new calls out until enough of
// those in flight have ended. A quota below 1, above 10,000,000, or too small for the minimum of unreserved
// concurrency beside what is reserved and provisioned, is refused with [ErrLimit].
func (a *Account) SetLimitAt(t time.Time, n int) error {
	a.mu.Lock()
	defer a.unlock()
	if n < 1 || n > maxLimit {
		return fmt.Errorf("%w: %d is not between 1 and %d", ErrLimit, n, maxLimit)
	}
	if a.configured > 0 && n-a.configured < a.rules.minimum {
		return fmt.Errorf("%w: %d leaves less than %d unreserved beside the %d claimed",
			ErrLimit, n, a.rules.minimum, a.configured)
	}
	now := a.clock.advance(t)
	a.rules.limit = n
	a.rules.requestRate(&a.requests, now, n)
	a.rules.requestRate(&a.events, now, n)
	return nil
}

// AcceptEventAt asks at t whether one more asynchronous event may be accepted from a caller that is not an AWS
// service. Such events have a limit of their own, 10 a second for each unit of the quota; beyond it the error is a
// [*ThrottleError] with the reason CallerRateLimitExceeded. Events from AWS services are accepted without asking.
func (a *Account) AcceptEventAt(t time.Time) error {
	if a.rules.noRates {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.clock.see(t.UnixNano())
	debt, ok := a.events.ask(now)
	if !ok {
		return errAccountRate
	}
	a.clock.book(now)
	a.events.take(now, debt)
	return nil
}

// ExpireAt retires every environment that has idled or lived too long at t. Nobody needs to call it: an expired
// environment is never used again, and goes when its version is next called. It is for owners that want their
// attachments back sooner.
func (a *Account) ExpireAt(t time.Time) {
	a.mu.Lock()
	defer a.unlock()
	now := a.clock.advance(t)
	for _, f := range a.sorted() {
		for _, v := range f.sorted() {
			v.expireAll(now)
		}
	}
}

// sorted returns the functions by name, so that no outcome hangs on the order of a map.
func (a *Account) sorted() []*Function {
	all := make([]*Function, 0, len(a.functions))
	for _, f := range a.functions {
		all = append(all, f)
	}
	slices.SortFunc(all, func(x, y *Function) int { return compareNames(x.name, y.name) })
	return all
}

// HoldRetirements keeps the account from telling owners what retires, until tell is called, which tells them. It is for
// callers who change the books under a lock of their own, and call tell once they have given that up: owners run code
// that may want it. What the calls of others retire meanwhile waits for a tell as well. tell must be called once.
func (a *Account) HoldRetirements() (tell func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.holds++
	return a.tellRetirements
}

// tellRetirements tells also what others retired who hold their owners back still: this goroutine has no lock.
func (a *Account) tellRetirements() {
	a.mu.Lock()
	a.holds--
	a.unlockAndTell()
}

// unlock gives the books free and then tells owners of what was retired meanwhile.
func (a *Account) unlock() {
	if a.gone != nil && a.holds == 0 {
		a.unlockAndTell()
		return
	}
	a.mu.Unlock()
}

func (a *Account) unlockAndTell() {
	gone := a.gone
	a.gone = nil
	a.mu.Unlock()
	for _, r := range gone {
		r.owner.Retired(r.attached)
	}
}

// unreservedCap returns what the claims leave of the quota.
func (a *Account) unreservedCap() int { return a.rules.limit - a.claimed }
