package s3_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
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

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var timeline lambdatest.Timeline
		var l taker
		b := watched(t, &l, s3.Options{Trace: timeline.Trace})
		_, err := b.Put(t.Context(), s3.PutObjectInput{Key: "cold", Metadata: s3.Metadata{StorageClass: s3.Glacier}})
		require.NoError(t, err)
		require.NoError(t, b.RestoreObject(t.Context(), "cold", "", 1, ""))
		l.setRefusal(always("ServiceException"))
		put(t, b, "k", "x")
		b.Close()
		require.Len(t, timeline.Of(trace.Lost), 1)
		taken := len(l.taken())
		lambdatest.Advance(48 * time.Hour)
		require.Len(t, l.taken(), taken)
		put(t, b, "k", "y")
		require.Len(t, timeline.Of(trace.Lost), 2)
		o, err := b.GetObject(t.Context(), "k", "")
		require.NoError(t, err)
		require.Equal(t, "y", string(o.Body))
	})
}

func TestQueueTopicAndBus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const header = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"
		q, p, u := &queue{arn: queueARN}, &topic{arn: topicARN}, &bus{}
		b := s3.NewBucket("pictures", s3.Options{})
		require.NoError(t, b.PutBucketNotificationConfiguration(t.Context(), s3.NotificationConfiguration{
			Queues:      []s3.QueueConfiguration{{Queue: q, Events: []string{"s3:ObjectCreated:*"}}},
			Topics:      []s3.TopicConfiguration{{Topic: p, Events: []string{"s3:ObjectRemoved:*"}}},
			EventBridge: u,
		}))
		ctx := context.WithValue(t.Context(), "x-amzn-trace-id", header) //lint:ignore SA1029 the key is aws-lambda-go's
		require.NoError(t, b.PutObject(ctx, "a b", "", []byte("hello")))
		_, err := b.DeleteObject(ctx, "a b", "")
		require.NoError(t, err)

		require.Len(t, q.got, 2) // the first is the test event
		require.Equal(t, map[string]string{"AWSTraceHeader": header}, q.got[1].Attributes)
		var e events.S3Event
		require.NoError(t, json.Unmarshal([]byte(q.got[1].Body), &e))
		require.Equal(t, "a b", e.Records[0].S3.Object.URLDecodedKey)
		require.Len(t, p.got, 2)
		require.Equal(t, "Amazon S3 Notification", p.got[1].Subject)
		require.Contains(t, p.got[1].Message, `"eventName":"ObjectRemoved:Delete"`)
		require.Equal(t, header, p.headers[1])

		require.Len(t, u.got, 2)
		require.Equal(t, []string{header, header}, u.headers)
		require.Equal(t, "aws.s3", u.got[0].Source)
		require.Equal(t, "Object Created", u.got[0].DetailType)
		require.Equal(t, []string{"arn:aws:s3:::pictures"}, u.got[0].Resources)
		require.Regexp(t, `^\{"version":"0","bucket":\{"name":"pictures"\},"object":\{"key":"a b","size":5,"etag":"5d41402abc4b2a76b9719d911017c592","sequencer":"[0-9A-F]{18}"\},"request-id":"[0-9A-F]{16}","requester":"123456789012","source-ip-address":"127.0.0.1","reason":"PutObject"\}$`, string(u.got[0].Detail))
		require.Equal(t, "Object Deleted", u.got[1].DetailType)
		require.Regexp(t, `"object":\{"key":"a b","sequencer":"[0-9A-F]{18}"\},.*,"reason":"DeleteObject","deletion-type":"Permanently Deleted"\}$`, string(u.got[1].Detail))
	})
}

// Every event has its name on the bus, and valid JSON.
func TestBusEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		u := &bus{}
		b := s3.NewBucket("pictures", s3.Options{})
		require.NoError(t, b.PutBucketNotificationConfiguration(ctx, s3.NotificationConfiguration{EventBridge: u}))
		_, err := b.Put(ctx, s3.PutObjectInput{Key: "k", Metadata: s3.Metadata{StorageClass: s3.Glacier}})
		require.NoError(t, err)
		require.NoError(t, b.RestoreObject(ctx, "k", "", 1, s3.Expedited))
		lambdatest.Advance(5 * time.Minute)
		require.NoError(t, b.PutObjectTagging(ctx, "k", "", nil))
		require.NoError(t, b.DeleteObjectTagging(ctx, "k", ""))
		require.NoError(t, b.PutObjectACL(ctx, "k", "", "public-read"))
		_, err = b.PostObject(ctx, s3.PutObjectInput{Key: "k"})
		require.NoError(t, err)
		_, err = b.CopyObject(ctx, s3.CopyObjectInput{SourceKey: "k", Key: "l"})
		require.NoError(t, err)
		id, err := b.CreateMultipartUpload(ctx, s3.PutObjectInput{Key: "m"})
		require.NoError(t, err)
		part, err := b.UploadPart(ctx, id, 1, []byte("x"))
		require.NoError(t, err)
		_, err = b.CompleteMultipartUpload(ctx, id, []s3.CompletedPart{{PartNumber: 1, ETag: part}})
		require.NoError(t, err)
		require.NoError(t, b.PutBucketVersioning(ctx, s3.Enabled))
		_, err = b.DeleteObject(ctx, "k", "")
		require.NoError(t, err)
		var got []string
		for _, e := range u.got {
			var d struct {
				Reason, RestoreExpiryTime, SourceStorageClass string
				DeletionType                                  string `json:"deletion-type"`
			}
			require.NoError(t, json.Unmarshal(e.Detail, &d))
			got = append(got, strings.TrimRight(e.DetailType+"|"+d.Reason+"|"+d.DeletionType, "|"))
		}
		require.Equal(t, []string{
			"Object Created|PutObject", "Object Restore Initiated", "Object Restore Completed", "Object Tags Added",
			"Object Tags Deleted", "Object ACL Updated", "Object Created|POST Object", "Object Created|CopyObject",
			"Object Created|CompleteMultipartUpload", "Object Deleted|DeleteObject|Delete Marker Created",
		}, got)
	})
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

// Writers at once, readers, a changing configuration: every write is told of once.
func TestConcurrentUse(t *testing.T) {
	const writers, each = 8, 50
	var l taker
	b := watched(t, &l, s3.Options{})
	require.NoError(t, b.PutBucketVersioning(t.Context(), s3.Enabled))
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for range each {
				key := string(rune('a' + w%3))
				if err := b.PutObject(t.Context(), key, "", []byte(key)); err != nil {
					t.Error(err)
				}
				if o, err := b.GetObject(t.Context(), key, ""); err != nil || string(o.Body) != key {
					t.Error(o, err)
				}
				_, _ = b.ListObjects(t.Context(), "")
				_ = b.GetBucketNotificationConfiguration()
			}
		})
	}
	wg.Go(func() {
		for range each {
			if err := b.PutBucketNotificationConfiguration(t.Context(), toFunction("cfg", all)); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
	seen := map[string]bool{}
	for _, event := range l.taken() {
		var e events.S3Event
		require.NoError(t, json.Unmarshal([]byte(event), &e))
		seen[e.Records[0].S3.Object.Sequencer] = true
	}
	require.Len(t, seen, writers*each)
}

func TestDoneContext(t *testing.T) {
	var l taker
	b := watched(t, &l, s3.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, b.PutObject(ctx, "k", "", nil), context.Canceled)
	_, err := b.GetObject(ctx, "k", "")
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, b.PutBucketNotificationConfiguration(ctx, s3.NotificationConfiguration{}), context.Canceled)
	require.Empty(t, l.taken())
}

var _ destinations.Bucket = (*s3.Bucket)(nil)
