package registry

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lambdakit/lambdakit/lambda"
)

// DeleteFunction deletes a function with all its versions, aliases and settings, or, with a number as the qualifier,
// one version. A version that an alias points to cannot be deleted; one that does not exist is no error. $LATEST and
// aliases are refused.
//
// The name is free at once; invocations that run go on to their end. A function of the same name made later numbers
// its versions on from there: a number is never given out twice.
func (r *Registry) DeleteFunction(now time.Time, name, qualifier string) error {
	ref, err := r.id.ParseRef(name, qualifier)
	if err != nil {
		return err
	}
	switch {
	case ref.Qualifier == lambda.Latest:
		return lambda.InvalidParameterValue("$LATEST version cannot be deleted without deleting the function.")
	case lambda.IsAlias(ref.Qualifier):
		return lambda.InvalidParameterValue("Deletion of aliases is not currently supported.")
	}
	r.lock(now)
	defer r.unlock(now)
	f := r.lookup(ref.Name)
	if f == nil {
		return lambda.FunctionNotFound(r.id.FunctionARN(ref.Name, ""))
	}
	if ref.Qualifier != "" {
		return r.deleteVersion(now, f, ref.Qualifier)
	}
	r.remove(f)
	for qualifier := range f.urls {
		r.dropURL(f, qualifier)
	}
	if f.reserved() != nil {
		r.noteConcurrency(f, "", 0)
	}
	for _, qualifier := range sortedQualifiers(f.provisioned) {
		r.releaseProvisioned(now, f, qualifier)
	}
	f.books.Release()
	return nil
}

// deleteVersion deletes one version, if there is one of that number.
func (r *Registry) deleteVersion(now time.Time, f *function, version string) error {
	v := f.find(version)
	if v == nil {
		return nil
	}
	if names := f.aliasesOf(version); len(names) > 0 {
		return lambda.NewError("ResourceConflictException",
			"Unable to delete version because the following aliases reference it: ["+strings.Join(names, ", ")+"]")
	}
	r.dropQualifier(now, f, version)
	f.versions = slices.DeleteFunc(f.versions, func(x *release) bool { return x == v })
	v.deployment.Books.Release()
	f.published.Delete(version)
	r.changed(f)
	return nil
}

// aliasesOf names the aliases that point to a version, mainly or with a weight.
func (f *function) aliasesOf(version string) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(f.aliases)) {
		a := f.aliases[name]
		p := f.provisioned[name]
		left := p != nil && p.leaving == version // it still serves, whatever the weights are
		if _, routed := f.weights(a)[version]; routed || left || a.version == version {
			names = append(names, name)
		}
	}
	return names
}
