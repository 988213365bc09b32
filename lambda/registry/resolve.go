package registry

import (
	"sync"
	"time"

	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/iam"
)

// Resolution is what a function name with its qualifier stands for at one moment: what an invocation needs to know.
// It never changes; the next change of the function makes a new one. It may be shared.
type Resolution struct {
	// Deployment is what runs, unless Alternative was picked.
	Deployment *Deployment
	// Alternative is the other version of an alias with a weight; nil for everything else.
	Alternative *Deployment
	// Weight is Alternative's share of the invocations, 0 to 1.
	Weight float64
	// Async is the event-invoke config of exactly the qualifier that was resolved, where no qualifier and $LATEST are
	// the same; nil means AWS's defaults. It must not be changed.
	Async *EventInvokeConfig
	// Policy is the resource policy of exactly the qualifier that was resolved, where no qualifier and $LATEST are the
	// same; nil means that there is none. It must not be changed.
	Policy *iam.Policy
	// RecursiveLoop says what loop detection does about the function.
	RecursiveLoop RecursiveLoop

	pending bool // the version is not ready to be invoked
}

// Pick chooses between the two versions of a weighted alias: draw is a random number in [0, 1), and Alternative runs
// if it is less than Weight.
func (res *Resolution) Pick(draw float64) *Deployment {
	if res.Alternative != nil && draw < res.Weight {
		return res.Alternative
	}
	return res.Deployment
}

// Resolve finds what ref stands for, as an invocation at now does: a function, version or alias that does not exist is
// a ResourceNotFoundException with Invoke's text, one that is not active yet a ResourceConflictException. While an
// update is in progress the old code goes on serving. References to another account or Region are refused as
// [lambda.Identity.Check] does.
//
// It is meant for every invocation: it takes no lock and allocates nothing unless it fails or the function waits for
// something.
func (r *Registry) Resolve(now time.Time, ref lambda.Ref) (*Resolution, error) {
	if err := r.id.Check(ref); err != nil {
		return nil, err
	}
	res := r.Find(now, ref)
	switch {
	case res == nil:
		return nil, r.id.InvokeNotFound(ref.Name, ref.Qualifier)
	case res.pending:
		return nil, lambda.FunctionInState(string(StatePending))
	}
	return res, nil
}

// Find is [Registry.Resolve] for who does not invoke: it finds also what is not active yet. nil is nothing. The account
// and Region in ref are not looked at.
func (r *Registry) Find(now time.Time, ref lambda.Ref) *Resolution {
	f := r.lookup(ref.Name)
	if f == nil {
		return nil
	}
	table := f.routes.Load()
	if !table.settled {
		table = r.settledRoutes(now, f)
	}
	return table.find(ref.Qualifier)
}

// settledRoutes is f's table after what is due has happened.
func (r *Registry) settledRoutes(now time.Time, f *function) *routes {
	r.hold()
	defer r.unlock(now)
	if r.lookup(f.name) == f { // it may have been deleted, and another made by its name, since it was looked up
		r.settleFunction(now, f)
	}
	return f.routes.Load()
}

// routes is what the invoke path sees of one function, its published versions apart. It is replaced whole by every
// change and never written to.
type routes struct {
	settled  bool // time alone changes nothing any more
	latest   *Resolution
	aliases  map[string]*Resolution
	versions *published
}

// published is what the invoke path sees of a function's published versions: *Resolution by version number. There may
// be thousands, and nearly all of them stay what they are in nearly every change. So they are not part of what is
// replaced: each entry is, if it differs.
type published struct{ sync.Map }

func (p *published) find(version string) *Resolution {
	res, _ := p.Load(version)
	r, _ := res.(*Resolution)
	return r
}

// find is the resolution of a qualifier, or nil.
func (t *routes) find(qualifier string) *Resolution {
	if qualifier == "" || qualifier == lambda.Latest {
		return t.latest
	}
	if res := t.aliases[qualifier]; res != nil {
		return res
	}
	return t.versions.find(qualifier)
}

// reroute brings f's table up to what is stored. Every change that an invocation could notice ends in it.
func (f *function) reroute() {
	for _, v := range f.versions {
		res := f.resolution(v.version, v.deployment)
		res.pending = v.pending
		if v.resolution == nil || *v.resolution != res {
			v.resolution = new(res)
			f.published.Store(v.version, v.resolution)
		}
	}
	latest := f.resolution(lambda.Latest, f.serving)
	latest.pending = f.phase == creating
	t := &routes{settled: f.isSettled(), latest: &latest, aliases: make(map[string]*Resolution, len(f.aliases)), versions: &f.published}
	for name, a := range f.aliases {
		res := f.aliasResolution(t, a)
		t.aliases[name] = &res
	}
	f.routes.Store(t)
	if f.renews {
		// After the table, not before: who gets an environment of the new epoch must be able to find out that it is to
		// run the new code.
		f.books.RenewAt(f.renewsAt, lambda.Latest)
		f.renews = false
	}
}

// resolution is d under the settings of one qualifier.
func (f *function) resolution(qualifier string, d *Deployment) Resolution {
	res := Resolution{Deployment: d, RecursiveLoop: f.recursiveLoop}
	if c, ok := f.async[qualifier]; ok {
		res.Async = &c.config
	}
	if p, ok := f.policies[policyKey(qualifier)]; ok {
		res.Policy = p.document
	}
	return res
}

// aliasResolution is what an alias stands for, given the resolutions of the versions.
func (f *function) aliasResolution(t *routes, a *alias) Resolution {
	main := t.find(a.version)
	res := f.resolution(a.name, main.Deployment)
	res.pending = main.pending
	for version, weight := range f.weights(a) { // at most one
		other := t.find(version)
		res.Alternative, res.Weight = other.Deployment, weight
		res.pending = res.pending || other.pending
	}
	return res
}
