package registry

import (
	"errors"
	"time"

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

// checkFunctionsExist refuses destinations that are functions of this account and Region and exist neither here nor with
// the host.
func (r *Registry) checkFunctionsExist(hosts map[string]bool, targets ...destinations.Target) error {
	for _, t := range targets {
		arn := targetARN(t)
		ref, ok, err := functionNamed(arn)
		if !ok {
			continue
		}
		if err != nil || r.id.Check(ref) == nil && !r.functionExists(ref) && !hosts[arn] {
			return targetError(destinations.InvalidDestination(arn))
		}
	}
	return nil
}

// askHost asks the host for those targets that are functions of this account and Region and do not exist here. It is
// the host's code: nothing is locked while it runs.
func (r *Registry) askHost(now time.Time, targets ...destinations.Target) (exist map[string]bool) {
	if r.options.FunctionExists == nil {
		return nil
	}
	exist = map[string]bool{}
	for _, t := range targets {
		arn := targetARN(t)
		if ref, ok, err := functionNamed(arn); ok && err == nil && r.id.Check(ref) == nil && r.Find(now, ref) == nil {
			exist[arn] = r.options.FunctionExists(arn)
		}
	}
	return exist
}

// functionNamed is the function that an ARN names; ok is false if it is of another service.
func functionNamed(arn string) (ref lambda.Ref, ok bool, err error) {
	if parsed, isARN := lambda.ParseARN(arn); !isARN || parsed.Service != "lambda" {
		return ref, false, nil
	}
	ref, err = lambda.ParseRef(arn, "")
	return ref, true, err
}

// functionExists reports whether there is that function with that version or alias.
func (r *Registry) functionExists(ref lambda.Ref) bool {
	f := r.lookup(ref.Name)
	return f != nil && f.exists(ref.Qualifier)
}
