package s3_test

import (
	"bytes"
	"context"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/destinations/destinationstest"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/s3"
)

// headers remembers the trace headers of a bucket's writes, which the bucket hands on and does not keep.
type headers struct {
	*s3.Bucket
	mu   sync.Mutex
	byID map[string]string
}

func (h *headers) PutObject(ctx context.Context, key, contentType string, body []byte) error {
	h.mu.Lock()
	h.byID[key] = destinations.TraceHeader(ctx)
	h.mu.Unlock()
	return h.Bucket.PutObject(ctx, key, contentType, body)
}

// A bucket is a destination that keeps the contract of one.
func TestDestination(t *testing.T) {
	destinationstest.Run(t, destinationstest.Harness{
		Refuses: []destinationstest.Kind{destinationstest.SuccessRecord, destinationstest.DeadLetter},
		New: func(t *testing.T) (destinations.Target, func() []destinationstest.Arrival) {
			b := &headers{Bucket: s3.NewBucket("failures", s3.Options{}), byID: map[string]string{}}
			return destinations.S3(b), func() (list []destinationstest.Arrival) {
				objects, err := b.ListObjects(context.Background(), "")
				require.NoError(t, err)
				for _, o := range objects {
					got, err := b.GetObject(context.Background(), o.Key, "")
					require.NoError(t, err)
					list = append(list, destinationstest.Arrival{Document: bytes.Clone(got.Body), TraceHeader: b.byID[o.Key]})
				}
				return list
			}
		},
	})
}

// A failed event is an object in the bucket, whose writing may push in its turn.
func TestOnFailureDestination(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		svc := lambdatest.NewService(t, invoke.Options{})
		failures := s3.NewBucket("failures", s3.Options{})
		u := &bus{}
		require.NoError(t, failures.PutBucketNotificationConfiguration(t.Context(), s3.NotificationConfiguration{EventBridge: u}))
		lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambda.Handler(func() error { return context.Canceled }))
		require.NoError(t, svc.PutEventInvokeConfig("f", invoke.EventInvokeConfig{OnFailure: destinations.S3(failures)}))
		_, err := svc.Invoke(t.Context(), invoke.Input{FunctionName: "f", InvocationType: invoke.Event})
		require.NoError(t, err)
		require.NoError(t, svc.Wait(t.Context()))
		objects, err := failures.ListObjects(t.Context(), "aws/lambda/async/f/2000/01/01/")
		require.NoError(t, err)
		require.Len(t, objects, 1)
		require.Equal(t, "application/octet-stream", objects[0].ContentType)
		require.Len(t, u.got, 1)
	})
}
