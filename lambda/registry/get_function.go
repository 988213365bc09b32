package registry

import (
	"maps"
	"time"

	"github.com/lambdakit/lambdakit/lambda"
)

// Function is what GetFunction answers, in its form on the wire.
type Function struct {
	Configuration *FunctionConfiguration
	Code          CodeLocation
	Tags          map[string]string    `json:",omitempty"` // $LATEST's only: tags belong to the function
	Concurrency   *FunctionConcurrency `json:",omitempty"` // only if reserved concurrency is set
}

// CodeLocation says where the deployment package is.
type CodeLocation struct {
	RepositoryType string
	// Location is the URL of the package. The registry has none to give; a server puts its own here.
	Location string `json:",omitempty"`
	// Package is the bytes to serve there, nil for a function that is only Go code. They must not be changed.
	Package []byte `json:"-"`
}

// GetFunction describes a function, version or alias. An alias is shown as its version under the alias's ARN.
func (r *Registry) GetFunction(now time.Time, name, qualifier string) (*Function, error) {
	f, v, ref, err := r.lockRelease(now, name, qualifier)
	if err != nil {
		return nil, err
	}
	defer r.unlock(now)
	out := &Function{
		Configuration: f.view(v, ref.Qualifier),
		Code:          CodeLocation{RepositoryType: "S3", Package: v.config.Package},
		Concurrency:   f.reserved(),
	}
	if v == f.latest && len(f.tags) > 0 {
		out.Tags = maps.Clone(f.tags)
	}
	return out, nil
}

// GetFunctionConfiguration is the Configuration of GetFunction.
func (r *Registry) GetFunctionConfiguration(now time.Time, name, qualifier string) (*FunctionConfiguration, error) {
	f, v, ref, err := r.lockRelease(now, name, qualifier)
	if err != nil {
		return nil, err
	}
	defer r.unlock(now)
	return f.view(v, ref.Qualifier), nil
}

// lockRelease locks and finds a version. If it fails, nothing is locked.
func (r *Registry) lockRelease(now time.Time, name, qualifier string) (*function, *release, lambda.Ref, error) {
	ref, err := r.id.ParseRef(name, qualifier)
	if err != nil {
		return nil, nil, ref, err
	}
	r.lock(now)
	if f := r.lookup(ref.Name); f != nil {
		if v := f.release(ref.Qualifier); v != nil {
			return f, v, ref, nil
		}
	}
	r.unlock(now)
	return nil, nil, ref, lambda.FunctionNotFound(r.id.FunctionARN(ref.Name, ref.Qualifier))
}
