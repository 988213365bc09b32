package registry

import (
	"errors"
	"time"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/internal/validation"
	"github.com/lambdakit/lambdakit/lambda"
)

// FunctionConcurrency is a function's reserved concurrency, in its form on the wire: absent if none is set, which is
// not the same as 0.
type FunctionConcurrency struct {
	ReservedConcurrentExecutions *int `json:",omitempty"`
}

// PutFunctionConcurrency reserves concurrency for a function; 0 turns it off. The account's accountant judges the
// number; its refusals are InvalidParameterValueExceptions.
func (r *Registry) PutFunctionConcurrency(now time.Time, name string, n int) (*FunctionConcurrency, error) {
	var found validation.Findings
	found.Range("reservedConcurrentExecutions", int64(n), 0, maxConcurrency)
	ref, err := r.concurrencyRef(name, lambda.ValidationError(found.Text()))
	if err != nil {
		return nil, err
	}
	r.lock(now)
	defer r.unlock(now)
	f := r.lookup(ref.Name)
	if f == nil {
		return nil, r.id.InvokeNotFound(ref.Name, "") // this operation adds :$LATEST, too
	}
	if err := f.books.PutReservedAt(now, n); err != nil {
		return nil, configError(err)
	}
	r.noteConcurrency(f, "", 0)
	return f.reserved(), nil
}

// maxConcurrency is the largest number that fits AWS's integers.
const maxConcurrency = 1<<31 - 1

// GetFunctionConcurrency is the function's reserved concurrency.
func (r *Registry) GetFunctionConcurrency(now time.Time, name string) (*FunctionConcurrency, error) {
	f, err := r.lockConcurrency(now, name)
	if err != nil {
		return nil, err
	}
	defer r.unlock(now)
	if c := f.reserved(); c != nil {
		return c, nil
	}
	return &FunctionConcurrency{}, nil
}

// DeleteFunctionConcurrency gives the function's reserved concurrency back to the account.
func (r *Registry) DeleteFunctionConcurrency(now time.Time, name string) error {
	f, err := r.lockConcurrency(now, name)
	if err != nil {
		return err
	}
	defer r.unlock(now)
	if f.reserved() != nil {
		f.books.DeleteReservedAt(now)
		r.noteConcurrency(f, "", 0)
	}
	return nil
}

// reserved is the reserved concurrency, nil for none.
func (f *function) reserved() *FunctionConcurrency {
	n, ok := f.books.Reserved()
	if !ok {
		return nil
	}
	return &FunctionConcurrency{&n}
}

// lockConcurrency locks and finds the function of an operation on reserved concurrency. If it fails, nothing is
// locked.
func (r *Registry) lockConcurrency(now time.Time, name string) (*function, error) {
	ref, err := r.concurrencyRef(name, nil)
	if err != nil {
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

// concurrencyRef reads the name in a request about reserved concurrency, which takes no qualifier, not even $LATEST.
func (r *Registry) concurrencyRef(name string, other error) (lambda.Ref, error) {
	ref, err := lambda.ParseFunctionName(name, "")
	if err := joinValidation(err, other); err != nil {
		return ref, err
	}
	if ref.Qualifier != "" {
		return ref, functionsOnly()
	}
	return ref, r.id.Check(ref)
}

// configError is a refusal of the accountant as an error of the API.
func configError(err error) error {
	var refused *concurrency.ConfigError
	if !errors.As(err, &refused) {
		return err
	}
	e := lambda.NewError(refused.Code, refused.Message)
	e.StatusCode = refused.Status
	if refused.NoType {
		e.Type = ""
	}
	return e
}
