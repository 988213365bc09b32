package registry

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/lambdakit/lambdakit/internal/validation"
	"github.com/lambdakit/lambdakit/lambda"
)

// joinValidation is the one error of several checks of a request's form: their ValidationExceptions in one, with all
// their findings in the given order, or else the first other error, or nil.
func joinValidation(errs ...error) error {
	var found []string
	var other error
	n := 0
	for _, err := range errs {
		var e *lambda.Error
		if count, text, ok := cutFindings(err, &e); ok {
			n += count
			found = append(found, text)
		} else if other == nil {
			other = err
		}
	}
	switch n {
	case 0:
		return other
	case 1:
		return lambda.ValidationError("1" + oneFinding + found[0])
	}
	return lambda.ValidationError(strconv.Itoa(n) + manyFindings + strings.Join(found, "; "))
}

// What stands between the number of findings and the first of them.
const (
	oneFinding   = " validation error detected: "
	manyFindings = " validation errors detected: "
)

// cutFindings takes the findings out of a ValidationException.
func cutFindings(err error, e **lambda.Error) (n int, text string, ok bool) {
	if !errors.Is(err, lambda.ErrValidation) || !errors.As(err, e) {
		return 0, "", false
	}
	if text, ok = strings.CutPrefix((*e).Message, "1"+oneFinding); ok {
		return 1, text, true
	}
	count, text, ok := strings.Cut((*e).Message, manyFindings)
	n, _ = strconv.Atoi(count)
	return n, text, ok
}

// checkUnqualified refuses a reference to another account or Region, and one to a version or alias by an operation
// that is about whole functions.
func (r *Registry) checkUnqualified(ref lambda.Ref) error {
	if err := r.id.Check(ref); err != nil {
		return err
	}
	if ref.Qualifier != "" && ref.Qualifier != lambda.Latest {
		return functionsOnly()
	}
	return nil
}

// functionsOnly is the 400 of an operation that is about whole functions. It is recorded of PutFunctionConcurrency.
func functionsOnly() error {
	return lambda.InvalidParameterValue("This operation is permitted on Lambda functions only. Aliases and versions do not " +
		"support this operation. Please specify either a function name or an unqualified function ARN.")
}

// checkDescription checks the bounds of a description that may be absent.
func checkDescription(description *string) error {
	var found validation.Findings
	if description != nil {
		found.Length("description", *description, 0, lambda.MaxDescription)
	}
	return lambda.ValidationError(found.Text())
}

// claimed is the error of a function whose name another owner has in the accountant.
func claimed(name string, err error) error {
	return fmt.Errorf("registry: %w; the name belongs to another owner of the concurrency.Account: %w", lambda.FunctionExists(name), err)
}
