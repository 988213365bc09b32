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
	visibility, timeout := q.VisibilityTimeout(), functionTimeout(svc, set)
	if visibility < timeout {
		return lambda.InvalidParameterValue(fmt.Sprintf(
			"Queue visibility timeout: %d seconds is less than Function timeout: %d seconds", visibility/time.Second, timeout/time.Second))
	}
	return checkWindow(svc, source, set)
}

// functionTimeout is 0 for a function that cannot be looked up.
func functionTimeout(svc *invoke.Service, set *settings) time.Duration {
	res, err := svc.Registry().Resolve(time.Now(), set.ref)
	if err != nil {
		return 0
	}
	return res.Deployment.Config.Timeout
}

// leaseFor is how long messages have to be leased if that is longer than the queue's own leases, and 0 if it is not: a
// message that waits in a batching window still needs its lease while the function works on it.
func leaseFor(svc *invoke.Service, source Source, set *settings) time.Duration {
	q, ok := source.(VisibilityTimeouter)
	if !ok || !set.kind.queue() || set.MaximumBatchingWindow == 0 {
		return 0
	}
	need := set.MaximumBatchingWindow + functionTimeout(svc, set)
	if need <= q.VisibilityTimeout() {
		return 0
	}
	return need + 30*time.Second
}

// checkWindow refuses a batching window that outlasts leases which cannot be longer. Lambda itself has no such queues.
func checkWindow(svc *invoke.Service, source Source, set *settings) error {
	if leaseFor(svc, source, set) == 0 {
		return nil
	}
	if _, ok := source.(LeaseReceiver); ok {
		return nil
	}
	return lambda.InvalidParameterValue(fmt.Sprintf(
		"Queue visibility timeout: %d seconds is less than Maximum batch window: %d seconds plus Function timeout: %d seconds",
		source.(VisibilityTimeouter).VisibilityTimeout()/time.Second, set.MaximumBatchingWindow/time.Second,
		functionTimeout(svc, set)/time.Second))
}
