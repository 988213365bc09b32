package registry

import (
	"errors"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/lambda"
)

// NoTarget stands for a destination that is given and empty. UpdateEventInvokeConfig and UpdateFunctionConfiguration
// remove what it is given for, where nil keeps it; PutEventInvokeConfig takes it for a setting, where nil is none.
var NoTarget destinations.Target = destinations.Func("", nil)

// orNil is nil for [NoTarget] and the target itself for all others.
func orNil(t destinations.Target) destinations.Target {
	if targetARN(t) == "" {
		return nil
	}
	return t
}

// targetARN is the target's ARN, "" for none.
func targetARN(t destinations.Target) string {
	if t == nil {
		return ""
	}
	return t.ARN()
}

// targetError is a refusal of a target as an error of the API.
func targetError(err error) error {
	var refused *destinations.Error
	if !errors.As(err, &refused) {
		return err
	}
	e := lambda.NewError(refused.Code, refused.Message)
	e.StatusCode = refused.Status
	return e
}

// checkDeadLetter refuses what cannot be a dead-letter queue.
func (r *Registry) checkDeadLetter(t destinations.Target) error {
	return targetError(destinations.CheckDeadLetter(r.id.Region, targetARN(t)))
}

// checkFunctionsExist refuses destinations that are functions of this account and Region and do not exist.
func (r *Registry) checkFunctionsExist(targets ...destinations.Target) error {
	for _, t := range targets {
		arn := targetARN(t)
		if parsed, ok := lambda.ParseARN(arn); !ok || parsed.Service != "lambda" {
			continue
		}
		ref, err := lambda.ParseRef(arn, "")
		if err != nil || r.id.Check(ref) == nil && !r.functionExists(ref, arn) {
			return targetError(destinations.InvalidDestination(arn))
		}
	}
	return nil
}

// functionExists reports whether there is that function with that version or alias, here or with the host.
func (r *Registry) functionExists(ref lambda.Ref, arn string) bool {
	if f := r.lookup(ref.Name); f != nil && f.exists(ref.Qualifier) {
		return true
	}
	return r.options.FunctionExists != nil && r.options.FunctionExists(arn)
}
