package registry

import (
	"reflect"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/lambda"
)

// function is everything that is deployed under one name. Registry.mu guards all of it but routes and published, which it
// guards the writing of.
type function struct {
	name  string
	arn   string // unqualified
	books *concurrency.Function

	routes    atomic.Pointer[routes]
	published published

	latest      *release
	serving     *Deployment // what $LATEST runs: that of latest, or the one before while an update is in progress
	versions    []*release  // by ascending number
	lastVersion int         // the highest number ever given out
	aliases     map[string]*alias

	renews   bool // the next table deploys serving, so that environments of what served before must go
	renewsAt time.Time

	phase           phase
	settlesAt       time.Time // when the phase ends
	settledRevision string    // the RevisionId of $LATEST from then on

	async         map[string]*asyncConfig // by qualifier, "$LATEST" for none
	policies      map[string]*policy      // by qualifier, "" for none
	urls          map[string]*functionURL // by alias, "" for none
	provisioned   map[string]*provisioned // by qualifier
	tags          map[string]string
	recursiveLoop RecursiveLoop
}

// phase is what $LATEST is waiting for.
type phase uint8

const (
	active   phase = iota
	creating       // State is Pending
	updating       // LastUpdateStatus is InProgress
)

// release is one version, or $LATEST, as it is stored.
type release struct {
	version           string // "$LATEST" or the number
	config            lambda.Config
	code              lambda.Code
	sha256            string // CodeSha256
	revision          string
	modified          time.Time
	deployment        *Deployment // of a version; $LATEST's is function.serving
	resolution        *Resolution // of a version: what invocations see
	pending           bool        // a version whose function is not settled
	latestDescription string      // of a version: what $LATEST's Description was when it was published
}

// number is the version's number.
func (v *release) number() int {
	n, _ := strconv.Atoi(v.version) // made by Itoa
	return n
}

// find is the version or $LATEST with that qualifier, or nil.
func (f *function) find(version string) *release {
	if version == "" || version == lambda.Latest {
		return f.latest
	}
	for _, v := range f.versions {
		if v.version == version {
			return v
		}
	}
	return nil
}

// release is the version, or the version behind the alias, that a qualifier stands for, or nil.
func (f *function) release(qualifier string) *release {
	if a := f.aliases[qualifier]; a != nil {
		return f.find(a.version)
	}
	return f.find(qualifier)
}

// exists reports whether a qualifier stands for anything.
func (f *function) exists(qualifier string) bool { return f.release(qualifier) != nil }

// busy is the error of a change that has to wait for the one before, or nil.
func (f *function) busy() error {
	switch f.phase {
	case creating:
		return lambda.FunctionInState(string(StatePending))
	case updating:
		return lambda.UpdateInProgress(f.arn)
	}
	return nil
}

// checkRevision is the error of a change that was asked for on the basis of an old $LATEST, or nil. "" asks for no
// check.
func (f *function) checkRevision(revision string) error {
	if revision != "" && revision != f.latest.revision {
		return lambda.RevisionMismatch("GetFunction/GetAlias")
	}
	return nil
}

// sameRelease reports whether publishing $LATEST would make a copy of v: code and configuration are equal. Packages
// are compared by their hash, targets by their ARN, and the description of a version is the one that $LATEST had.
func sameRelease(latest, v *release) bool {
	if latest.sha256 != v.sha256 {
		return false
	}
	a, b := latest.config, v.config
	b.Description = v.latestDescription
	if targetARN(a.DeadLetter) != targetARN(b.DeadLetter) {
		return false
	}
	a.DeadLetter, b.DeadLetter = nil, nil
	a.Package, b.Package = nil, nil
	return reflect.DeepEqual(a, b)
}
