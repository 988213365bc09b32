package s3_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/iam"
	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/s3"
)

// A write reaches a function of a Service, which has accepted the event when the write returns.
func TestPutRunsTheFunction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var timeline lambdatest.Timeline
		svc := lambdatest.NewService(t, invoke.Options{Trace: timeline.Trace})
		var keys []string
		lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambda.Handler(func(e events.S3Event) error {
			keys = append(keys, e.Records[0].S3.Object.URLDecodedKey)
			return nil
		}))
		b := watched(t, svc, s3.Options{Trace: timeline.Trace})
		put(t, b, "red kite.png", "x")
		require.NoError(t, svc.Wait(t.Context()))
		require.Equal(t, []string{"red kite.png"}, keys)
		require.Len(t, timeline.Of(trace.Accepted), 1)
		pushed := timeline.Of(trace.Pushed)
		require.Len(t, pushed, 1)
		require.Equal(t, trace.Event{Kind: trace.Pushed, Time: time.Now(), Attempt: 1, Target: functionARN, Source: b.ARN()}, pushed[0])
		require.NoError(t, timeline.Check(lambdatest.Settings{}))
	})
}

// While Lambda refuses, S3 goes on trying, less and less often, for a day.
func TestRedelivery(t *testing.T) {
	for _, code := range []string{"TooManyRequestsException", "ServiceException"} {
		t.Run(code, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var l taker
				b := watched(t, &l, s3.Options{})
				tries := 0
				start := time.Now()
				l.setRefusal(func(invoke.Input) error {
					tries++
					if time.Since(start) < time.Hour {
						return lambda.NewError(code, "later")
					}
					return nil
				})
				put(t, b, "k", "x")
				require.Equal(t, 1, tries)
				require.Equal(t, 1, b.Pending())
				require.NoError(t, b.Wait(t.Context()))
				require.Len(t, l.taken(), 1, "once Lambda takes it, it is Lambda's")
				require.Less(t, time.Since(start), time.Hour+6*time.Minute)
				require.InDelta(t, 20, tries, 5)

				l.setRefusal(always(code))
				start = time.Now()
				put(t, b, "k", "x")
				require.NoError(t, b.Wait(t.Context()))
				require.Len(t, l.taken(), 1)
				require.LessOrEqual(t, time.Since(start), 24*time.Hour)
				require.Greater(t, time.Since(start), 24*time.Hour-6*time.Minute)
			})
		})
	}
}

// A function that is not ready yet gets its event when it is.
func TestPendingFunction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := lambdatest.NewService(t, invoke.Options{CreateDelay: 10 * time.Second})
		var ran []time.Time
		lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambda.Handler(func() { ran = append(ran, time.Now()) }))
		start := time.Now()
		b := s3.NewBucket("pictures", s3.Options{Invoker: svc})
		unasked := toFunction("", all)
		unasked.SkipDestinationValidation = true
		require.NoError(t, b.PutBucketNotificationConfiguration(t.Context(), unasked))
		put(t, b, "k", "")
		require.Equal(t, 1, b.Pending())
		require.NoError(t, b.Wait(t.Context()))
		require.NoError(t, svc.Wait(t.Context()))
		require.Len(t, ran, 1)
		require.GreaterOrEqual(t, ran[0].Sub(start), 10*time.Second)
		require.Less(t, ran[0].Sub(start), 17*time.Second, "1, 2, 4 and 8 seconds and a tenth")
	})
}

// A function that is gone, or may not be called any more, is asked once.
func TestClientErrorsEndIt(t *testing.T) {
	for _, code := range []string{"ResourceNotFoundException", "AccessDeniedException"} {
		t.Run(code, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var timeline lambdatest.Timeline
				var l taker
				b := watched(t, &l, s3.Options{Trace: timeline.Trace})
				l.setRefusal(always(code))
				put(t, b, "k", "x")
				lambdatest.Advance(48 * time.Hour)
				require.Zero(t, b.Pending())
				failed := timeline.Of(trace.PushFailed)
				require.Len(t, failed, 1)
				require.Equal(t, code, failed[0].Code)
				require.Zero(t, failed[0].Due)
			})
		})
	}
}

// A function that writes where it is told of writes runs 16 times: the bucket hands the trace header on.
func TestLoopsAreStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var timeline lambdatest.Timeline
		svc := lambdatest.NewService(t, invoke.Options{Trace: timeline.Trace})
		b := s3.NewBucket("pictures", s3.Options{Invoker: svc})
		runs := 0
		lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambda.Handler(func(ctx context.Context, _ events.S3Event) error {
			runs++
			return b.PutObject(ctx, "again", "", nil)
		}))
		require.NoError(t, b.PutBucketNotificationConfiguration(t.Context(), toFunction("", all)))
		put(t, b, "k", "")
		require.NoError(t, svc.Wait(t.Context()))
		require.Equal(t, 16, runs)
		require.Len(t, timeline.Of(trace.LoopStopped), 1)
	})
}

// Invariant 20: nothing is delivered without a statement that fits the principal, the bucket and its account, and nothing
// any more once it is removed. The policies are the Service's own.
func TestInvariant20(t *testing.T) {
	const role = "arn:aws:iam::123456789012:role/r"
	statements := map[string]registry.AddPermissionInput{
		"exact":     {Principal: "s3.amazonaws.com", SourceARN: "arn:aws:s3:::pictures", SourceAccount: "123456789012"},
		"wild":      {Principal: "s3.amazonaws.com", SourceARN: "arn:aws:s3:::pic*"},
		"principal": {Principal: "sns.amazonaws.com", SourceARN: "arn:aws:s3:::pictures"},
		"source":    {Principal: "s3.amazonaws.com", SourceARN: "arn:aws:s3:::pictures2"},
		"account":   {Principal: "s3.amazonaws.com", SourceARN: "arn:aws:s3:::pictures", SourceAccount: "999999999999"},
	}
	rapid.Check(t, func(t *rapid.T) {
		rapid.SyncTest(t, func(t *rapid.T) {
			roles := iam.NewRoles()
			require.NoError(t, roles.Put(iam.Role{ARN: role}))
			svc := invoke.New(invoke.Options{Roles: roles})
			defer svc.Close()
			runs := 0
			require.NoError(t, svc.Deploy(lambda.Config{Name: "f", Role: role}, lambda.Handler(func() { runs++ })))
			b := s3.NewBucket("pictures", s3.Options{Invoker: svc})
			unasked := toFunction("", all)
			unasked.SkipDestinationValidation = true
			require.NoError(t, b.PutBucketNotificationConfiguration(t.Context(), unasked))
			granted := map[string]bool{}
			allowed := func() bool { return granted["exact"] || granted["wild"] }
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
				"put": func(t *rapid.T) {
					ran := runs
					require.NoError(t, b.PutObject(t.Context(), "k", "", nil))
					require.NoError(t, svc.Wait(t.Context()))
					require.Equal(t, allowed(), runs == ran+1)
					require.Zero(t, b.Pending(), "S3 does not try again what is not allowed")
				},
				"configure": func(t *rapid.T) {
					err := b.PutBucketNotificationConfiguration(t.Context(), toFunction("", all))
					require.Equal(t, allowed(), err == nil)
					if err != nil {
						require.ErrorContains(t, err, "Not authorized to invoke function ["+functionARN+"]")
					}
				},
			})
		})
	})
}

// Invariant 21: no event is larger than an asynchronous invocation may be.
func TestInvariant21(t *testing.T) {
	for _, key := range []string{strings.Repeat("\x00", 1024), strings.Repeat("é", 512)} {
		var l taker
		b := watched(t, &l, s3.Options{})
		put(t, b, key, strings.Repeat("x", 1<<20))
		require.Less(t, len(l.last()), 5000)
	}
}

// A bucket's target that panics, or fails as no service does, costs no event.
func TestQueueThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{arn: queueARN}
		b := s3.NewBucket("pictures", s3.Options{})
		require.NoError(t, b.PutBucketNotificationConfiguration(t.Context(), s3.NotificationConfiguration{Queues: []s3.QueueConfiguration{{Queue: q, Events: all}}}))
		q.mu.Lock()
		q.err = errors.New("connection reset")
		q.mu.Unlock()
		put(t, b, "k", "")
		lambdatest.Advance(time.Minute)
		q.mu.Lock()
		q.err = nil
		q.mu.Unlock()
		require.NoError(t, b.Wait(t.Context()))
		require.Len(t, q.got, 2)
	})
}

var _ destinations.Bucket = (*s3.Bucket)(nil)
