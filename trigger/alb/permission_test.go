package alb_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/iam"
	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/trigger/alb"
)

// Invariant 20: no request reaches a function whose resource policy does not let this target group of the load balancer.
// The statement lets it, and its removal stops it at once.
func TestInvariant20_permission(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		roles := iam.NewRoles()
		role := iam.Role{ARN: "arn:aws:iam::123456789012:role/g"}
		require.NoError(t, roles.Put(role))
		svc := invoke.New(invoke.Options{Roles: roles})
		t.Cleanup(svc.Close)
		calls := 0
		require.NoError(t, svc.Deploy(lambda.Config{Name: "g", Role: role.ARN}, lambda.Handler(func() (map[string]int, error) {
			calls++
			return map[string]int{"statusCode": 200}, nil
		})))
		var last alb.Entry
		group, err := alb.New(alb.Options{Invoker: svc, TargetGroupARN: TG, AccessLog: func(e alb.Entry) { last = e }})
		require.NoError(t, err)
		l := &lab{TargetGroup: group}
		allow := func(id, principal, source string) {
			_, err := svc.Registry().AddPermission(time.Now(), "g", "", registry.AddPermissionInput{
				StatementID: id, Action: "lambda:InvokeFunction", Principal: principal, SourceARN: source,
			})
			require.NoError(t, err)
		}

		require.ErrorContains(t, group.RegisterTargets(t.Context(), "g"),
			"elasticloadbalancing principal does not have permission to invoke "+functionARN+" from target group "+TG)
		allow("service", "apigateway.amazonaws.com", "")
		allow("group", "elasticloadbalancing.amazonaws.com", TG+"x")
		require.Error(t, group.RegisterTargets(t.Context(), "g"), "others are let, this one is not")
		allow("mine", "elasticloadbalancing.amazonaws.com", TG)
		require.NoError(t, group.RegisterTargets(t.Context(), "g"))

		res, _ := l.get("/")
		require.Equal(t, 200, res.StatusCode)
		require.NoError(t, svc.Registry().RemovePermission(time.Now(), "g", "", "mine", ""))
		res, body := l.get("/")
		require502(t, res, body)
		require.Equal(t, "LambdaAccessDenied", last.ErrorReason)
		require.Equal(t, "LambdaUserError", last.Metric)
		require.Equal(t, 1, calls)
	})
}
