package registry

import (
	"time"

	"github.com/lambdakit/lambdakit/internal/validation"
	"github.com/lambdakit/lambdakit/lambda"
)

// RecursiveLoop says what recursive loop detection does about a function that runs for the 17th time in one chain of
// invocations.
type RecursiveLoop string

// The settings of [RecursiveLoop].
const (
	Terminate RecursiveLoop = "Terminate" // the invocation is stopped; the default
	Allow     RecursiveLoop = "Allow"     // it runs
)

// unqualifiedPattern is the pattern of a function's name where a qualifier is not even allowed to be there.
const unqualifiedPattern = `(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)`

// PutFunctionRecursionConfig sets what recursive loop detection does about a function. The name must have no
// qualifier.
func (r *Registry) PutFunctionRecursionConfig(now time.Time, name string, loop RecursiveLoop) error {
	var found validation.Findings
	found.Enum("recursiveLoop", string(loop), string(Terminate), string(Allow))
	f, err := r.lockRecursion(now, name, lambda.ValidationError(found.Text()))
	if err != nil {
		return err
	}
	defer r.unlock(now)
	f.recursiveLoop = loop
	r.changed(f)
	return nil
}

// GetFunctionRecursionConfig is what recursive loop detection does about a function.
func (r *Registry) GetFunctionRecursionConfig(now time.Time, name string) (RecursiveLoop, error) {
	f, err := r.lockRecursion(now, name, nil)
	if err != nil {
		return "", err
	}
	defer r.unlock(now)
	return f.recursiveLoop, nil
}

// lockRecursion locks and finds the function. If it fails, nothing is locked.
func (r *Registry) lockRecursion(now time.Time, name string, other error) (*function, error) {
	ref, err := lambda.ParseFunctionName(name, "")
	if err == nil && ref.Qualifier != "" {
		var found validation.Findings
		found.Pattern("functionName", name, unqualifiedPattern, false)
		err = lambda.ValidationError(found.Text())
	}
	if err := joinValidation(err, other); err != nil {
		return nil, err
	}
	return r.lockFunction(now, ref)
}
