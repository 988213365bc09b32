package destinations_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
)

func TestEventBridgeWrapping(t *testing.T) {
	b := &fakeBus{}
	target := destinations.EventBridge(b)
	require.NoError(t, target.Deliver(t.Context(), destinations.Delivery{Record: record(destinations.Success)}))
	require.NoError(t, target.Deliver(t.Context(), destinations.Delivery{Record: record(destinations.EventAgeExceeded)}))
	e := b.got[0].event
	require.Equal(t, "lambda", e.Source)
	require.Equal(t, "Lambda Function Invocation Result - Success", e.DetailType)
	require.Equal(t, "Lambda Function Invocation Result - Failure", b.got[1].event.DetailType)
	require.Equal(t, []string{busARN, latest}, e.Resources)
	require.Equal(t, created.Truncate(time.Second), e.Time)
	require.True(t, strings.HasPrefix(string(e.Detail), `{"version":"1.0","timestamp":"2026-10-01T12:03:42.085Z"`))
}
