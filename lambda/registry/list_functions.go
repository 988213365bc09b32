package registry

import (
	"slices"
	"time"

	"github.com/lambdakit/lambdakit/lambda"
)

// functionsPerPage is how many functions one page holds at most, whatever MaxItems says.
const functionsPerPage = 50

// ListFunctions lists the functions by name, each as its $LATEST without its state, at most 50 a page. all also lists
// every version (FunctionVersion=ALL on the wire) and qualifies every ARN. The second result is the next page's
// Marker, "" after the last page.
func (r *Registry) ListFunctions(now time.Time, all bool, page Page) ([]*FunctionConfiguration, string, error) {
	l, err := newListing[*FunctionConfiguration](page, maxItems)
	if err != nil {
		return nil, "", err
	}
	l.room = min(l.room, functionsPerPage)
	r.lock(now)
	defer r.unlock(now)
	first, _ := slices.BinarySearch(r.names, nameOf(l.after))
	for _, name := range r.names[first:] {
		f := r.lookup(name)
		if !all {
			l.offer(name, func() *FunctionConfiguration { return f.listView(f.latest, "") })
		} else {
			f.offerReleases(l, name+keySeparator)
		}
		if l.next != "" {
			break
		}
	}
	return l.items, l.next, nil
}

// ListVersionsByFunction lists $LATEST and then the versions by ascending number, without their states.
func (r *Registry) ListVersionsByFunction(now time.Time, name string, page Page) ([]*FunctionConfiguration, string, error) {
	ref, nameErr := lambda.ParseRef(name, "")
	l, err := newListing[*FunctionConfiguration](page, maxItems)
	if err := joinValidation(nameErr, err); err != nil {
		return nil, "", err
	}
	f, err := r.lockFunction(now, ref)
	if err != nil {
		return nil, "", err
	}
	defer r.unlock(now)
	f.offerReleases(l, "")
	return l.items, l.next, nil
}

// offerReleases lists $LATEST and the versions with qualified ARNs.
func (f *function) offerReleases(l *listing[*FunctionConfiguration], prefix string) {
	offer := func(v *release) {
		l.offer(prefix+qualifierKey(v.version), func() *FunctionConfiguration { return f.listView(v, v.version) })
	}
	offer(f.latest)
	for _, v := range f.versions {
		offer(v)
	}
}
