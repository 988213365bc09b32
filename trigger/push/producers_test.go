package push_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/trigger/push"
)

// In another account, Region and partition, each producer's own ARN and what it tells policies are of there.
func TestIdentityOfProducers(t *testing.T) {
	id := lambda.Identity{Account: "999999999999", Region: "cn-north-1", Partition: "aws-cn"}
	for _, row := range push.Producers() {
		if row.Name == "CloudFormation" {
			continue // calls with the right of its owner, as the next test says
		}
		t.Run(row.Name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				fake := &fakeLambda{}
				send, err := sources[row.Name](t.Context(), push.Options{Invoker: fake, Identity: id})
				require.NoError(t, err)
				_ = send(t.Context())
				calls := fake.real()
				require.NotEmpty(t, calls)
				for _, in := range calls {
					require.Equal(t, "arn:aws-cn:lambda:cn-north-1:999999999999:function:f", in.FunctionName)
					require.Equal(t, strings.Replace(row.Principals[0], "<region>", "cn-north-1", 1), in.Caller.Principal)
					if row.SourceARN {
						require.Regexp(t, `^arn:aws-cn:[a-z-]+:cn-north-1:999999999999:`, in.Caller.SourceARN)
					} else {
						require.Empty(t, in.Caller.SourceARN)
					}
					require.Equal(t, map[bool]string{true: "999999999999", false: ""}[row.SourceAccount], in.Caller.SourceAccount)
				}
			})
		})
	}
}

// CloudFormation is no principal of a function's policy.
func TestCloudFormationIsNoCaller(t *testing.T) {
	fake := &fakeLambda{}
	_, err := answeringStack(t, fake, "p").Create(t.Context(), bucket)
	require.NoError(t, err)
	require.Nil(t, fake.all()[0].Caller)
}

// Equal seeds and equal calls give equal events, ids and tokens included; another seed gives others wherever there are
// any.
func TestDeterministicProducers(t *testing.T) {
	without := []string{"Cognito user pool", "Cognito Sync", "IoT rule", "Lex V1", "Alexa smart home"} // no ids in these
	for name, source := range sources {
		t.Run(name, func(t *testing.T) {
			run := func(seed uint64) (payloads []string) {
				bubble(t, func(t *testing.T) {
					fake := &fakeLambda{}
					send, err := source(t.Context(), push.Options{Invoker: fake, Seed: seed})
					require.NoError(t, err)
					for range 2 {
						_ = send(t.Context())
					}
					for _, in := range fake.real() {
						payloads = append(payloads, string(in.Payload))
					}
				})
				return payloads
			}
			first := run(7)
			require.Equal(t, first, run(7))
			if slices.Contains(without, name) {
				require.Equal(t, first, run(8))
				return
			}
			require.NotEqual(t, first, run(8))
			require.NotEqual(t, first[0], first[len(first)-1], "no two events are the same")
		})
	}
}

// The caller owns the table.
func TestProducersIsACopy(t *testing.T) {
	rows := push.Producers()
	for i := range rows {
		rows[i].Name = "spoilt"
		for j := range rows[i].Principals {
			rows[i].Principals[j] = "spoilt"
		}
	}
	for _, row := range push.Producers() {
		require.NotEqual(t, "spoilt", row.Name)
		require.NotContains(t, row.Principals, "spoilt")
	}
}

// Each call is traced with who calls and whom.
func TestCallsAreTraced(t *testing.T) {
	for name, source := range sources {
		if name == "CloudWatch Logs" {
			continue // whose steps have tests of their own
		}
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var s steps
				fake := &fakeLambda{}
				send, err := source(t.Context(), push.Options{Invoker: fake, Trace: s.trace})
				require.NoError(t, err)
				_ = send(t.Context())
				pushed := s.of(trace.Pushed)
				require.Len(t, pushed, len(fake.real()))
				for _, e := range pushed {
					require.Equal(t, "arn:aws:lambda:us-east-1:123456789012:function:f", e.Target)
					require.Equal(t, 1, e.Attempt)
					require.NotEmpty(t, e.Source)
					require.Equal(t, time.Now(), e.Time)
				}
				fake.answer = refusing(denied)
				_ = send(t.Context())
				failed := s.of(trace.PushFailed)
				require.NotEmpty(t, failed)
				require.Equal(t, "AccessDeniedException", failed[0].Code)
				require.True(t, failed[0].Due.IsZero(), "nobody tries again what is denied")
			})
		})
	}
}

// An IoT rule sends what the SQL made, and keeps none of the caller's bytes.
func TestTopicRule(t *testing.T) {
	fake := &fakeLambda{}
	r, err := push.NewTopicRule("r", "f", options(fake))
	require.NoError(t, err)
	require.Equal(t, "arn:aws:iot:us-east-1:123456789012:rule/r", r.ARN())
	for _, result := range []string{`{"a": 1}`, `[1]`, `"x"`, `7`, `null`, " true "} {
		text := []byte(result)
		require.NoError(t, r.Publish(t.Context(), text))
		clear(text)
		require.Equal(t, result, fake.last())
	}
	before := len(fake.all())
	for _, result := range []string{"", "x", "{", "1 2"} {
		require.ErrorIs(t, r.Publish(t.Context(), []byte(result)), push.ErrInvalidParameter)
	}
	require.Len(t, fake.all(), before)
}

// What an SES event has only sometimes.
func TestMailVariants(t *testing.T) {
	fake := &fakeLambda{}
	r, err := push.NewReceiptRule("f", "", options(fake))
	require.NoError(t, err)
	receive := func(m push.Mail) (e events.SimpleEmailService) {
		disposition, err := r.Receive(t.Context(), m)
		require.NoError(t, err)
		require.Equal(t, push.Continue, disposition)
		var all events.SimpleEmailEvent
		require.NoError(t, json.Unmarshal([]byte(fake.last()), &all))
		require.Len(t, all.Records, 1)
		return all.Records[0].SES
	}
	e := receive(push.Mail{Source: "a@b", Destination: []string{"c@d", "e@f"}})
	require.Equal(t, []string{"c@d", "e@f"}, e.Receipt.Recipients, "all whom it is for")
	require.Equal(t, "Lambda", e.Receipt.Action.Type)
	require.Equal(t, "Event", e.Receipt.Action.InvocationType)
	require.Len(t, e.Mail.MessageID, 36)
	require.NotContains(t, fake.last(), "dmarcPolicy")
	require.NotContains(t, fake.last(), `"cc"`)
	require.Contains(t, fake.last(), `"headersTruncated":false,"headers":[]`)

	e = receive(push.Mail{
		MessageID: "id", Timestamp: time.Date(2020, 1, 2, 3, 4, 5, 678e6, time.FixedZone("", 3600)), Destination: []string{"c@d", "e@f"},
		Recipients: []string{"c@d"}, Headers: []push.MailHeader{{Name: "X", Value: "1"}, {Name: "X", Value: "2"}}, HeadersTruncated: true,
		CommonHeaders: push.CommonHeaders{Subject: "s <&>", Cc: []string{"g@h"}}, SPFVerdict: "GRAY", DMARCVerdict: "FAIL", DMARCPolicy: "reject",
		ProcessingTime: 1500 * time.Millisecond,
	})
	require.Equal(t, "id", e.Mail.MessageID)
	require.Equal(t, []string{"c@d"}, e.Receipt.Recipients)
	require.Equal(t, []events.SimpleEmailHeader{{Name: "X", Value: "1"}, {Name: "X", Value: "2"}}, e.Mail.Headers)
	require.True(t, e.Mail.HeadersTruncated)
	require.Equal(t, "GRAY", e.Receipt.SPFVerdict.Status)
	require.Equal(t, "FAIL", e.Receipt.DMARCVerdict.Status)
	require.Equal(t, "PASS", e.Receipt.SpamVerdict.Status)
	require.Equal(t, "reject", e.Receipt.DMARCPolicy)
	require.EqualValues(t, 1500, e.Receipt.ProcessingTimeMillis)
	require.Contains(t, fake.last(), `"timestamp":"2020-01-02T02:04:05.678Z"`)
	require.Contains(t, fake.last(), `"subject":"s <&>"`)
	require.Contains(t, fake.last(), `"cc":["g@h"]`)
}

// The whole event has to come back: with any member missing it is none, and what it has more does not matter.
func TestWholeEvent(t *testing.T) {
	members := []string{"version", "triggerSource", "region", "userPoolId", "userName", "request", "response"}
	rapid.Check(t, func(t *rapid.T) {
		fake := &fakeLambda{}
		pool, err := push.NewUserPool("p", options(fake))
		require.NoError(t, err)
		require.NoError(t, pool.SetTrigger(push.CustomMessage, "f"))
		missing := rapid.SliceOfDistinct(rapid.SampledFrom(members), rapid.ID).Draw(t, "missing")
		more := rapid.MapOfN(rapid.StringMatching(`x[a-z]+`), rapid.String(), 0, 3).Draw(t, "more")
		text := strings.ToValidUTF8(rapid.String().Draw(t, "text"), "")
		fake.answer = func(ctx context.Context, n int, in invoke.Input) (*invoke.Output, error) {
			var event map[string]any
			require.NoError(t, json.Unmarshal(in.Payload, &event))
			event["response"] = map[string]any{"smsMessage": text}
			for name, value := range more {
				event[name] = value
			}
			maps.DeleteFunc(event, func(name string, _ any) bool { return slices.Contains(missing, name) })
			answer, err := json.Marshal(event)
			require.NoError(t, err)
			return returning(string(answer))(ctx, n, in)
		}
		response, err := pool.Trigger(t.Context(), push.UserPoolEvent{TriggerSource: "CustomMessage_SignUp", UserName: "ann"})
		if len(missing) > 0 {
			require.ErrorIs(t, err, push.ErrInvalidLambdaResponse)
			return
		}
		require.NoError(t, err)
		var got struct{ SMSMessage string }
		require.NoError(t, json.Unmarshal(response, &got))
		require.Equal(t, text, got.SMSMessage)
	})
}

// Terms: all of the plain ones, none of those behind a minus, or one of those behind question marks, with their case.
func TestFilterPatternsAgainstModel(t *testing.T) {
	word := rapid.SampledFrom([]string{"a", "b", "ab", "A", "a b", `q"q`, `back\slash`, "-x", "?x"})
	rapid.Check(t, func(t *rapid.T) {
		terms := rapid.SliceOfN(word, 0, 3).Draw(t, "terms")
		sign := rapid.SampledFrom([]string{"", "-", "?"}).Draw(t, "sign")
		var texts []string
		for _, term := range terms {
			texts = append(texts, fmt.Sprintf("%s%q", sign, term))
		}
		message := strings.Join(rapid.SliceOfN(word, 0, 4).Draw(t, "message"), rapid.SampledFrom([]string{" ", "", "--"}).Draw(t, "between"))
		has := 0
		for _, term := range terms {
			if strings.Contains(message, term) {
				has++
			}
		}
		want := map[string]bool{"": has == len(terms), "-": has == 0, "?": has > 0 || len(terms) == 0}[sign]
		fake := &fakeLambda{}
		g := logGroup(t, fake, nil, push.SubscriptionFilter{Name: "s", FilterPattern: strings.Join(texts, " ")})
		g.PutLogEvents("stream", push.LogEvent{Message: message})
		require.Equal(t, want, len(fake.real()) == 1, "%q in %q", texts, message)
	})
}

// Whatever a function answers, a producer that waits makes sense of it or says what is wrong: no panic, no other error.
func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{
		"", "null", "{", `{"response":{}}`, `{"dialogAction":{"type":"Close"}}`, `{"sessionState":{"dialogAction":{"type":1}}}`, `{"event":{}}`,
		`{"disposition":"STOP_RULE"}`, `{"datasetRecords":{"a":{"op":"remove"}}}`, `{"response":{"shouldEndSession":"yes"},"sessionAttributes":7}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		for name, source := range sources {
			fake := &fakeLambda{}
			send, err := source(t.Context(), options(fake))
			require.NoError(t, err)
			fake.answer = returning(string(answer))
			for range 2 {
				var refused *push.Error
				if err := send(t.Context()); err != nil {
					require.ErrorAs(t, err, &refused, name)
				}
			}
			for _, in := range fake.real() {
				require.True(t, json.Valid(in.Payload), "%s: %s", name, in.Payload)
			}
		}
	})
}
