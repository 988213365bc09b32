package sns_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/eventsource/sqs"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/iam"
	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/sns"
)

// A message reaches a function of a Service, which has accepted it when PublishMessage returns.
func TestPublishRunsTheFunction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var timeline lambdatest.Timeline
		svc := lambdatest.NewService(t, invoke.Options{Trace: timeline.Trace})
		var got []string
		lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambda.Handler(func(e events.SNSEvent) error {
			got = append(got, e.Records[0].SNS.Message)
			return nil
		}))
		p := subscribed(t, svc, sns.Options{Trace: timeline.Trace}, sns.Attributes{})
		publish(t, p, sns.PublishInput{Message: "Hello"})
		require.NoError(t, svc.Wait(t.Context()))
		require.Equal(t, []string{"Hello"}, got)
		require.Equal(t, []trace.Event{{Kind: trace.Pushed, Time: time.Now(), Attempt: 1, Target: functionARN, Source: p.ARN()}}, timeline.Of(trace.Pushed))
		require.NoError(t, timeline.Check(lambdatest.Settings{}))
	})
}

// Who calls, on whose behalf and with which trace header.
func TestCaller(t *testing.T) {
	const header = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"
	var l taker
	q := newQueue("q")
	p := subscribed(t, &l, sns.Options{}, sns.Attributes{})
	_, err := p.Subscribe(sns.SubscribeInput{Queue: q})
	require.NoError(t, err)
	ctx := destinations.WithTraceHeader(t.Context(), header)
	_, err = p.PublishMessage(ctx, sns.PublishInput{Message: "m"})
	require.NoError(t, err)
	in := l.inputs[0]
	require.Equal(t, invoke.Event, in.InvocationType)
	require.Equal(t, header, in.TraceHeader)
	require.Equal(t, &iam.Caller{Principal: "sns.amazonaws.com", SourceARN: p.ARN(), SourceAccount: "123456789012"}, in.Caller)
	require.Equal(t, map[string]string{"AWSTraceHeader": header}, q.messages()[0].Attributes)
}

// Invariant 17: a function that always refuses is tried 1 + 100,015 times within 23 days and the jitter, and then its
// subscription's dead-letter queue has the message, as a queue would have got it.
func TestInvariant17(t *testing.T) {
	for _, code := range []string{"TooManyRequestsException", "ServiceException"} {
		t.Run(code, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var l taker
				dead := newQueue("dead")
				p := subscribed(t, &l, sns.Options{}, sns.Attributes{DeadLetterQueue: dead})
				start := time.Now()
				var times []time.Duration
				l.setRefusal(func(invoke.Input) error {
					times = append(times, time.Since(start))
					return lambda.NewError(code, "no")
				})
				id := publish(t, p, sns.PublishInput{Message: "Hello"})
				before := len(times)
				require.Equal(t, 1, p.Pending())
				require.NoError(t, p.Wait(t.Context()))
				require.Len(t, times, 1+100_015)
				const nominal = 100_000 * 20 * time.Second
				require.InEpsilon(t, nominal, times[100_015], 0.02)
				require.Equal(t, 23, int(times[100_015].Hours())/24)

				near := func(want time.Duration, n int) {
					t.Helper()
					require.InDelta(t, float64(want), float64(times[n]-times[n-1]), float64(want)/10)
				}
				require.Equal(t, []time.Duration{0, 0, 0}, times[1:4], "three at once")
				require.Equal(t, 4, before, "which PublishMessage makes itself")
				near(time.Second, 4)
				near(time.Second, 5)
				for i, want := range []time.Duration{1000, 1395, 1946, 2714, 3787, 5282, 7368, 10278, 14337, 20000} {
					near(want*time.Millisecond, 6+i)
				}
				near(20*time.Second, 16)
				near(20*time.Second, 100_015)

				require.Len(t, dead.messages(), 1)
				require.Contains(t, dead.messages()[0].Body, `"MessageId" : "`+id+`"`)
				require.Contains(t, dead.messages()[0].Body, `"SigningCertURL"`)
			})
		})
	}
}

// What is the client's fault goes straight to the dead-letter queue.
func TestClientErrors(t *testing.T) {
	for _, code := range []string{"ResourceNotFoundException", "AccessDeniedException", "RequestEntityTooLargeException"} {
		t.Run(code, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var timeline lambdatest.Timeline
				var l taker
				dead := newQueue("dead")
				p := subscribed(t, &l, sns.Options{Trace: timeline.Trace}, sns.Attributes{DeadLetterQueue: dead})
				l.setRefusal(always(code))
				publish(t, p, sns.PublishInput{Message: "Hello"})
				require.Len(t, dead.messages(), 1)
				require.Zero(t, p.Pending())
				failed := timeline.Of(trace.PushFailed)
				require.Len(t, failed, 1)
				require.Equal(t, code, failed[0].Code)
				pushed := timeline.Of(trace.Pushed)
				require.Len(t, pushed, 1)
				require.Equal(t, dead.arn, pushed[0].Target)
				require.Equal(t, trace.DeadLetter, pushed[0].Route)
			})
		})
	}
}

// A message within SNS's 256 KB may make an event beyond Lambda's 1 MB, because a control character takes six bytes in
// JSON. That is the client's fault: the function is not invoked, nor tried again, and the message goes to the dead-letter
// queue, whose own limit its body may exceed as well; invariant 21.
func TestEventsThatEscapesMakeTooLarge(t *testing.T) {
	const most = sns.MaxMessage
	for _, c := range []struct {
		name       string
		characters int // in the message, all of them U+0001
		over       int // bytes beyond Lambda's limit
		codes      []string
	}{
		{"just fits", 0, 0, nil},
		{"a byte too long", 0, 1, []string{"RequestEntityTooLargeException"}},
		{"too long for the queue as well", most, 0, []string{"RequestEntityTooLargeException", "InvalidParameterValue"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var timeline lambdatest.Timeline
				svc := lambdatest.NewService(t, invoke.Options{Trace: timeline.Trace})
				var got []string
				lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambda.Handler(func(e events.SNSEvent) error {
					got = append(got, e.Records[0].SNS.Message)
					return nil
				}))
				dead := sqs.NewQueue("dead", sqs.Attributes{})
				p := subscribed(t, svc, sns.Options{Trace: timeline.Trace}, sns.Attributes{DeadLetterQueue: dead})
				message := strings.Repeat("\x01", c.characters)
				if c.characters == 0 {
					message = eventOf(t, lambda.MaxEventPayload+c.over)
				}
				require.LessOrEqual(t, len(message), most)
				publish(t, p, sns.PublishInput{Message: message})
				require.Zero(t, p.Pending(), "nothing is tried again")
				require.NoError(t, svc.Wait(t.Context()))

				var codes []string
				for _, e := range timeline.Of(trace.PushFailed) {
					codes = append(codes, e.Code)
				}
				require.Equal(t, c.codes, codes)
				invoked := len(c.codes) == 0
				require.Equal(t, invoked, len(got) == 1)
				if invoked {
					require.Equal(t, message, got[0])
				}
				require.Equal(t, len(c.codes) == 1, dead.Counts().Visible == 1)
			})
		})
	}
}

// eventOf is a message of control characters, and some others, for which a function's event has that many bytes.
func eventOf(t require.TestingT, size int) string {
	var l taker
	p := subscribed(t, &l, sns.Options{}, sns.Attributes{})
	_, err := p.PublishMessage(context.Background(), sns.PublishInput{Message: "x"})
	require.NoError(t, err)
	left := size - len(l.taken()[0]) + 1
	return strings.Repeat("\x01", left/6) + strings.Repeat("x", left%6)
}

// A throttle that passes costs time, not the message.
func TestThrottlesPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l taker
		dead := newQueue("dead")
		p := subscribed(t, &l, sns.Options{}, sns.Attributes{DeadLetterQueue: dead})
		l.setRefusal(always("TooManyRequestsException"))
		publish(t, p, sns.PublishInput{Message: "Hello"})
		lambdatest.Advance(time.Hour)
		require.Equal(t, 1, p.Pending())
		l.setRefusal(nil)
		lambdatest.Advance(30 * time.Second)
		require.Len(t, l.taken(), 1)
		require.Zero(t, p.Pending())
		require.Empty(t, dead.messages())
	})
}

// Lambda accepts events of a function that is throttled: its retries are Lambda's, not SNS's.
func TestReservedConcurrencyZeroIsAccepted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var timeline lambdatest.Timeline
		svc := lambdatest.NewService(t, invoke.Options{Trace: timeline.Trace})
		lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambda.Handler(func() {}))
		require.NoError(t, svc.PutFunctionConcurrency("f", 0))
		p := subscribed(t, svc, sns.Options{Trace: timeline.Trace}, sns.Attributes{})
		publish(t, p, sns.PublishInput{Message: "m"})
		require.NoError(t, svc.Wait(t.Context()))
		require.Len(t, timeline.Of(trace.Pushed), 1)
		require.Empty(t, timeline.Of(trace.PushFailed))
	})
}

// A real queue that refuses for good, because of characters that it does not take, is not tried for 23 days.
func TestRawMessageThatAQueueRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dead, q := newQueue("dead"), sqs.NewQueue("q", sqs.Attributes{})
		p := sns.NewTopic("t", sns.Options{})
		_, err := p.Subscribe(sns.SubscribeInput{Queue: q, Attributes: sns.Attributes{RawMessageDelivery: true, DeadLetterQueue: dead}})
		require.NoError(t, err)
		publish(t, p, sns.PublishInput{Message: "\x01"})
		require.Zero(t, p.Pending())
		require.Len(t, dead.messages(), 1)
		require.Zero(t, q.Len())
	})
}

// The dead letter of a function is an envelope; with raw delivery, that of a queue is the message.
func TestDeadLetterForms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dead, q := newQueue("dead"), newQueue("q")
		q.err = sns.ErrNotFound // a queue that is gone: the client's fault by its status
		p := sns.NewTopic("t", sns.Options{})
		_, err := p.Subscribe(sns.SubscribeInput{Queue: q, Attributes: sns.Attributes{RawMessageDelivery: true, DeadLetterQueue: dead}})
		require.NoError(t, err)
		publish(t, p, sns.PublishInput{Message: "Hello", MessageAttributes: map[string]sns.MessageAttribute{"a": text("x")}})
		require.Len(t, dead.messages(), 1)
		require.Equal(t, "Hello", dead.messages()[0].Body)
		require.Len(t, dead.messages()[0].MessageAttributes, 1)
	})
}

// A function that publishes where it is subscribed runs 16 times: the topic hands the trace header on.
func TestLoopsAreStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var timeline lambdatest.Timeline
		svc := lambdatest.NewService(t, invoke.Options{Trace: timeline.Trace})
		p := sns.NewTopic("t", sns.Options{Invoker: svc})
		runs := 0
		lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambda.Handler(func(ctx context.Context, _ events.SNSEvent) error {
			runs++
			_, err := p.PublishMessage(ctx, sns.PublishInput{Message: "again"})
			return err
		}))
		_, err := p.Subscribe(sns.SubscribeInput{FunctionARN: functionARN})
		require.NoError(t, err)
		publish(t, p, sns.PublishInput{Message: "m"})
		require.NoError(t, svc.Wait(t.Context()))
		require.Equal(t, 16, runs)
		require.Len(t, timeline.Of(trace.LoopStopped), 1)
	})
}

// Invariant 20: nothing is delivered without a statement that fits the principal, the topic and its account, and nothing
// any more once it is removed. The policies are the Service's own.
func TestInvariant20(t *testing.T) {
	const role = "arn:aws:iam::123456789012:role/r"
	statements := map[string]registry.AddPermissionInput{
		"exact":     {Principal: "sns.amazonaws.com", SourceARN: "arn:aws:sns:us-east-1:123456789012:t"},
		"wild":      {Principal: "sns.amazonaws.com", SourceARN: "arn:aws:sns:us-east-1:123456789012:*", SourceAccount: "123456789012"},
		"principal": {Principal: "s3.amazonaws.com", SourceARN: "arn:aws:sns:us-east-1:123456789012:t"},
		"source":    {Principal: "sns.amazonaws.com", SourceARN: "arn:aws:sns:us-east-1:123456789012:other"},
		"account":   {Principal: "sns.amazonaws.com", SourceAccount: "999999999999"},
	}
	rapid.Check(t, func(t *rapid.T) {
		rapid.SyncTest(t, func(t *rapid.T) {
			roles := iam.NewRoles()
			require.NoError(t, roles.Put(iam.Role{ARN: role}))
			svc := invoke.New(invoke.Options{Roles: roles})
			defer svc.Close()
			runs := 0
			require.NoError(t, svc.Deploy(lambda.Config{Name: "f", Role: role}, lambda.Handler(func() { runs++ })))
			dead := newQueue("dead")
			p := subscribed(t, svc, sns.Options{}, sns.Attributes{DeadLetterQueue: dead})
			granted := map[string]bool{}
			name := rapid.SampledFrom([]string{"exact", "wild", "principal", "source", "account"})
			t.Repeat(map[string]func(*rapid.T){
				"add": func(t *rapid.T) {
					id := name.Draw(t, "statement")
					in := statements[id]
					in.StatementID, in.Action = id, "lambda:InvokeFunction"
					_, err := svc.Registry().AddPermission(time.Now(), "f", "", in)
					require.Equal(t, granted[id], err != nil)
					granted[id] = true
				},
				"remove": func(t *rapid.T) {
					id := name.Draw(t, "statement")
					err := svc.Registry().RemovePermission(time.Now(), "f", "", id, "")
					require.Equal(t, granted[id], err == nil)
					delete(granted, id)
				},
				"publish": func(t *rapid.T) {
					ran, buried := runs, len(dead.messages())
					_, err := p.PublishMessage(t.Context(), sns.PublishInput{Message: "m"})
					require.NoError(t, err)
					require.NoError(t, svc.Wait(t.Context()))
					if granted["exact"] || granted["wild"] {
						ran++
					} else {
						buried++
					}
					require.Equal(t, ran, runs)
					require.Len(t, dead.messages(), buried)
				},
			})
		})
	})
}

// What is published is copied.
func TestInputIsCopied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l taker
		p := subscribed(t, &l, sns.Options{}, sns.Attributes{DeadLetterQueue: newQueue("dead")})
		l.setRefusal(always("ServiceException"))
		value := []byte{1, 2, 3}
		as := map[string]sns.MessageAttribute{"b": {DataType: "Binary", BinaryValue: value}}
		publish(t, p, sns.PublishInput{Message: "m", MessageAttributes: as})
		clear(value)
		clear(as)
		l.setRefusal(nil)
		lambdatest.Advance(time.Minute)
		event, _ := l.only(t)
		require.Contains(t, event, `"Value":"AQID"`)
	})
}
