package destinations_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
)

func TestLambdaWrapping(t *testing.T) {
	f := &fakeFunction{}
	target := destinations.Lambda(targetFunction, f)
	require.Equal(t, targetFunction, target.ARN())
	require.NoError(t, target.Deliver(t.Context(), destinations.Delivery{Record: record(destinations.Success), TraceHeader: "Root=1"}))
	require.Equal(t, targetFunction, f.got[0].arn)
	require.Equal(t, "Root=1", f.got[0].trace)
	require.True(t, strings.HasPrefix(string(f.got[0].payload), `{"version":"1.0",`))
}
