package alb_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/trigger/alb"
)

const functionARN = "arn:aws:lambda:us-east-1:123456789012:function:g"

func TestRegisterTargets(t *testing.T) {
	l := newLab(t, alb.Options{})
	l.DeregisterTargets()
	res, body := l.get("/")
	require.Equal(t, 503, res.StatusCode)
	require.Contains(t, body, "<title>503 Service Temporarily Unavailable</title>")
	require.Empty(t, l.entry().ErrorReason)
	require.Equal(t, alb.Health{State: "unused", Reason: "Target.NotRegistered"}, l.CheckHealth(t.Context()))
	require.Empty(t, l.inputs)

	l.fails(lambda.NewError("AccessDeniedException", ""))
	err := l.RegisterTargets(t.Context(), functionARN)
	var refused *lambda.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "AccessDenied", refused.Code)
	require.Equal(t, 403, refused.StatusCode)
	require.Equal(t, "elasticloadbalancing principal does not have permission to invoke "+functionARN+
		" from target group "+TG, refused.Message)
	l.fails(lambda.FunctionNotFound("g"))
	require.ErrorIs(t, l.RegisterTargets(t.Context(), "g"), lambda.ErrResourceNotFound)
	for _, foreign := range []string{
		"arn:aws:lambda:us-east-1:210987654321:function:g", "arn:aws:lambda:eu-west-1:123456789012:function:g",
	} {
		require.ErrorContains(t, l.RegisterTargets(t.Context(), foreign), foreign)
	}
	require.ErrorIs(t, l.RegisterTargets(t.Context(), "a b"), lambda.ErrValidation)
	res, _ = l.get("/")
	require.Equal(t, 503, res.StatusCode, "none of that registered anything")

	l.returns(`{"statusCode":200}`)
	require.NoError(t, l.RegisterTargets(t.Context(), functionARN+":live"))
	in := l.inputs[len(l.inputs)-1]
	require.Equal(t, invoke.DryRun, in.InvocationType)
	require.Equal(t, TG, in.Caller.SourceARN)
	require.NoError(t, l.RegisterTargets(t.Context(), "g:live"), "it is the same")
	require.ErrorContains(t, l.RegisterTargets(t.Context(), "h"), "one Lambda function")
	res, _ = l.get("/")
	require.Equal(t, 200, res.StatusCode)
	require.Equal(t, functionARN+":live", l.inputs[len(l.inputs)-1].FunctionName)
}

func TestDeregisteredInFlight(t *testing.T) {
	l := newLab(t, alb.Options{})
	l.answer = func(context.Context, invoke.Input) (*invoke.Output, error) {
		l.DeregisterTargets()
		return &invoke.Output{Payload: []byte(`{"statusCode":200,"body":"late"}`)}, nil
	}
	res, body := l.get("/")
	require502(t, res, body)
}

func TestOptions(t *testing.T) {
	l := newLab(t, alb.Options{})
	_, err := alb.New(alb.Options{})
	require.ErrorContains(t, err, "Invoker")
	for _, arn := range []string{"x", functionARN, "arn:aws:elasticloadbalancing:::targetgroup/a/b", "arn:aws:elasticloadbalancing:us-east-1:1:listener/a"} {
		_, err = alb.New(alb.Options{Invoker: l, TargetGroupARN: arn})
		require.ErrorContains(t, err, "target group", arn)
	}
	for _, o := range []alb.Options{
		{FunctionName: "a b"}, {FunctionName: "f:a", Qualifier: "b"}, {FunctionName: "f", Qualifier: "a b"}, {Qualifier: "live"},
		{FunctionName: "arn:aws:lambda:eu-west-1:123456789012:function:f"}, {FunctionName: "210987654321:function:f"},
	} {
		o.Invoker = l
		_, err = alb.New(o)
		require.Error(t, err, "%+v", o)
	}
	for _, h := range []alb.HealthCheck{
		{Path: "x"}, {Matcher: "199"}, {Matcher: "200-500"}, {Matcher: "300-200"}, {Matcher: "a"}, {Matcher: "200,"},
		{Interval: time.Second}, {Interval: 301 * time.Second}, {Timeout: time.Second}, {Timeout: 121 * time.Second},
		{Interval: 30 * time.Second}, {HealthyThreshold: 1}, {UnhealthyThreshold: 11},
	} {
		_, err = alb.New(alb.Options{Invoker: l, HealthCheck: h})
		require.ErrorContains(t, err, "alb: health check", "%+v", h)
	}
	group, err := alb.New(alb.Options{Invoker: l})
	require.NoError(t, err)
	require.NoError(t, group.RegisterTargets(t.Context(), "f"))
	require.Contains(t, l.inputs[0].Caller.SourceARN, "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/")
}

func TestHealth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, alb.Options{MultiValueHeaders: true, HealthCheck: alb.HealthCheck{
			Path: "/health?deep=1", Matcher: "200,204-299", HealthyThreshold: 3,
		}})
		require.Equal(t, alb.Health{State: "initial", Reason: "Elb.InitialHealthChecking"}, l.Health())
		healthy := alb.Health{State: "healthy"}
		mismatch := alb.Health{State: "unhealthy", Reason: "Target.ResponseCodeMismatch"}
		check := func(want alb.Health) {
			t.Helper()
			require.Equal(t, want, l.CheckHealth(t.Context()))
		}
		l.returns(`{"statusCode":204}`)
		check(healthy)
		require.Contains(t, l.event(), `"path":"/health","multiValueQueryStringParameters":{"deep":["1"]},`+
			`"multiValueHeaders":{"user-agent":["ELB-HealthChecker/2.0"]}`)
		l.returns(`{"statusCode":201}`)
		check(healthy)
		check(mismatch)
		res, _ := l.get("/")
		require.Equal(t, 201, res.StatusCode, "requests still flow")
		l.returns(`{"statusCode":200}`)
		check(mismatch)
		check(mismatch)
		check(healthy)
		for name, fail := range map[string]func(){
			"malformed": func() { l.returns(`7`) }, "error": l.functionFails, "throttle": func() { l.fails(errors.New("x")) },
		} {
			fail()
			l.CheckHealth(t.Context())
			require.Equal(t, mismatch, l.CheckHealth(t.Context()), name)
		}
		l.answer = func(ctx context.Context, _ invoke.Input) (*invoke.Output, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		began := time.Now()
		check(alb.Health{State: "unhealthy", Reason: "Target.Timeout"})
		require.Equal(t, 30*time.Second, time.Since(began))
	})
}

// A check that its caller gave up says nothing of the target.
func TestHealthCheckGivenUp(t *testing.T) {
	l := newLab(t, alb.Options{})
	l.answer = func(ctx context.Context, _ invoke.Input) (*invoke.Output, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Equal(t, "initial", l.CheckHealth(ctx).State)
	ctx, cancel = context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	require.Equal(t, "initial", l.CheckHealth(ctx).State)
}

// A check that ends after its target was deregistered says nothing of the next one.
func TestHealthCheckOfAnEarlierTarget(t *testing.T) {
	l := newLab(t, alb.Options{})
	l.answer = func(context.Context, invoke.Input) (*invoke.Output, error) {
		l.DeregisterTargets()
		l.returns(`{"statusCode":200}`)
		require.NoError(t, l.RegisterTargets(t.Context(), "f"))
		return &invoke.Output{Payload: []byte(`{"statusCode":200}`)}, nil
	}
	require.Equal(t, "initial", l.CheckHealth(t.Context()).State)
}

// Started checks come in every interval; stopped ones leave neither timer nor goroutine.
func TestStartHealthChecks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, alb.Options{})
		stop := l.StartHealthChecks()
		time.Sleep(70 * time.Second)
		synctest.Wait()
		require.Len(t, l.inputs, 3, "at 0, 35 and 70 seconds")
		stop()
		stop()
		time.Sleep(time.Hour)
		require.Len(t, l.inputs, 3)
		require.Equal(t, alb.Health{State: "healthy"}, l.Health())
		l.DeregisterTargets()
		require.NoError(t, l.RegisterTargets(t.Context(), "f"))
		require.Equal(t, "initial", l.Health().State)
	})
}
