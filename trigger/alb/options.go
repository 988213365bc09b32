package alb

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
)

// Invoker calls functions. [*invoke.Service] is one. It must be safe for concurrent use, and must not keep the payload.
type Invoker interface {
	Invoke(ctx context.Context, in invoke.Input) (*invoke.Output, error)
}

// Options configures a [TargetGroup]. Invoker is required; the rest has defaults.
type Options struct {
	// Invoker calls the function.
	Invoker Invoker
	// FunctionName is the target: a name or an ARN. It is registered from the beginning, without a look at whether the
	// function exists and lets the load balancer call it. "" registers none: requests are answered with 503 until
	// [TargetGroup.RegisterTargets].
	FunctionName string
	// Qualifier is a version or alias of the function, "" for none. It needs a FunctionName.
	Qualifier string
	// TargetGroupARN is what events and the function's resource policy see. Its account and Region are the target
	// group's. "" means a group named lambdakit, account 123456789012 in us-east-1.
	TargetGroupARN string
	// MultiValueHeaders is the attribute lambda.multi_value_headers.enabled.
	MultiValueHeaders bool
	// HealthCheck says how the target's health is found out by [TargetGroup.CheckHealth] and
	// [TargetGroup.StartHealthChecks]; without these calls there are no health checks.
	HealthCheck HealthCheck
	// AccessLog gets an entry for every request, after its answer; nil for none. It is called concurrently.
	AccessLog func(Entry)
	// Seed determines the trace ids: equal seeds and calls at equal instants give equal ones.
	Seed uint64

	_ struct{}
}

// defaultTargetGroup is the target group's name and id if there is none given.
const defaultTargetGroup = "targetgroup/lambdakit/6d0ecf831eec9f09"

func (o Options) check() (Options, error) {
	if o.Invoker == nil {
		return o, errors.New("alb: Options.Invoker is nil")
	}
	if o.TargetGroupARN == "" {
		o.TargetGroupARN = lambda.Identity{}.ARN("elasticloadbalancing", defaultTargetGroup)
	}
	if _, ok := groupIdentity(o.TargetGroupARN); !ok {
		return o, fmt.Errorf("alb: %q is not the ARN of a target group", o.TargetGroupARN)
	}
	var err error
	o.HealthCheck, err = o.HealthCheck.check()
	return o, err
}

// groupIdentity is where a target group is: arn:partition:elasticloadbalancing:region:account:targetgroup/name/id.
func groupIdentity(arn string) (lambda.Identity, bool) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "elasticloadbalancing" || !strings.HasPrefix(parts[5], "targetgroup/") {
		return lambda.Identity{}, false
	}
	return lambda.Identity{Partition: parts[1], Region: parts[3], Account: parts[4]}, parts[3] != "" && parts[4] != ""
}
