package push_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/push"
)

// What SES makes of a synchronous answer.
func TestDispositions(t *testing.T) {
	for answer, want := range map[string]push.Disposition{
		`{"disposition":"CONTINUE"}`: push.Continue, `{"disposition":"STOP_RULE"}`: push.StopRule,
		`{"disposition":"STOP_RULE_SET"}`: push.StopRuleSet, `{"disposition":"stop_rule"}`: push.Continue, `null`: push.Continue,
		`{`: push.Continue,
	} {
		r, err := push.NewReceiptRule("f", invoke.RequestResponse, options(&fakeLambda{answer: returning(answer)}))
		require.NoError(t, err)
		got, err := r.Receive(t.Context(), push.Mail{})
		require.NoError(t, err)
		require.Equal(t, want, got, answer)
	}
	bubble(t, func(t *testing.T) {
		fake := &fakeLambda{answer: hanging}
		r, err := push.NewReceiptRule("f", invoke.RequestResponse, options(fake))
		require.NoError(t, err)
		require.Equal(t, 30*time.Second, virtual(func() { _, err = r.Receive(t.Context(), push.Mail{}) }))
		require.EqualError(t, err, "push: the function did not answer in time")
		require.Contains(t, fake.last(), `"invocationType":"RequestResponse"`)
	})
	for _, kind := range []invoke.InvocationType{invoke.DryRun, "x"} {
		_, err := push.NewReceiptRule("f", kind, options(&fakeLambda{}))
		require.ErrorIs(t, err, push.ErrInvalidParameter)
	}
}

// Lex: a throttle is 429, a function that fails or makes no sense 424.
func TestLexFailures(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer func(context.Context, int, invoke.Input) (*invoke.Output, error)
		status int
		kind   error
		text   string
	}{
		{"throttled", refusing(throttle), 429, push.ErrLimitExceeded, "Lambda throttled the function arn:aws:lambda:us-east-1:123456789012:function:f."},
		{"failed", failing("boom"), 424, push.ErrDependencyFailed, "Invalid Lambda Response: Received error response from Lambda: boom"},
		{"denied", refusing(denied), 424, push.ErrDependencyFailed, "Invalid Lambda Response: Received error response from Lambda: lambda: AccessDeniedException: no"},
		{"no action", returning(`{"dialogAction":{}}`), 424, push.ErrDependencyFailed, `Invalid Lambda Response: {"dialogAction":{}}`},
		{"much of it", returning(`"` + strings.Repeat("ü", 300) + `"`), 424, push.ErrDependencyFailed, `Invalid Lambda Response: "` + strings.Repeat("ü", 99)},
		{"no object", returning(`7`), 424, push.ErrDependencyFailed, "Invalid Lambda Response: 7"},
		{"time-out", hanging, 424, push.ErrDependencyFailed, "Invalid Lambda Response: Received error response from Lambda: push: the function did not answer in time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				fake := &fakeLambda{answer: c.answer}
				v1, err := push.NewLexBot(push.LexBotName{}, "i", "f", options(fake))
				require.NoError(t, err)
				v2, err := push.NewLexV2Bot(push.LexV2BotName{}, "f", options(fake))
				require.NoError(t, err)
				_, err1 := v1.Turn(t.Context(), push.LexTurn{InvocationSource: push.DialogCodeHook})
				_, err2 := v2.Turn(t.Context(), push.LexV2Turn{InvocationSource: push.DialogCodeHook})
				require.Len(t, fake.all(), 2, "one attempt each")
				for _, err := range []error{err1, err2} {
					require.ErrorIs(t, err, c.kind)
					require.Equal(t, c.status, err.(*push.Error).Status)
					require.Equal(t, c.status, err.(*push.Error).HTTPStatus())
					require.Equal(t, c.text, err.(*push.Error).Message)
				}
			})
		})
	}
	fake := &fakeLambda{}
	v1, err := push.NewLexBot(push.LexBotName{}, "i", "f", options(fake))
	require.NoError(t, err)
	_, err = v1.Turn(t.Context(), push.LexTurn{InvocationSource: "x"})
	require.ErrorIs(t, err, push.ErrInvalidParameter)
	done, cancel := context.WithCancel(t.Context())
	cancel()
	fake.answer = hanging
	_, err = v1.Turn(done, push.LexTurn{InvocationSource: push.DialogCodeHook})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 400, push.ErrLimitExceeded.Status, "the sentinel is as it was")
}

func TestAlexaFailures(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := &fakeLambda{}
		s, err := push.NewSkill("id", "f", options(fake))
		require.NoError(t, err)
		for _, c := range []struct {
			answer func(context.Context, int, invoke.Input) (*invoke.Output, error)
			text   string
		}{
			{returning(`{}`), "The target Lambda application returned an invalid response"},
			{returning(`[]`), "The target Lambda application returned an invalid response"},
			{returning(`{"response":1,"event":1}`), "The target Lambda application returned an invalid response"},
			{failing("boom"), "An exception occurred while dispatching the request to the skill: boom"},
			{hanging, "An exception occurred while dispatching the request to the skill: push: the function did not answer in time"},
		} {
			fake.answer = c.answer
			_, err := s.Ask(t.Context(), push.SkillRequest{Type: "LaunchRequest"})
			require.ErrorIs(t, err, push.ErrInvalidResponse)
			require.Equal(t, c.text, err.(*push.Error).Message)
			_, err = s.Directive(t.Context(), nil)
			require.Equal(t, c.text, err.(*push.Error).Message)
		}
		require.Equal(t, 8*time.Second, virtual(func() { _, _ = s.Directive(t.Context(), nil) }))
		asked := len(fake.all())
		for _, r := range []push.SkillRequest{
			{Type: "IntentRequest", Intent: func() {}}, {Type: "IntentRequest", Intent: "Hi"}, {Type: "IntentRequest"}, {},
			{Type: "launchRequest"}, {Type: "AudioPlayer.PlaybackStarted"}, {Type: "LaunchRequest", Intent: map[string]string{"name": "Hi"}},
			{Type: "LaunchRequest", Reason: "ERROR"},
		} {
			_, err = s.Ask(t.Context(), r)
			require.ErrorIs(t, err, push.ErrInvalidParameter, "%v", r)
		}
		for _, directive := range []any{func() {}, 7, []int{}} {
			_, err = s.Directive(t.Context(), directive)
			require.ErrorIs(t, err, push.ErrInvalidParameter)
		}
		require.Len(t, fake.all(), asked)
	})
	// An answer that ends the session: the next request begins another.
	fake := &fakeLambda{answer: returning(`{"response":{"shouldEndSession":true}}`)}
	s, err := push.NewSkill("id", "f", options(fake))
	require.NoError(t, err)
	for range 2 {
		_, err = s.Ask(t.Context(), push.SkillRequest{Type: "LaunchRequest"})
		require.NoError(t, err)
		require.Contains(t, fake.last(), `"new":true`)
	}
}

// A session that Alexa has ended is over, whatever the function makes of that.
func TestAlexaSessionEndsAnyway(t *testing.T) {
	fake := &fakeLambda{answer: returning(`{"sessionAttributes":{"n":1},"response":{}}`)}
	s, err := push.NewSkill("id", "f", options(fake))
	require.NoError(t, err)
	for _, answer := range []func(context.Context, int, invoke.Input) (*invoke.Output, error){
		failing("boom"), returning("null"), refusing(throttle), returning(`{"sessionAttributes":{"n":2},"response":{"shouldEndSession":false}}`),
	} {
		fake.answer = returning(`{"sessionAttributes":{"n":1},"response":{}}`)
		_, err = s.Ask(t.Context(), push.SkillRequest{Type: "LaunchRequest"})
		require.NoError(t, err)
		require.Contains(t, fake.last(), `"new":true`)
		require.Contains(t, fake.last(), `"attributes":{}`)
		fake.answer = answer
		_, _ = s.Ask(t.Context(), push.SkillRequest{Type: "SessionEndedRequest", Reason: "USER_INITIATED"})
		require.Contains(t, fake.last(), `"new":false`)
		require.Contains(t, fake.last(), `"attributes":{"n":1}`)
	}
}

// Four steps in order; the first that fails is the last, and a later rotation may go on with the same token.
func TestRotation(t *testing.T) {
	steps := []string{"createSecret", "setSecret", "testSecret", "finishSecret"}
	for failsAt, step := range steps {
		t.Run(step, func(t *testing.T) {
			fake := &fakeLambda{}
			s, err := push.NewSecret(t.Context(), "db", "f", options(fake))
			require.NoError(t, err)
			fake.answer = func(ctx context.Context, n int, in invoke.Input) (*invoke.Output, error) {
				var e struct{ Step string }
				require.NoError(t, json.Unmarshal(in.Payload, &e))
				if e.Step == step {
					return failing("boom")(ctx, n, in)
				}
				return nil, nil
			}
			token, err := s.RotateSecret(t.Context(), "")
			var ended *push.RotationError
			require.ErrorAs(t, err, &ended)
			require.Equal(t, step, ended.Step)
			var failure *lambda.FunctionError
			require.ErrorAs(t, err, &failure)
			require.Equal(t, "boom", failure.Message)
			require.Contains(t, err.Error(), "rotation ended at "+step)
			require.Len(t, fake.real(), failsAt+1)

			fake.answer = nil
			again, err := s.RotateSecret(t.Context(), token)
			require.NoError(t, err)
			require.Equal(t, token, again)
			require.Len(t, fake.real(), failsAt+5)
			next, err := s.RotateSecret(t.Context(), "")
			require.NoError(t, err)
			require.NotEqual(t, token, next)
		})
	}
}

// An asynchronous producer without redelivery: one try, and its error.
func TestOneTry(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var s steps
		fake := &fakeLambda{answer: refusing(throttle)}
		o := push.Options{Invoker: fake, Trace: s.trace}
		for name, make := range sources {
			if name != "IoT rule" && name != "CodeCommit" && name != "Config" && name != "SES" {
				continue
			}
			send, err := make(t.Context(), o)
			require.NoError(t, err)
			before := len(fake.all())
			require.ErrorIs(t, send(t.Context()), lambda.ErrTooManyRequests)
			time.Sleep(time.Hour)
			require.Len(t, fake.all(), before+1, name)
		}
		require.Len(t, s.of(trace.PushFailed), 4)
	})
}

// A function of another account or Region keeps them, however it is named.
func TestFunctionNames(t *testing.T) {
	for name, want := range map[string]string{
		"f": "arn:aws:lambda:us-east-1:123456789012:function:f", "f:live": "arn:aws:lambda:us-east-1:123456789012:function:f:live",
		"999999999999:function:f:1":                        "arn:aws:lambda:us-east-1:999999999999:function:f:1",
		"arn:aws:lambda:eu-west-1:999999999999:function:f": "arn:aws:lambda:eu-west-1:999999999999:function:f",
	} {
		fake := &fakeLambda{}
		r, err := push.NewTopicRule("r", name, options(fake))
		require.NoError(t, err)
		require.NoError(t, r.Publish(t.Context(), []byte("1")))
		require.Equal(t, want, fake.all()[0].FunctionName)
	}
}

// Invariant 21: what is over the limit of an invocation runs no function.
func TestInvariant21Invocations(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var timeline lambdatest.Timeline
		svc := lambdatest.NewService(t, invoke.Options{Trace: timeline.Trace})
		lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambdatest.Script("S", 0))
		o := push.Options{Invoker: svc}
		for size, taken := range map[int]bool{lambda.MaxEventPayload: true, lambda.MaxEventPayload + 1: false} {
			r, err := push.NewTopicRule("r", "f", o)
			require.NoError(t, err)
			err = r.Publish(t.Context(), []byte(`"`+strings.Repeat("x", size-2)+`"`))
			require.Equal(t, taken, err == nil, "%v", err)
			if !taken {
				require.ErrorIs(t, err, lambda.ErrRequestEntityTooLarge)
			}
		}
		pool, err := push.NewUserPool("p", o)
		require.NoError(t, err)
		require.NoError(t, pool.SetTrigger(push.PreSignUp, "f"))
		e := signUp
		e.Request = map[string]string{"pad": strings.Repeat("x", lambda.MaxRequestPayload)}
		_, err = pool.Trigger(t.Context(), e)
		require.ErrorIs(t, err, push.ErrUnexpectedLambda)
		require.NoError(t, svc.Wait(t.Context()))
		require.Len(t, timeline.Of(trace.Started), 1)
	})
}

// Without a Lambda, and with a name that is none, nothing is made.
func TestConstructorsRefuse(t *testing.T) {
	for name, make := range sources {
		_, err := make(t.Context(), push.Options{})
		require.ErrorIs(t, err, push.ErrInvalidParameter, name)
	}
	o := options(&fakeLambda{})
	for name, make := range map[string]func() error{
		"SES":        func() error { _, err := push.NewReceiptRule("a b", "", o); return err },
		"IoT":        func() error { _, err := push.NewTopicRule("r", "a b", o); return err },
		"CodeCommit": func() error { _, err := push.NewRepository("r", "t", "a b", "", o); return err },
		"Config":     func() error { _, err := push.NewConfigRule("r", "a b", "", nil, o); return err },
		"parameters": func() error { _, err := push.NewConfigRule("r", "f", "", func() {}, o); return err },
		"Lex V1":     func() error { _, err := push.NewLexBot(push.LexBotName{}, "i", "a b", o); return err },
		"Lex V2":     func() error { _, err := push.NewLexV2Bot(push.LexV2BotName{}, "a b", o); return err },
		"Alexa":      func() error { _, err := push.NewSkill("id", "a b", o); return err },
		"a list":     func() error { _, err := push.NewConfigRule("r", "f", "", []string{"k"}, o); return err },
		"secret":     func() error { _, err := push.NewSecret(t.Context(), "s", "a b", o); return err },
	} {
		require.ErrorIs(t, make(), push.ErrInvalidParameter, name)
	}
	r, err := push.NewConfigRule("r", "f", "", nil, o)
	require.NoError(t, err)
	_, err = r.Evaluate(t.Context(), func() {}, false)
	require.ErrorIs(t, err, push.ErrInvalidParameter)
}

// Who gives up waiting gets to know that, in no service's words, and the function is not called again.
func TestCallersWhoGiveUp(t *testing.T) {
	for _, row := range push.Producers() {
		if row.InvocationType != invoke.RequestResponse {
			continue
		}
		t.Run(row.Name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				fake := &fakeLambda{}
				send, err := sources[row.Name](t.Context(), options(fake))
				require.NoError(t, err)
				fake.answer = hanging
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				require.Equal(t, time.Second, virtual(func() { err = send(ctx) }))
				require.ErrorIs(t, err, context.DeadlineExceeded)
				var own *push.Error
				require.False(t, errors.As(err, &own), "%v", err)
				time.Sleep(time.Hour)
				require.Len(t, fake.real(), 1)
			})
		})
	}
}

// How long each service waits for an answer, and how often it asks, is what its row says.
func TestWaitsAndAttempts(t *testing.T) {
	for _, row := range push.Producers() {
		if row.InvocationType != invoke.RequestResponse || row.Wait == 0 {
			continue
		}
		t.Run(row.Name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				fake := &fakeLambda{answer: hanging}
				send, err := sources[row.Name](t.Context(), options(fake))
				require.NoError(t, err)
				require.Equal(t, row.Wait*time.Duration(row.Attempts), virtual(func() { err = send(t.Context()) }))
				var own *push.Error
				require.ErrorAs(t, err, &own)
				require.NotErrorIs(t, err, context.DeadlineExceeded, "the wait is the service's, not the caller's")
				require.Len(t, fake.real(), row.Attempts)

				fake.answer = refusing(denied)
				require.Error(t, send(t.Context()))
				require.Len(t, fake.real(), row.Attempts+1, "what is denied is denied")
			})
		})
	}
}
