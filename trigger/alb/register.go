package alb

import (
	"context"
	"errors"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
)

// RegisterTargets makes a function the group's target: a name or an ARN, with or without a qualifier. As AWS does, it
// checks whether the function exists and lets the load balancer call it; what Lambda says of it otherwise is the error,
// a *[lambda.Error]. A group has one target: register the next after [TargetGroup.DeregisterTargets].
func (g *TargetGroup) RegisterTargets(ctx context.Context, functionName string) error {
	arn, err := g.targetARN(functionName, "")
	if err != nil {
		return err
	}
	_, err = g.opts.Invoker.Invoke(ctx, invoke.Input{
		FunctionName: functionName, InvocationType: invoke.DryRun, Caller: g.caller,
	})
	if errors.Is(err, lambda.ErrAccessDenied) {
		return registrationDenied(arn, g.opts.TargetGroupARN)
	}
	if err != nil {
		return err
	}
	t := &target{name: functionName}
	for !g.target.CompareAndSwap(nil, t) {
		if old := g.target.Load(); old != nil {
			if old.ref() == t.ref() {
				return nil
			}
			return tooManyTargets()
		}
	}
	return nil
}

// DeregisterTargets takes the target away, if there is one. Requests that are under way end in an error.
func (g *TargetGroup) DeregisterTargets() {
	if t := g.target.Swap(nil); t != nil {
		t.deregistered.Store(true)
	}
	g.health.reset()
}

// ref is what the target's name denotes, for comparison.
func (t *target) ref() string {
	ref, _ := lambda.ParseRef(t.name, t.qualifier)
	return ref.String()
}

// targetARN is the function's ARN. The function must be in the group's account and Region.
func (g *TargetGroup) targetARN(functionName, qualifier string) (string, error) {
	ref, err := lambda.ParseRef(functionName, qualifier)
	if err != nil {
		return "", err
	}
	if ref.Account != "" && ref.Account != g.home.Account || ref.Region != "" && ref.Region != g.home.Region {
		return "", foreignTarget(functionName)
	}
	return g.home.FunctionARN(ref.Name, ref.Qualifier), nil
}

// The refusals of RegisterTargets. Their texts are inferred.

func registrationDenied(functionARN, groupARN string) *lambda.Error {
	return &lambda.Error{Code: "AccessDenied", StatusCode: 403, Message: "elasticloadbalancing principal does not have " +
		"permission to invoke " + functionARN + " from target group " + groupARN}
}

func tooManyTargets() *lambda.Error {
	return lambda.NewError("TooManyTargets", "A target group has one Lambda function at most.")
}

func foreignTarget(functionARN string) *lambda.Error {
	return lambda.NewError("InvalidTarget", "The Lambda function must be in the account and Region of the target group: "+
		functionARN)
}
