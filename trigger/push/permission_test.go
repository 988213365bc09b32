package push_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/iam"
	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/push"
)

// gate is a Lambda with a resource policy on its function.
type gate struct {
	policy atomic.Pointer[iam.Policy]
	roles  *iam.Roles
	got    int // invocations that were let in
}

func (g *gate) answer(_ context.Context, _ int, in invoke.Input) (*invoke.Output, error) {
	if err := g.roles.CheckInvoke(in.Caller, in.FunctionName, g.policy.Load()); err != nil {
		return nil, lambda.NewError("AccessDeniedException", err.Error())
	}
	if in.InvocationType != invoke.DryRun {
		g.got++
	}
	return nil, nil
}

func (g *gate) allow(t *testing.T, document string) {
	t.Helper()
	if document == "" {
		g.policy.Store(nil)
		return
	}
	policy, err := iam.ParsePolicy(document)
	require.NoError(t, err)
	g.policy.Store(policy)
}

// sources make each producer, and return what sends one event. Making it may need the permission already.
var sources = map[string]func(context.Context, push.Options) (send func(context.Context) error, err error){
	"CloudWatch Logs": func(ctx context.Context, o push.Options) (func(context.Context) error, error) {
		g, err := push.NewLogGroup("/app", o)
		if err == nil {
			err = g.PutSubscriptionFilter(ctx, push.SubscriptionFilter{Name: "all", Function: "f"})
		}
		return func(context.Context) error { g.PutLogEvents("s", push.LogEvent{Message: "m"}); return nil }, err
	},
	"Cognito user pool": func(_ context.Context, o push.Options) (func(context.Context) error, error) {
		p, err := push.NewUserPool("us-east-1_a", o)
		if err == nil {
			err = p.SetTrigger(push.PreAuthentication, "f")
		}
		return func(ctx context.Context) error {
			_, err := p.Trigger(ctx, push.UserPoolEvent{TriggerSource: "PreAuthentication_Authentication"})
			return err
		}, err
	},
	"Cognito Sync": func(_ context.Context, o push.Options) (func(context.Context) error, error) {
		p, err := push.NewIdentityPool("us-east-1:a", "f", o)
		return func(ctx context.Context) error { _, err := p.Synchronize(ctx, "i", "d", nil); return err }, err
	},
	"SES": func(_ context.Context, o push.Options) (func(context.Context) error, error) {
		r, err := push.NewReceiptRule("f", "", o)
		return func(ctx context.Context) error { _, err := r.Receive(ctx, push.Mail{}); return err }, err
	},
	"IoT rule": func(_ context.Context, o push.Options) (func(context.Context) error, error) {
		r, err := push.NewTopicRule("r", "f", o)
		return func(ctx context.Context) error { return r.Publish(ctx, []byte("1")) }, err
	},
	"CodeCommit": func(_ context.Context, o push.Options) (func(context.Context) error, error) {
		r, err := push.NewRepository("r", "t", "f", "", o)
		return func(ctx context.Context) error { return r.Push(ctx, "u") }, err
	},
	"Config": func(_ context.Context, o push.Options) (func(context.Context) error, error) {
		r, err := push.NewConfigRule("r", "f", "role", nil, o)
		return func(ctx context.Context) error { _, err := r.Evaluate(ctx, nil, false); return err }, err
	},
	"Lex V1": func(_ context.Context, o push.Options) (func(context.Context) error, error) {
		b, err := push.NewLexBot(push.LexBotName{}, "Order", "f", o)
		return func(ctx context.Context) error {
			_, err := b.Turn(ctx, push.LexTurn{InvocationSource: push.DialogCodeHook})
			return err
		}, err
	},
	"Lex V2": func(_ context.Context, o push.Options) (func(context.Context) error, error) {
		b, err := push.NewLexV2Bot(push.LexV2BotName{ID: "B", AliasID: "A"}, "f", o)
		return func(ctx context.Context) error {
			_, err := b.Turn(ctx, push.LexV2Turn{InvocationSource: push.DialogCodeHook})
			return err
		}, err
	},
	"Alexa skill": func(_ context.Context, o push.Options) (func(context.Context) error, error) {
		s, err := push.NewSkill("amzn1.ask.skill.1", "f", o)
		return func(ctx context.Context) error {
			_, err := s.Ask(ctx, push.SkillRequest{Type: "LaunchRequest"})
			return err
		}, err
	},
	"Alexa smart home": func(_ context.Context, o push.Options) (func(context.Context) error, error) {
		s, err := push.NewSkill("amzn1.ask.skill.1", "f", o)
		return func(ctx context.Context) error { _, err := s.Directive(ctx, nil); return err }, err
	},
	"Secrets Manager": func(ctx context.Context, o push.Options) (func(context.Context) error, error) {
		s, err := push.NewSecret(ctx, "db", "f", o)
		return func(ctx context.Context) error { _, err := s.RotateSecret(ctx, ""); return err }, err
	},
}

// Invariant 20: each producer gets through with a statement for its principal and source, and not without: with another
// principal, another source, or none. Taking the statement away stops it at once.
func TestInvariant20(t *testing.T) {
	for _, row := range push.Producers() {
		if len(row.Principals) == 0 {
			continue // acts with a role or a right of somebody's
		}
		for _, principal := range row.Principals {
			principal = strings.Replace(principal, "<region>", "us-east-1", 1)
			for _, c := range []struct {
				name, policy string
				lets         bool
			}{
				{"its own", statement(principal, conditions(&row, "")), true},
				{"without conditions", statement(principal, "{}"), true},
				{"another source", statement(principal, conditions(&row, "x")), false},
				{"another service", statement("sqs.amazonaws.com", "{}"), false},
				{"no policy", "", false},
			} {
				t.Run(row.Name+"/"+principal+"/"+c.name, func(t *testing.T) {
					bubble(t, func(t *testing.T) { testPermission(t, row.Name, statement(principal, "{}"), c.policy, c.lets) })
				})
			}
		}
	}
}

// testPermission makes a producer under one policy, changes it, and looks whether an event gets through.
func testPermission(t *testing.T, producer, before, policy string, lets bool) {
	g := &gate{roles: iam.NewRoles()}
	g.allow(t, before)
	send, err := sources[producer](t.Context(), push.Options{Invoker: &fakeLambda{answer: g.answer}})
	require.NoError(t, err)
	g.allow(t, policy)
	err = send(t.Context())
	require.Equal(t, lets, g.got > 0)
	if !lets && producer != "CloudWatch Logs" {
		require.ErrorIs(t, err, lambda.ErrAccessDenied)
	}
	had := g.got
	g.allow(t, "")
	_ = send(t.Context())
	time.Sleep(24 * time.Hour)
	require.Equal(t, had, g.got, "taken away")
}

// With the real service's resource policies.
func TestPermissionOfTheService(t *testing.T) {
	const role = "arn:aws:iam::123456789012:role/f"
	for _, row := range push.Producers() {
		if len(row.Principals) == 0 {
			continue
		}
		t.Run(row.Name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				roles := iam.NewRoles()
				require.NoError(t, roles.Put(iam.Role{ARN: role, ManagedPolicies: []string{iam.AWSLambdaBasicExecutionRole}}))
				var timeline lambdatest.Timeline
				svc := lambdatest.NewService(t, invoke.Options{Roles: roles, Trace: timeline.Trace})
				lambdatest.Deploy(t, svc, lambda.Config{Name: "f", Role: role}, lambdatest.Script("S", 0))
				in := registry.AddPermissionInput{
					StatementID: "s", Action: "lambda:InvokeFunction", Principal: row.Principals[len(row.Principals)-1],
				}
				if row.SourceAccount {
					in.SourceAccount = account
				}
				if row.EventSourceToken {
					in.EventSourceToken = "amzn1.ask.skill.1"
				}
				_, err := svc.Registry().AddPermission(time.Now(), "f", "", in)
				require.NoError(t, err)
				send, err := sources[row.Name](t.Context(), push.Options{Invoker: svc})
				require.NoError(t, err)
				_ = send(t.Context())
				require.NoError(t, svc.Wait(t.Context()))
				ran := len(timeline.Of(trace.Started))
				require.Positive(t, ran)

				require.NoError(t, svc.Registry().RemovePermission(time.Now(), "f", "", "s", ""))
				_ = send(t.Context())
				require.NoError(t, svc.Wait(t.Context()))
				require.Len(t, timeline.Of(trace.Started), ran)
			})
		})
	}
}

// statement is a policy with one statement.
func statement(principal, condition string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"` + principal +
		`"},"Action":"lambda:InvokeFunction","Resource":"*","Condition":` + condition + `}]}`
}

// conditions are those that a policy for the producer would have; with a change they are another's.
func conditions(row *push.Producer, change string) string {
	var all []string
	if row.SourceARN {
		all = append(all, `"ArnLike":{"AWS:SourceArn":"arn:aws:*:us-east-1:123456789012:*`+change+`"}`)
	}
	if row.SourceAccount {
		owner := account
		if change != "" {
			owner = "999999999999"
		}
		all = append(all, `"StringEquals":{"AWS:SourceAccount":"`+owner+`"}`)
	}
	if row.EventSourceToken {
		all = append(all, `"StringEquals":{"lambda:EventSourceToken":"amzn1.ask.skill.1`+change+`"}`)
	}
	return "{" + strings.Join(all, ",") + "}"
}

// The texts of services that look at configuration time.
func TestConfigurationTexts(t *testing.T) {
	ctx := t.Context()
	fake := &fakeLambda{answer: refusing(denied)}
	_, err := push.NewSecret(ctx, "db", "f", options(fake))
	require.ErrorIs(t, err, push.ErrAccessDenied)
	require.EqualError(t, err, "AccessDeniedException: Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.")

	g, err := push.NewLogGroup("/app", options(fake))
	require.NoError(t, err)
	for _, refusal := range []error{denied, notFound} {
		fake.answer = refusing(refusal)
		err = g.PutSubscriptionFilter(ctx, push.SubscriptionFilter{Name: "a", Function: "f"})
		require.EqualError(t, err, "InvalidParameterException: Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.")
		require.ErrorIs(t, err, refusal, "what Lambda said")
	}
	fake.answer = nil
	err = g.PutSubscriptionFilter(ctx, push.SubscriptionFilter{Name: "a", Function: "arn:aws:lambda:us-east-1:999999999999:function:f"})
	require.EqualError(t, err, "AccessDeniedException: Cross-account lambda invocation passing is not allowed. You must use DestinationPolicies to create cross account lambda triggers.")
	for _, name := range []string{"a", "b", "a"} {
		require.NoError(t, g.PutSubscriptionFilter(ctx, push.SubscriptionFilter{Name: name, Function: "f"}))
	}
	require.EqualError(t, g.PutSubscriptionFilter(ctx, push.SubscriptionFilter{Name: "c", Function: "f"}), "LimitExceededException: Resource limit exceeded.")
	require.ErrorIs(t, g.DeleteSubscriptionFilter("c"), push.ErrResourceNotFound)
	require.ErrorIs(t, g.Probe("c"), push.ErrResourceNotFound)
	require.NoError(t, g.DeleteSubscriptionFilter("a"))
	require.NoError(t, g.PutSubscriptionFilter(ctx, push.SubscriptionFilter{Name: "c", Function: "f"}))
	for _, in := range fake.all() {
		require.Equal(t, invoke.DryRun, in.InvocationType)
	}

	fake.answer = refusing(lambda.NewError("ServiceException", ""))
	_, err = push.NewSecret(ctx, "db", "f", options(fake))
	require.ErrorIs(t, err, lambda.ErrService, "not a matter of permissions")
	require.ErrorIs(t, g.PutSubscriptionFilter(ctx, push.SubscriptionFilter{Name: "c", Function: "f"}), lambda.ErrService)
}
