package registry

import (
	"strconv"
	"time"

	"github.com/lambdakit/lambdakit/lambda"
)

// PublishVersionInput is what PublishVersion takes.
type PublishVersionInput struct {
	// CodeSHA256, if not "", must be $LATEST's CodeSha256.
	CodeSHA256 string
	// Description is the version's, at most 256 characters; nil copies $LATEST's.
	Description *string
	// RevisionID, if not "", must be the function's latest RevisionId.
	RevisionID string
}

// PublishVersion freezes $LATEST as a version with the next number: its code, configuration and dead-letter queue stay
// what they are now. If neither code nor configuration changed since the last version was published, that version is
// the answer, as it is, and nothing changes.
func (r *Registry) PublishVersion(now time.Time, name string, in PublishVersionInput) (*FunctionConfiguration, error) {
	ref, err := lambda.ParseFunctionName(name, "")
	if err := joinValidation(err, checkDescription(in.Description)); err != nil {
		return nil, err
	}
	if err := r.checkUnqualified(ref); err != nil {
		return nil, err
	}
	r.lock(now)
	defer r.unlock(now)
	f, err := r.updatable(ref.Name, in.RevisionID)
	if err != nil {
		return nil, err
	}
	if in.CodeSHA256 != "" && in.CodeSHA256 != f.latest.sha256 {
		return nil, lambda.InvalidParameterValue("CodeSHA256 (" + in.CodeSHA256 + ") is different from current CodeSHA256 in $LATEST (" +
			f.latest.sha256 + "). Please try again with the CodeSHA256 in $LATEST.")
	}
	if f.unchanged() == nil {
		if err := r.checkStorage(len(f.latest.config.Package)); err != nil {
			return nil, err
		}
	}
	v := r.publish(f, in.Description)
	r.changed(f)
	return f.view(v, v.version), nil
}

// unchanged is the version that publishing $LATEST would repeat, or nil.
func (f *function) unchanged() *release {
	if n := len(f.versions); n > 0 {
		if last := f.versions[n-1]; last.number() == f.lastVersion && sameRelease(f.latest, last) {
			return last
		}
	}
	return nil
}

// publish gives the version that is $LATEST now, new unless nothing changed. A new one is a frozen copy, and pending
// for as long as $LATEST is. The caller goes on to call [Registry.changed].
func (r *Registry) publish(f *function, description *string) *release {
	if v := f.unchanged(); v != nil {
		return v
	}
	f.lastVersion++
	v := *f.latest
	v.version = strconv.Itoa(f.lastVersion)
	v.revision = r.revision()
	v.pending = f.phase != active
	v.latestDescription = v.config.Description
	if description != nil {
		v.config.Description = *description
	}
	v.deployment = newDeployment(f.books.Version(v.version), f.arn, v.config, v.code, v.version)
	f.versions = append(f.versions, &v)
	f.latest.revision = r.revision()
	return &v
}
