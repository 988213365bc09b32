package apigateway_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTrace: the client's trace goes on to the function and back; what it says of loops does not.
func TestTrace(t *testing.T) {
	const sent = "Self=1-a-b;Root=1-5c34e93e-4df8cee7b8c1fc7aa96d71eb;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=16:a87bd80c:15"
	const root = "Root=1-5c34e93e-4df8cee7b8c1fc7aa96d71eb"
	f := &fn{}
	for name, api := range apis(t, f) {
		f.calls = nil
		resp := ask(api, get("/stage/x", "X-Amzn-Trace-Id", sent))
		require.Equal(t, root, f.calls[0].TraceHeader, name)
		var e struct {
			Headers map[string]string `json:"headers"`
		}
		require.NoError(t, json.Unmarshal(f.event(t), &e))
		shown := e.Headers["X-Amzn-Trace-Id"] + e.Headers["x-amzn-trace-id"]
		require.Equal(t, root, shown, name)
		if name == "rest" {
			require.True(t, strings.HasPrefix(resp.Header.Get("X-Amzn-Trace-Id"), root+";Parent="))
		}
	}
}
