package registry

import (
	"maps"
	"slices"
	"time"

	"github.com/lambdakit/lambdakit/internal/validation"
	"github.com/lambdakit/lambdakit/lambda"
)

// AliasConfiguration describes an alias, in its form on the wire.
type AliasConfiguration struct {
	AliasARN        string `json:"AliasArn"`
	Name            string
	FunctionVersion string
	Description     string
	RevisionID      string         `json:"RevisionId"`
	RoutingConfig   *RoutingConfig `json:",omitempty"` // only if there is a weight
}

// RoutingConfig holds the weight of an alias's second version.
type RoutingConfig struct {
	AdditionalVersionWeights map[string]float64
}

// alias is an alias as it is stored.
type alias struct {
	name        string
	version     string
	additional  map[string]float64 // nil for none
	description string
	revision    string
}

// CreateAlias makes a new alias. The name must not be all digits.
func (r *Registry) CreateAlias(now time.Time, name, aliasName string, to Routing) (*AliasConfiguration, error) {
	return r.putAlias(now, name, aliasName, to, false)
}

// PutAlias is CreateAlias if there is no such alias, and otherwise makes it point to exactly this. It is no operation
// of AWS's.
func (r *Registry) PutAlias(now time.Time, name, aliasName string, to Routing) (*AliasConfiguration, error) {
	return r.putAlias(now, name, aliasName, to, true)
}

func (r *Registry) putAlias(now time.Time, name, aliasName string, to Routing, replace bool) (*AliasConfiguration, error) {
	var found validation.Findings
	found.Required("functionVersion", to.Version != "")
	ref, err := r.aliasRef(name, aliasName, lambda.ValidationError(found.Text()),
		checkRouting(to.Version, to.Additional, &to.Description))
	if err != nil {
		return nil, err
	}
	if err := checkPair(to.Version, to.Additional); err != nil {
		return nil, err
	}
	r.lock(now)
	defer r.unlock(now)
	f := r.lookup(ref.Name)
	if f == nil {
		return nil, lambda.FunctionNotFound(r.id.FunctionARN(ref.Name, to.Version))
	}
	if err := f.checkRoutes(to.Version, to.Additional); err != nil {
		return nil, err
	}
	a := f.aliases[aliasName]
	switch {
	case a == nil:
		a = &alias{name: aliasName}
	case !replace:
		return nil, lambda.NewError("ResourceConflictException", "Alias already exists: "+qualified(f.arn, aliasName))
	}
	return r.setAlias(now, f, a, to)
}

// UpdateAliasInput is what UpdateAlias takes. What is empty or nil keeps what is set.
type UpdateAliasInput struct {
	// Version is the version to point to (FunctionVersion on the wire).
	Version string
	// Additional replaces the weights; an empty map that is not nil removes them.
	Additional map[string]float64
	// Description is at most 256 characters.
	Description *string
	// RevisionID, if not "", must be the alias's latest RevisionId.
	RevisionID string
}

// UpdateAlias changes an alias; every update gives it a new RevisionId. If the alias has provisioned concurrency and
// moves to another version, that version's environments are made ready first; until then invocations go on running on
// the version being left, which the answer shows as a weight of 1.
func (r *Registry) UpdateAlias(now time.Time, name, aliasName string, in UpdateAliasInput) (*AliasConfiguration, error) {
	ref, err := r.aliasRef(name, aliasName, checkRouting(in.Version, in.Additional, in.Description))
	if err != nil {
		return nil, err
	}
	r.lock(now)
	defer r.unlock(now)
	arn := r.id.FunctionARN(ref.Name, aliasName)
	f := r.lookup(ref.Name)
	if f == nil || f.aliases[aliasName] == nil {
		return nil, lambda.NewError("ResourceNotFoundException", "Alias not found: "+arn)
	}
	a := f.aliases[aliasName]
	to := Routing{Version: a.version, Additional: a.additional, Description: a.description}
	setString(&to.Version, in.Version)
	if in.Additional != nil {
		to.Additional = in.Additional
	}
	if in.Description != nil {
		to.Description = *in.Description
	}
	if err := checkPair(to.Version, to.Additional); err != nil {
		return nil, err
	}
	if err := f.checkRoutes(to.Version, to.Additional); err != nil {
		return nil, err
	}
	if in.RevisionID != "" && in.RevisionID != a.revision {
		return nil, lambda.RevisionMismatch("GetFunction/GetAlias")
	}
	return r.setAlias(now, f, a, to)
}

// setAlias makes the alias point to what was checked, moving its provisioned environments along.
func (r *Registry) setAlias(now time.Time, f *function, a *alias, to Routing) (*AliasConfiguration, error) {
	if err := r.moveProvisioned(now, f, a, to.Version); err != nil {
		return nil, err
	}
	a.version, a.description = to.Version, to.Description
	a.additional = nil
	if len(to.Additional) > 0 {
		a.additional = maps.Clone(to.Additional)
	}
	a.revision = r.revision()
	f.aliases[a.name] = a
	r.changed(f)
	return f.aliasView(a), nil
}

// GetAlias describes an alias.
func (r *Registry) GetAlias(now time.Time, name, aliasName string) (*AliasConfiguration, error) {
	ref, err := r.aliasRef(name, aliasName)
	if err != nil {
		return nil, err
	}
	r.lock(now)
	defer r.unlock(now)
	f := r.lookup(ref.Name)
	if f == nil || f.aliases[aliasName] == nil {
		return nil, lambda.AliasNotFound(r.id.FunctionARN(ref.Name, aliasName))
	}
	return f.aliasView(f.aliases[aliasName]), nil
}

// ListAliases lists the aliases by name: all of them, or those that point to a version, weights not counted. The
// second result is the next page's Marker, "" after the last page.
func (r *Registry) ListAliases(now time.Time, name, version string, page Page) ([]*AliasConfiguration, string, error) {
	ref, nameErr := lambda.ParseFunctionName(name, "")
	l, err := newListing[*AliasConfiguration](page, maxItems)
	if err := joinValidation(nameErr, checkRouting(version, nil, nil), err); err != nil {
		return nil, "", err
	}
	f, err := r.lockFunction(now, ref)
	if err != nil {
		return nil, "", err
	}
	defer r.unlock(now)
	for _, key := range slices.Sorted(maps.Keys(f.aliases)) {
		if a := f.aliases[key]; version == "" || a.version == version {
			l.offer(key, func() *AliasConfiguration { return f.aliasView(a) })
		}
	}
	return l.items, l.next, nil
}

// DeleteAlias removes an alias with everything that belongs to it: provisioned concurrency, event-invoke config,
// policy and function URL. An alias that does not exist is no error.
func (r *Registry) DeleteAlias(now time.Time, name, aliasName string) error {
	ref, err := r.aliasRef(name, aliasName)
	if err != nil {
		return err
	}
	r.lock(now)
	defer r.unlock(now)
	f := r.lookup(ref.Name)
	if f == nil || f.aliases[aliasName] == nil {
		return nil
	}
	r.dropQualifier(now, f, aliasName)
	delete(f.aliases, aliasName)
	r.changed(f)
	return nil
}

// dropQualifier removes the settings of a version or alias that is deleted.
func (r *Registry) dropQualifier(now time.Time, f *function, qualifier string) {
	r.releaseProvisioned(now, f, qualifier)
	delete(f.async, qualifier)
	delete(f.policies, qualifier)
	r.dropURL(f, qualifier)
}

// aliasRef checks the names in a request about an alias, together with the other checks of the request's form.
func (r *Registry) aliasRef(name, aliasName string, others ...error) (lambda.Ref, error) {
	ref, err := lambda.ParseFunctionName(name, "")
	if err := joinValidation(append([]error{err, checkAliasName(aliasName)}, others...)...); err != nil {
		return ref, err
	}
	return ref, r.checkUnqualified(ref)
}

// aliasView describes an alias.
func (f *function) aliasView(a *alias) *AliasConfiguration {
	c := &AliasConfiguration{
		AliasARN:        qualified(f.arn, a.name),
		Name:            a.name,
		FunctionVersion: a.version,
		Description:     a.description,
		RevisionID:      a.revision,
	}
	if w := f.weights(a); len(w) > 0 {
		c.RoutingConfig = &RoutingConfig{maps.Clone(w)}
	}
	return c
}
