package invoke_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

type order struct{ ID string }
type receipt struct{ Text, RequestID string }

func TestTypedHandler(t *testing.T) {
	svc := lambdatest.NewService(t, invoke.Options{})
	lambdatest.Deploy(t, svc, lambda.Config{Name: "orders"}, lambda.Handler(func(ctx context.Context, o order) (receipt, error) {
		lc, _ := lambdacontext.FromContext(ctx)
		return receipt{"got " + o.ID, lc.AwsRequestID}, nil
	}))
	got, err := lambdatest.Call[receipt](t.Context(), svc, "orders", order{"7"})
	require.NoError(t, err)
	require.Equal(t, "got 7", got.Text)
	require.Len(t, got.RequestID, 36)
	_, err = lambdatest.Call[receipt](t.Context(), svc, "nobody", order{})
	require.ErrorIs(t, err, lambda.ErrResourceNotFound)
}

func TestSmoke(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tl lambdatest.Timeline
		svc := lambdatest.NewService(t, invoke.Options{Trace: tl.Trace})
		lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambda.Handler(func() error { return errors.New("boom") }))
		start := time.Now()
		_, err := svc.Invoke(t.Context(), invoke.Input{FunctionName: "f", InvocationType: invoke.Event})
		require.NoError(t, err)
		require.NoError(t, svc.Wait(t.Context()))
		require.Equal(t, 3*time.Minute, time.Since(start))
		require.Len(t, tl.Of(trace.Ended), 1)
		t.Log(tl.String())
		lambdatest.Deploy(t, svc, lambda.Config{Name: "slow"}, lambda.Handler(func() { time.Sleep(time.Hour) }))
		start = time.Now()
		out, err := svc.Invoke(t.Context(), invoke.Input{FunctionName: "slow"})
		require.NoError(t, err)
		require.Equal(t, 3*time.Second, time.Since(start))
		require.Contains(t, string(out.Payload), "Task timed out after 3.00 seconds")
	})
}
