package invoke_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// A caller who vouches for the event is believed, and everything but the reading through is done all the same.
func TestWellFormed(t *testing.T) {
	svc := lambdatest.NewService(t, invoke.Options{})
	lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, raw)
	broken := []byte(`{"a":`)
	for _, kind := range []invoke.InvocationType{invoke.RequestResponse, invoke.Event, invoke.DryRun} {
		_, err := svc.Invoke(t.Context(), invoke.Input{FunctionName: "f", InvocationType: kind, Payload: broken})
		require.ErrorIs(t, err, lambda.ErrInvalidRequestContent)
		_, err = svc.Invoke(t.Context(), invoke.Input{FunctionName: "f", InvocationType: kind, Payload: broken, WellFormed: true})
		require.NoError(t, err)
	}
	out, err := svc.Invoke(t.Context(), invoke.Input{FunctionName: "f", Payload: broken, WellFormed: true})
	require.NoError(t, err)
	require.Equal(t, string(broken), string(out.Payload), "raw gives back what it got")
	out.Payload[0] = 'x'
	require.Equal(t, `{"a":`, string(broken), "the event was copied")

	out, err = svc.Invoke(t.Context(), invoke.Input{FunctionName: "f", WellFormed: true})
	require.NoError(t, err)
	require.Equal(t, "{}", string(out.Payload), "no event is {} still")

	large := bytes.Repeat([]byte(" "), lambda.MaxRequestPayload+1)
	_, err = svc.Invoke(t.Context(), invoke.Input{FunctionName: "f", Payload: large, WellFormed: true})
	require.ErrorContains(t, err, "TooLarge")
	_, err = svc.Invoke(t.Context(), invoke.Input{FunctionName: "f", InvocationType: invoke.Event, Payload: large[:lambda.MaxEventPayload+1], WellFormed: true})
	require.ErrorContains(t, err, "TooLarge")
}
