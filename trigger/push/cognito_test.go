package push_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/push"
)

func userPool(t *testing.T, o push.Options) *push.UserPool {
	t.Helper()
	p, err := push.NewUserPool("us-east-1_a", o)
	require.NoError(t, err)
	require.NoError(t, p.SetTrigger(push.PreSignUp, "f"))
	return p
}

var signUp = push.UserPoolEvent{TriggerSource: "PreSignUp_SignUp", UserName: "ann"}

func TestCognitoFailures(t *testing.T) {
	const whole = `"version":"1","triggerSource":"t","region":"r","userPoolId":"p","userName":"u","request":{}`
	for _, c := range []struct {
		name   string
		answer func(context.Context, int, invoke.Input) (*invoke.Output, error)
		kind   error
		text   string
	}{
		{"null", returning("null"), push.ErrInvalidLambdaResponse, "Unrecognizable lambda output"},
		{"a string", returning(`"ok"`), push.ErrInvalidLambdaResponse, "Unrecognizable lambda output"},
		{"the response alone", returning(`{"response":{}}`), push.ErrInvalidLambdaResponse, "Unrecognizable lambda output"},
		{"no response", returning(`{` + whole + `}`), push.ErrInvalidLambdaResponse, "Unrecognizable lambda output"},
		{"response is no object", returning(`{` + whole + `,"response":1}`), push.ErrInvalidLambdaResponse, "Unrecognizable lambda output"},
		{"not JSON", returning(`{`), push.ErrInvalidLambdaResponse, "Unrecognizable lambda output"},
		{"function error", failing("no such domain"), push.ErrUserLambdaValidation, "PreSignUp failed with error no such domain."},
		{"no permission", refusing(denied), push.ErrUnexpectedLambda, "PreSignUp invocation failed due to error AccessDeniedException."},
		{"no function", refusing(notFound), push.ErrUnexpectedLambda, "PreSignUp invocation failed due to error ResourceNotFoundException."},
		{"time-out", hanging, push.ErrUnexpectedLambda, "PreSignUp invocation failed due to error Socket timeout while invoking Lambda function."},
		{"unknown error", refusing(context.DeadlineExceeded), push.ErrUnexpectedLambda, "PreSignUp invocation failed due to error InternalErrorException."},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				_, err := userPool(t, push.Options{Invoker: &fakeLambda{answer: c.answer}}).Trigger(t.Context(), signUp)
				require.ErrorIs(t, err, c.kind)
				require.Equal(t, c.text, err.(*push.Error).Message)
			})
		})
	}
}

// 5 s for each of three attempts, and no pause between them; a failure of the function is not tried again.
func TestCognitoAttempts(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var s steps
		fake := &fakeLambda{answer: hanging}
		pool := userPool(t, push.Options{Invoker: fake, Trace: s.trace})
		took := virtual(func() { _, _ = pool.Trigger(t.Context(), signUp) })
		require.Equal(t, 15*time.Second, took)
		require.Len(t, fake.all(), 3)
		failed := s.of(trace.PushFailed)
		require.Len(t, failed, 3)
		require.Equal(t, failed[0].Time, failed[0].Due)
		require.True(t, failed[2].Due.IsZero())

		fake.answer = failing("x")
		_, _ = pool.Trigger(t.Context(), signUp)
		require.Len(t, fake.all(), 4)
		require.Len(t, s.of(trace.Pushed), 1, "it was handed over")

		fake.answer = func(_ context.Context, n int, _ invoke.Input) (*invoke.Output, error) {
			if n < 7 {
				return nil, throttle
			}
			return nil, nil
		}
		_, err := pool.Trigger(t.Context(), signUp)
		require.NoError(t, err)
		require.Len(t, fake.all(), 7)

		// The caller's own patience ends everything.
		fake.answer = hanging
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = pool.Trigger(ctx, signUp)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Len(t, fake.all(), 8)
	})
}

func TestCognitoRefuses(t *testing.T) {
	_, err := push.NewUserPool("", options(&fakeLambda{}))
	require.ErrorIs(t, err, push.ErrInvalidParameter)
	_, err = push.NewUserPool("p", push.Options{})
	require.ErrorIs(t, err, push.ErrInvalidParameter)
	fake := &fakeLambda{}
	pool := userPool(t, options(fake))
	require.ErrorIs(t, pool.SetTrigger("CustomSMSSender", "f"), push.ErrInvalidParameter)
	require.ErrorIs(t, pool.SetTrigger(push.PreSignUp, "a b"), push.ErrInvalidParameter)
	_, err = pool.Trigger(t.Context(), push.UserPoolEvent{TriggerSource: "CustomEmailSender_SignUp"})
	require.ErrorIs(t, err, push.ErrInvalidParameter)
	for _, e := range []push.UserPoolEvent{
		{TriggerSource: "PreSignUp_SignUp", Request: func() {}}, {TriggerSource: "PreSignUp_SignUp", Response: make(chan int)},
	} {
		_, err = pool.Trigger(t.Context(), e)
		require.ErrorIs(t, err, push.ErrInvalidParameter)
	}
	for _, e := range []push.UserPoolEvent{
		{TriggerSource: "PreSignUp_SignUp", Request: 7}, {TriggerSource: "PreSignUp_SignUp", Request: []int{}},
		{TriggerSource: "PreSignUp_SignUp", Response: "yes"}, {TriggerSource: "PreSignUp_SignUp", Version: "2"},
		{TriggerSource: "TokenGeneration_HostedAuth", Version: "4"}, {TriggerSource: "TokenGeneration_HostedAuth", Version: "1.0"},
	} {
		_, err = pool.Trigger(t.Context(), e)
		require.ErrorIs(t, err, push.ErrInvalidParameter, "%v", e)
	}
	for _, trigger := range []push.UserPoolTrigger{"CustomSMSSender", "CustomEmailSender", "InboundFederation", ""} {
		require.EqualError(t, pool.SetTrigger(trigger, "f"), "InvalidParameterException: Trigger "+string(trigger)+" is not supported.")
	}
	for _, source := range []string{"CustomSMSSender_Authentication", "CustomEmailSender_SignUp", "InboundFederation_ExternalProvider", "PreSignUp", ""} {
		_, err = pool.Trigger(t.Context(), push.UserPoolEvent{TriggerSource: source})
		require.EqualError(t, err, "InvalidParameterException: Trigger source "+source+" is not supported.")
	}
	require.Empty(t, fake.all())

	// Without a function the response is the one it started from.
	require.NoError(t, pool.SetTrigger(push.PreSignUp, ""))
	response, err := pool.Trigger(t.Context(), push.UserPoolEvent{TriggerSource: "PreSignUp_SignUp", Response: map[string]int{"a": 1}})
	require.NoError(t, err)
	require.JSONEq(t, `{"a":1}`, string(response))
	require.Empty(t, fake.all())
}

// Every operation has a trigger, and an event that aws-lambda-go's types for it can read.
func TestTriggerSources(t *testing.T) {
	for source, into := range map[string]any{
		"PreSignUp_ExternalProvider":                 &events.CognitoEventUserPoolsPreSignup{},
		"PostConfirmation_ConfirmSignUp":             &events.CognitoEventUserPoolsPostConfirmation{},
		"PreAuthentication_Authentication":           &events.CognitoEventUserPoolsPreAuthentication{},
		"PostAuthentication_Authentication":          &events.CognitoEventUserPoolsPostAuthentication{},
		"TokenGeneration_RefreshTokens":              &events.CognitoEventUserPoolsPreTokenGen{},
		"UserMigration_Authentication":               &events.CognitoEventUserPoolsMigrateUser{},
		"CustomMessage_ForgotPassword":               &events.CognitoEventUserPoolsCustomMessage{},
		"DefineAuthChallenge_Authentication":         &events.CognitoEventUserPoolsDefineAuthChallenge{},
		"CreateAuthChallenge_Authentication":         &events.CognitoEventUserPoolsCreateAuthChallenge{},
		"VerifyAuthChallengeResponse_Authentication": &events.CognitoEventUserPoolsVerifyAuthChallenge{},
	} {
		fake := &fakeLambda{}
		pool, err := push.NewUserPool("p", options(fake))
		require.NoError(t, err)
		for _, trigger := range []push.UserPoolTrigger{
			push.PreSignUp, push.PostConfirmation, push.PreAuthentication, push.PostAuthentication, push.PreTokenGeneration,
			push.UserMigration, push.CustomMessage, push.DefineAuthChallenge, push.CreateAuthChallenge, push.VerifyAuthChallengeResponse,
		} {
			require.NoError(t, pool.SetTrigger(trigger, "f"))
		}
		var none map[string]string
		_, err = pool.Trigger(t.Context(), push.UserPoolEvent{TriggerSource: source, Request: none})
		require.NoError(t, err, source)
		require.NoError(t, json.Unmarshal([]byte(fake.last()), into), source)
		require.Contains(t, fake.last(), `"version":"1"`)
		require.Contains(t, fake.last(), `"request":{}`)
	}
}

// The later versions of the token trigger start from another response.
func TestTokenVersions(t *testing.T) {
	for version, want := range map[string]string{
		"": `{"claimsOverrideDetails":null}`, "2": `{"claimsAndScopeOverrideDetails":null}`, "3": `{"claimsAndScopeOverrideDetails":null}`,
	} {
		pool, err := push.NewUserPool("p", options(&fakeLambda{}))
		require.NoError(t, err)
		require.NoError(t, pool.SetTrigger(push.PreTokenGeneration, "f"))
		response, err := pool.Trigger(t.Context(), push.UserPoolEvent{TriggerSource: "TokenGeneration_HostedAuth", Version: version})
		require.NoError(t, err)
		require.Equal(t, want, string(response))
	}
}

// With the real service and a handler of aws-lambda-go's types, which returns its event.
func TestCognitoWithTheService(t *testing.T) {
	bubble(t, func(t *testing.T) {
		svc := lambdatest.NewService(t, invoke.Options{})
		slow := false
		lambdatest.Deploy(t, svc, lambda.Config{Name: "f", Timeout: time.Minute}, lambda.Handler(
			func(_ context.Context, e events.CognitoEventUserPoolsPreSignup) (events.CognitoEventUserPoolsPreSignup, error) {
				if slow {
					time.Sleep(6 * time.Second)
				}
				e.Response.AutoConfirmUser = e.Request.UserAttributes["email"] == "ann@example.com"
				return e, nil
			}))
		pool := userPool(t, push.Options{Invoker: svc})
		e := signUp
		e.Request = events.CognitoEventUserPoolsPreSignupRequest{UserAttributes: map[string]string{"email": "ann@example.com"}}
		response, err := pool.Trigger(t.Context(), e)
		require.NoError(t, err)
		require.JSONEq(t, `{"autoConfirmUser":true,"autoVerifyEmail":false,"autoVerifyPhone":false}`, string(response))
		slow = true
		_, err = pool.Trigger(t.Context(), e)
		require.ErrorIs(t, err, push.ErrUnexpectedLambda)
		lambdatest.Advance(time.Minute) // the runs that nobody waits for any more
	})
}

func TestCognitoSyncFailures(t *testing.T) {
	fake := &fakeLambda{answer: returning("1")}
	pool, err := push.NewIdentityPool("p", "f", options(fake))
	require.NoError(t, err)
	_, err = pool.Synchronize(t.Context(), "i", "d", nil)
	require.ErrorIs(t, err, push.ErrInvalidLambdaResponse)
	fake.answer = failing("x")
	_, err = pool.Synchronize(t.Context(), "i", "d", nil)
	var failure *lambda.FunctionError
	require.ErrorAs(t, err, &failure)
	_, err = push.NewIdentityPool("p", "a b", options(fake))
	require.ErrorIs(t, err, push.ErrInvalidParameter)
}
