package registry

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/internal/stamp"
	"github.com/lambdakit/lambdakit/internal/validation"
	"github.com/lambdakit/lambdakit/lambda"
)

// ProvisionedConcurrency describes the provisioned concurrency of a version or alias, in its form on the wire.
type ProvisionedConcurrency struct {
	FunctionARN  string `json:"FunctionArn,omitempty"` // in lists only
	Requested    int    `json:"RequestedProvisionedConcurrentExecutions"`
	Available    int    `json:"AvailableProvisionedConcurrentExecutions"`
	Allocated    int    `json:"AllocatedProvisionedConcurrentExecutions"`
	Status       string // IN_PROGRESS, READY or FAILED
	StatusReason string `json:",omitempty"`
	LastModified string // 2019-12-31T20:28:49+0000
}

// provisioned is a config of one qualifier as it is stored; the numbers are in the accountant's books of the version.
type provisioned struct {
	version string // whose environments it holds
	leaving string // after the alias moved, the version that serves until version's are ready; "" otherwise
}

// PutProvisionedConcurrency asks for n execution environments of a version, or of the version that an alias points
// to, that are initialised before they are needed. The config belongs to the qualifier that it was put on, and a
// version is held by at most one. See [Options.OnProvision] for who makes the environments.
func (r *Registry) PutProvisionedConcurrency(now time.Time, name, qualifier string, n int) (*ProvisionedConcurrency, error) {
	var found validation.Findings
	found.Range("provisionedConcurrentExecutions", int64(n), 1, maxConcurrency)
	ref, err := r.provisionedRef(name, qualifier, lambda.ValidationError(found.Text()))
	if err != nil {
		return nil, err
	}
	if ref.Qualifier == lambda.Latest {
		return nil, lambda.InvalidParameterValue("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
	}
	f, err := r.lockProvisioned(now, ref)
	if err != nil {
		return nil, err
	}
	defer r.unlock(now)
	v := f.release(ref.Qualifier)
	if err := f.checkProvisionable(ref.Qualifier, v); err != nil {
		return nil, err
	}
	if err := f.booksOf(v).PutProvisionedAt(now, n); err != nil {
		return nil, configError(err)
	}
	if f.provisioned[ref.Qualifier] == nil {
		f.provisioned[ref.Qualifier] = &provisioned{version: v.version}
	}
	c := f.provisionedView(now, ref.Qualifier)
	r.noteConcurrency(f, v.version, c.Allocated)
	r.notify(v.deployment, n)
	return c, nil
}

// checkProvisionable refuses an alias with weights, a version that is not active yet, and a version that another
// qualifier's config holds already.
func (f *function) checkProvisionable(qualifier string, v *release) error {
	a := f.aliases[qualifier]
	if a != nil && len(a.additional) > 0 {
		return lambda.InvalidParameterValue("Alias with weights can not be used with Provisioned Concurrency")
	}
	if v.pending {
		return lambda.FunctionInState(string(StatePending))
	}
	switch {
	case !f.heldByAnother(qualifier, v.version):
		return nil
	case a != nil:
		return alreadyProvisioned()
	}
	return lambda.NewError("ResourceConflictException", "Version is pointed by a Provisioned Concurrency alias")
}

// heldByAnother reports whether the config of another qualifier holds the version's environments, be it only until an
// alias has left.
func (f *function) heldByAnother(qualifier, version string) bool {
	for holder, p := range f.provisioned {
		if holder != qualifier && (p.version == version || p.leaving == version) {
			return true
		}
	}
	return false
}

// alreadyProvisioned is the 409 of an alias on a version that another config holds.
func alreadyProvisioned() error {
	return lambda.NewError("ResourceConflictException",
		"Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version")
}

// GetProvisionedConcurrency describes the config of exactly that qualifier: that of an alias is not found under its
// version. While an alias moves, the config is IN_PROGRESS with the environments of the version being left.
func (r *Registry) GetProvisionedConcurrency(now time.Time, name, qualifier string) (*ProvisionedConcurrency, error) {
	f, ref, err := r.lockPublished(now, name, qualifier)
	if err != nil {
		return nil, err
	}
	defer r.unlock(now)
	if f.provisioned[ref.Qualifier] == nil {
		return nil, lambda.NewError("ProvisionedConcurrencyConfigNotFoundException",
			"No Provisioned Concurrency Config found for this function")
	}
	return f.provisionedView(now, ref.Qualifier), nil
}

// DeleteProvisionedConcurrency removes the config of exactly that qualifier. One that does not exist is no error.
func (r *Registry) DeleteProvisionedConcurrency(now time.Time, name, qualifier string) error {
	f, ref, err := r.lockPublished(now, name, qualifier)
	if err != nil {
		return err
	}
	defer r.unlock(now)
	r.releaseProvisioned(now, f, ref.Qualifier)
	r.changed(f)
	return nil
}

// ListProvisionedConcurrency lists a function's configs, of versions by number and then of aliases by name. The second
// result is the next page's Marker, "" after the last page.
func (r *Registry) ListProvisionedConcurrency(now time.Time, name string, page Page) ([]*ProvisionedConcurrency, string, error) {
	ref, nameErr := lambda.ParseFunctionName(name, "")
	l, err := newListing[*ProvisionedConcurrency](page, maxItemsSmall)
	if err := joinValidation(nameErr, err); err != nil {
		return nil, "", err
	}
	f, err := r.lockFunction(now, ref)
	if err != nil {
		return nil, "", err
	}
	defer r.unlock(now)
	for _, qualifier := range sortedQualifiers(f.provisioned) {
		l.offer(qualifierKey(qualifier), func() *ProvisionedConcurrency {
			c := f.provisionedView(now, qualifier)
			c.FunctionARN = qualified(f.arn, qualifier)
			return c
		})
	}
	return l.items, l.next, nil
}

// provisionedRef reads the name and the qualifier in a request about provisioned concurrency, which needs both.
func (r *Registry) provisionedRef(name, qualifier string, other error) (lambda.Ref, error) {
	ref, err := lambda.ParseFunctionName(name, qualifier)
	var found validation.Findings
	if err == nil {
		found.Required("qualifier", ref.Qualifier != "")
	}
	if err := joinValidation(err, lambda.ValidationError(found.Text()), other); err != nil {
		return ref, err
	}
	return ref, r.id.Check(ref)
}

// lockPublished locks and finds the function for a look at a version's or alias's config. If it fails, nothing is
// locked.
func (r *Registry) lockPublished(now time.Time, name, qualifier string) (*function, lambda.Ref, error) {
	ref, err := r.provisionedRef(name, qualifier, nil)
	if err != nil {
		return nil, ref, err
	}
	if ref.Qualifier == lambda.Latest {
		return nil, ref, lambda.InvalidParameterValue("The function resource provided must be an alias or a published version.")
	}
	f, err := r.lockProvisioned(now, ref)
	return f, ref, err
}

// lockProvisioned locks and finds the function with that version or alias. If it fails, nothing is locked. What is
// missing is named by its form: an alias, or a version.
func (r *Registry) lockProvisioned(now time.Time, ref lambda.Ref) (*function, error) {
	r.lock(now)
	if f := r.lookup(ref.Name); f != nil && f.exists(ref.Qualifier) {
		return f, nil
	}
	r.unlock(now)
	return nil, r.qualifierNotFound(ref)
}

// qualifierNotFound is the 404 of operations that tell aliases from versions by their form.
func (r *Registry) qualifierNotFound(ref lambda.Ref) error {
	arn := r.id.FunctionARN(ref.Name, ref.Qualifier)
	if lambda.IsAlias(ref.Qualifier) {
		return lambda.AliasNotFound(arn)
	}
	return lambda.FunctionNotFound(arn)
}

// provisionedView describes a config that exists.
func (f *function) provisionedView(now time.Time, qualifier string) *ProvisionedConcurrency {
	state, _ := f.booksOf(f.find(f.provisioned[qualifier].version)).ProvisionedAt(now)
	return &ProvisionedConcurrency{
		Requested:    state.Requested,
		Available:    state.Available,
		Allocated:    state.Allocated,
		Status:       state.Status.String(),
		StatusReason: state.StatusReason,
		LastModified: stamp.Provisioned(state.LastModified),
	}
}

// releaseProvisioned removes the config of a qualifier, if there is one.
func (r *Registry) releaseProvisioned(now time.Time, f *function, qualifier string) {
	p := f.provisioned[qualifier]
	if p == nil {
		return
	}
	f.booksOf(f.find(p.version)).DeleteProvisionedAt(now)
	delete(f.provisioned, qualifier)
	r.noteConcurrency(f, p.version, 0)
	if p.leaving != "" {
		r.noteConcurrency(f, p.leaving, 0)
	}
}

// booksOf is the accountant's books of a version or $LATEST.
func (f *function) booksOf(v *release) *concurrency.Version { return f.books.Version(v.version) }

// sortedQualifiers is the keys of m in the order of lists.
func sortedQualifiers[V any](m map[string]V) []string {
	return slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		return strings.Compare(qualifierKey(a), qualifierKey(b))
	})
}
