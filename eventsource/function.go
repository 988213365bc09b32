package eventsource

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
)

// checkFunction refuses a function that does not exist, wherever the Service looks it up. It returns a seed for the ids
// that the mapping will make, which follows from the Service's.
func checkFunction(svc *invoke.Service, set *settings) (seed uint64, err error) {
	out, err := svc.Invoke(context.Background(), invoke.Input{
		FunctionName: set.ref.Name, Qualifier: set.ref.Qualifier, InvocationType: invoke.DryRun,
	})
	switch {
	case errors.Is(err, lambda.ErrResourceNotFound):
		return 0, lambda.InvalidParameterValue("Function does not exist")
	case errors.Is(err, invoke.ErrClosed):
		return 0, err
	case err != nil: // it is there, and cannot be invoked just now
		return 0, nil
	}
	h := fnv.New64a()
	h.Write([]byte(out.RequestID))
	return h.Sum64(), nil
}

// checkVisibility refuses a queue that would give out a message again while the function still works on it. Only a
// function of the Service's own registry has a timeout that can be looked up; later changes of it are not checked, as on
// AWS.
func checkVisibility(svc *invoke.Service, source Source, set *settings) error {
	q, ok := source.(VisibilityTimeouter)
	if !ok || !set.kind.queue() {
		return nil
	}
	res, err := svc.Registry().Resolve(time.Now(), set.ref)
	if err != nil {
		return nil
	}
	visibility, timeout := q.VisibilityTimeout(), res.Deployment.Config.Timeout
	if visibility >= timeout {
		return nil
	}
	return lambda.InvalidParameterValue(fmt.Sprintf(
		"Queue visibility timeout: %d seconds is less than Function timeout: %d seconds", visibility/time.Second, timeout/time.Second))
}
