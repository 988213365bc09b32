package destinations_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
)

func TestTraceHeader(t *testing.T) {
	require.Empty(t, destinations.TraceHeader(t.Context()))
	topic := &fakeTopic{}
	require.NoError(t, destinations.SNS(topic).Deliver(t.Context(), destinations.Delivery{Record: record(destinations.Success)}))
	require.Empty(t, topic.got[0].trace)

	// A delivery without a header of its own leaves the context's alone; one with a header replaces it.
	require.NoError(t, topicWith(t, topic, "Root=outer", ""))
	require.NoError(t, topicWith(t, topic, "Root=outer", "Root=own"))
	require.Equal(t, "Root=outer", topic.got[1].trace)
	require.Equal(t, "Root=own", topic.got[2].trace)
}

// What is put into a context is found in it; nothing leaves it alone.
func TestWithTraceHeader(t *testing.T) {
	ctx := destinations.WithTraceHeader(t.Context(), "Root=1-2-3")
	require.Equal(t, "Root=1-2-3", destinations.TraceHeader(ctx))
	require.Equal(t, "Root=1-2-3", ctx.Value("x-amzn-trace-id"))
	require.Equal(t, ctx, destinations.WithTraceHeader(ctx, ""))
}

// topicWith delivers with one trace header in the context and one in the delivery.
func topicWith(t *testing.T, topic *fakeTopic, outer, own string) error {
	ctx := destinations.WithTraceHeader(t.Context(), outer)
	return destinations.SNS(topic).Deliver(ctx, destinations.Delivery{Record: record(destinations.Success), TraceHeader: own})
}
