package s3_test

import (
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/trigger/s3"
)

// A missing permission is found at configuration, in S3's words.
func TestPermissionIsAskedFor(t *testing.T) {
	var asked []invoke.Input
	var l taker
	l.refuse = func(in invoke.Input) error {
		asked = append(asked, in)
		return lambda.NewError("AccessDeniedException", "no")
	}
	b := s3.NewBucket("pictures", s3.Options{Invoker: &l})
	err := b.PutBucketNotificationConfiguration(t.Context(), toFunction("", all))
	var refusal *s3.Error
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, &s3.Error{
		Code: "InvalidArgument", Status: 400, Message: "Unable to validate the following destination configurations",
		Arguments: []s3.Argument{{Name: functionARN + ", null", Value: "Not authorized to invoke function [" + functionARN + "]"}},
	}, refusal)
	require.Equal(t, 400, refusal.HTTPStatus())
	require.Len(t, asked, 1)
	require.Equal(t, invoke.DryRun, asked[0].InvocationType)
	require.Equal(t, "s3.amazonaws.com", asked[0].Caller.Principal)
	require.Equal(t, "arn:aws:s3:::pictures", asked[0].Caller.SourceARN)
	require.Equal(t, "123456789012", asked[0].Caller.SourceAccount)

	skipped := toFunction("", all)
	skipped.SkipDestinationValidation = true
	require.NoError(t, b.PutBucketNotificationConfiguration(t.Context(), skipped))
	require.Len(t, asked, 1)
	require.False(t, b.GetBucketNotificationConfiguration().SkipDestinationValidation)
}

func TestDestinationsThatRefuse(t *testing.T) {
	refused := errors.New("no")
	var l taker
	l.refuse = always("ResourceNotFoundException")
	b := s3.NewBucket("pictures", s3.Options{Invoker: &l})
	cfg := toFunction("", []string{"s3:ObjectRemoved:*"})
	cfg.Queues = []s3.QueueConfiguration{{Queue: &queue{arn: queueARN, err: refused}, Events: []string{"s3:ObjectCreated:Put"}}}
	cfg.Topics = []s3.TopicConfiguration{{Topic: &topic{arn: topicARN, err: refused}, Events: []string{"s3:ObjectCreated:Copy"}}}
	var refusal *s3.Error
	require.ErrorAs(t, b.PutBucketNotificationConfiguration(t.Context(), cfg), &refusal)
	require.Equal(t, []s3.Argument{
		{Name: functionARN, Value: "The destination Lambda does not exist"},
		{Name: queueARN, Value: "Permissions on the destination queue do not allow S3 to publish notifications from this bucket"},
		{Name: topicARN, Value: "Permissions on the destination topic do not allow S3 to publish notifications from this bucket"},
	}, refusal.Arguments)

	l.setRefusal(always("TooManyRequestsException"))
	require.ErrorContains(t, b.PutBucketNotificationConfiguration(t.Context(), toFunction("", all)), "TooManyRequestsException")
	require.ErrorContains(t, s3.NewBucket("other", s3.Options{}).PutBucketNotificationConfiguration(t.Context(), toFunction("", all)), "Options.Invoker")
}

func TestTestEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, p := &queue{arn: queueARN}, &topic{arn: topicARN}
		b := s3.NewBucket("pictures", s3.Options{})
		require.NoError(t, b.PutBucketNotificationConfiguration(t.Context(), s3.NotificationConfiguration{
			Queues: []s3.QueueConfiguration{{Queue: q, Events: []string{"s3:ObjectCreated:*"}}},
			Topics: []s3.TopicConfiguration{{Topic: p, Events: []string{"s3:ObjectRemoved:*"}}},
		}))
		require.Len(t, q.got, 1)
		require.Len(t, p.got, 1)
		require.Equal(t, "Amazon S3 Notification", p.got[0].Subject)
		require.Regexp(t, `^\{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2000-01-01T00:00:00\.000Z","Bucket":"pictures","RequestId":"[0-9A-F]{16}","HostId":"[A-Za-z0-9+/]{76}"\}$`, q.got[0].Body)
		var e events.S3TestEvent
		require.NoError(t, json.Unmarshal([]byte(p.got[0].Message), &e))
		require.Equal(t, "pictures", e.Bucket)
	})
}
