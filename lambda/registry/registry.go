package registry

import (
	"slices"
	"sync"
	"time"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/internal/uuid"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/iam"
)

// Options configures a [Registry]. The zero value is usable.
type Options struct {
	// Identity is the account and Region in which the functions live; its zero value stands for the defaults of
	// [lambda.Identity].
	Identity lambda.Identity
	// Account is the accountant that functions claim their names in; nil makes one with AWS's default limits.
	Account *concurrency.Account
	// Owner is what the claims are made for: two registries that share an Account and have different owners cannot
	// have functions of one name. nil means the Registry itself. If it is a [concurrency.Retirer], a change that
	// retires environments calls it before it returns, without a lock held, so it may call the Registry.
	Owner any
	// Seed chooses the revision ids and everything else that AWS draws at random. Equal seeds and equal calls give
	// equal answers.
	Seed uint64
	// CreateDelay is how long a new function is Pending, UpdateDelay how long an update is InProgress. 0 means that
	// the call's answer says so and the next call already finds the function settled.
	CreateDelay, UpdateDelay time.Duration
	// Roles are the execution roles that there are. With them the role that a configuration names must be one that
	// Lambda can assume, and dead-letter queues and destinations are refused that it may not send to; later changes of
	// roles change no setting. nil, and a configuration without a role, leave everything unchecked.
	Roles *iam.Roles
	// OnProvision is told that the version of d was asked to hold n execution environments ready: by
	// PutProvisionedConcurrency, or because an alias with such a config moved to it. It is called by the goroutine of
	// the change, after the change and without a lock held, so it may call the Registry. nil leaves the environments to
	// the accountant's ramp.
	OnProvision func(now time.Time, d *Deployment, n int)
	// OnConcurrency is told that a setting of concurrency changed, in the way of OnProvision and before it: with version
	// "" a function's reserved concurrency, else the provisioned concurrency of a version, of which allocated serves now.
	OnConcurrency func(now time.Time, function, version string, allocated int)
	// FunctionExists is asked about a function that is named as a destination, lives in this account and Region and is
	// not in this Registry. nil means that there are no others.
	FunctionExists func(arn string) bool
	// FunctionURL gives the URL with which a function URL's config is shown, from its id of 32 letters and digits; it
	// must end in a slash. nil means AWS's https://{id}.lambda-url.{region}.on.aws/.
	FunctionURL func(id string) string
}

// Registry holds what is deployed: functions, their versions and aliases, and every setting of theirs. It is Lambda's
// control plane without its wire, and safe for concurrent use.
//
// Its methods are named as AWS's operations and take what those take: a function's name in any of the accepted forms,
// a qualifier. They start no goroutine and read no clock: each is told the instant. What takes time on AWS — Pending,
// InProgress, an alias's move to provisioned environments — is settled by the first call that comes late enough; see
// [Registry.Settle]. A call that returns an error has changed nothing. What a method returns is the caller's own.
//
// Instants should not decrease from call to call. If they do, what was settled stays so.
type Registry struct {
	options Options
	id      lambda.Identity
	account *concurrency.Account
	owner   any

	// functions is the invoke path's way in: name → *function. It is written under mu.
	functions sync.Map

	mu        sync.Mutex
	names     []string              // of all functions, sorted
	unsettled map[string]*function  // those for which time has yet to do something
	retired   map[string]int        // of deleted functions, the highest version number that was given out
	urls      map[string]lambda.Ref // by the id of the function URL; may name one that is gone
	drawn     uint64                // how many random values were drawn
	notices   []func(now time.Time) // for OnProvision and OnConcurrency, to be given once mu is released
	tell      func()                // has the accountant tell what retired, to be called once mu is released
}

// New makes an empty Registry.
func New(o Options) *Registry {
	r := &Registry{
		options:   o,
		id:        o.Identity.WithDefaults(),
		account:   o.Account,
		owner:     o.Owner,
		unsettled: map[string]*function{},
		retired:   map[string]int{},
		urls:      map[string]lambda.Ref{},
	}
	if r.account == nil {
		r.account = concurrency.NewAccount(concurrency.Options{})
	}
	if r.owner == nil {
		r.owner = r
	}
	return r
}

// Identity is where the Registry's functions live, without empty fields.
func (r *Registry) Identity() lambda.Identity { return r.id }

// Account is the accountant that the functions have claimed their names in.
func (r *Registry) Account() *concurrency.Account { return r.account }

// Close lets go of the names that the functions have claimed in the Account, so that somebody else who shares it can
// use them. The Registry is of no use afterwards.
func (r *Registry) Close() {
	r.hold()
	for _, name := range r.names {
		r.lookup(name).books.Release()
	}
	r.release()
}

// hold locks, and has those who own what the accountant retires wait for [Registry.release].
func (r *Registry) hold() {
	r.mu.Lock()
	r.tell = r.account.HoldRetirements()
}

// release unlocks, and then has the accountant tell what retired.
func (r *Registry) release() {
	tell := r.tell
	r.mu.Unlock()
	tell()
}

// lock begins a change or a look at instant now: everything that is due by then has happened.
func (r *Registry) lock(now time.Time) {
	r.hold()
	r.settle(now)
}

// unlock ends what [Registry.lock] began and gives the notices that it caused.
func (r *Registry) unlock(now time.Time) {
	notices := r.notices
	r.notices = nil
	r.release()
	for _, give := range notices {
		give(now)
	}
}

// notify has [Options.OnProvision] called when the lock is released.
func (r *Registry) notify(d *Deployment, n int) {
	if r.options.OnProvision != nil {
		r.notices = append(r.notices, func(now time.Time) { r.options.OnProvision(now, d, n) })
	}
}

// noteConcurrency has [Options.OnConcurrency] called when the lock is released.
func (r *Registry) noteConcurrency(f *function, version string, allocated int) {
	if r.options.OnConcurrency != nil {
		r.notices = append(r.notices, func(now time.Time) { r.options.OnConcurrency(now, f.name, version, allocated) })
	}
}

// lookup finds a function by its bare name, or nil.
func (r *Registry) lookup(name string) *function {
	f, ok := r.functions.Load(name)
	if !ok {
		return nil
	}
	return f.(*function)
}

// add puts f among the functions.
func (r *Registry) add(f *function) {
	i, _ := slices.BinarySearch(r.names, f.name)
	r.names = slices.Insert(r.names, i, f.name)
	r.functions.Store(f.name, f)
}

// remove takes f out.
func (r *Registry) remove(f *function) {
	if i, ok := slices.BinarySearch(r.names, f.name); ok {
		r.names = slices.Delete(r.names, i, i+1)
	}
	r.functions.Delete(f.name)
	delete(r.unsettled, f.name)
	r.retired[f.name] = f.lastVersion
}

// draw gives the next random UUID for a purpose.
func (r *Registry) draw(purpose string) string {
	r.drawn++
	return uuid.V4(r.options.Seed, r.drawn, purpose)
}

// revision gives the next RevisionId.
func (r *Registry) revision() string { return r.draw("revision") }

// lockFunction locks and finds the function of an operation that is about whole functions. If it fails, nothing is
// locked.
func (r *Registry) lockFunction(now time.Time, ref lambda.Ref) (*function, error) {
	if err := r.checkUnqualified(ref); err != nil {
		return nil, err
	}
	r.lock(now)
	f := r.lookup(ref.Name)
	if f == nil {
		r.unlock(now)
		return nil, lambda.FunctionNotFound(r.id.FunctionARN(ref.Name, ""))
	}
	return f, nil
}
