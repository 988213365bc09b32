package invoke

import (
	"context"
	"errors"
	"time"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/iam"
	"github.com/lambdakit/lambdakit/lambda/registry"
)

// authorize refuses a caller who may not invoke what a request names. found is how looking it up ended, and the answer
// to who may.
//
// Who is not allowed learns no more than that: whether there is such a function, version or alias, and whether it is
// ready, is looked at later. It was seen so of a function URL whose alias had been deleted; that it is the order of
// Invoke is inferred. But a function without a role lets everybody, and so has no secrets.
func (s *Service) authorize(ctx context.Context, c *iam.Caller, q *request, found error) error {
	res := q.resolution
	if found != nil {
		res = s.unready(q.at, q.ref)
	}
	var policy *iam.Policy
	switch {
	case res != nil && !s.execution(res.Deployment).Restricted():
		return found
	case res != nil:
		policy = res.Policy
	case !errors.Is(found, lambda.ErrResourceNotFound) || s.unrestricted(ctx, q):
		return found
	}
	qualifier := q.ref.Qualifier
	if qualifier == lambda.Latest {
		qualifier = "" // it has the function's policy
	}
	var denied *iam.DeniedError
	if errors.As(s.opts.Roles.CheckInvoke(c, s.opts.Identity.FunctionARN(q.ref.Name, qualifier), policy), &denied) {
		return lambda.NewError("AccessDeniedException", denied.Message)
	}
	return found
}

// unready finds what exists and cannot be invoked yet. A host's own functions cannot be asked that.
func (s *Service) unready(now time.Time, ref lambda.Ref) *registry.Resolution {
	if s.opts.Functions != nil {
		return nil
	}
	return s.registry.Find(now, ref)
}

// unrestricted tells whether the version or alias that is missing is missing of a function without a role.
func (s *Service) unrestricted(ctx context.Context, q *request) bool {
	if q.ref.Qualifier == "" || q.ref.Qualifier == lambda.Latest {
		return false
	}
	res, err := s.resolve(ctx, q.at, lambda.Ref{Name: q.ref.Name})
	return err == nil && !s.execution(res.Deployment).Restricted()
}

// execution is the execution role of a deployment.
func (s *Service) execution(d *registry.Deployment) iam.Execution {
	return s.opts.Roles.Execution(d.Config.Role)
}

// Execution is the execution role of what ref denotes now, for packages above this one that do something on the
// function's behalf: poll its source, deliver its records. Without [Options].Roles, and for what does not exist, it is
// one that may do everything.
func (s *Service) Execution(ref lambda.Ref) iam.Execution {
	if s.opts.Roles == nil {
		return iam.Execution{}
	}
	now := time.Now()
	res, err := s.resolve(s.opts.BaseContext, now, ref)
	if err != nil {
		res = s.unready(now, ref)
	}
	if res == nil {
		return iam.Execution{}
	}
	return s.execution(res.Deployment)
}

// mayDeliver is why the role of an event's function does not allow to send its outcome to a target, as the role is now.
func (s *Service) mayDeliver(e *QueuedEvent, to destinations.Target) error {
	if s.opts.Roles == nil {
		return nil
	}
	prefix := destinations.ObjectPrefix(destinations.Delivery{Function: e.FunctionName})
	return s.execution(e.selected()).CheckDelivery(to.ARN(), prefix)
}
