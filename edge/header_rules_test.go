package edge

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHeaderRules(t *testing.T) {
	every := []EventType{ViewerRequest, OriginRequest, OriginResponse, ViewerResponse}
	for _, event := range every {
		for _, name := range []string{"connection", "x-amz-cf-anything", "x-edge-anything", "x-cache", "x-real-ip", "x-amzn-requestid", "client-cert"} {
			returned := http.Header{http.CanonicalHeaderKey(name): {"1"}}
			f := checkHeaders(event, nil, returned)
			require.NotNil(t, f, "%s at %s", name, event)
			require.Equal(t, textBlacklisted, f.text)
		}
		for _, name := range []string{"X-Amzn-Trace-Id", "X-Amz-Meta-A", "X-Custom"} {
			require.Nil(t, checkHeaders(event, nil, http.Header{name: {"1"}}))
		}
		for _, name := range readOnlyNames[event] {
			was := http.Header{name: {"1", "2"}}
			require.Nil(t, checkHeaders(event, was, http.Header{name: {"1", "2"}}))
			for what, returned := range map[string]http.Header{"added": {name: {"1", "2", "3"}}, "changed": {name: {"2", "1"}}, "deleted": {}} {
				f := checkHeaders(event, was, returned)
				require.NotNil(t, f, "%s %s at %s", name, what, event)
				require.Equal(t, textReadOnly, f.text)
			}
		}
	}
	require.Equal(t, "Validation error: Lambda function result failed validation, the function tried to add a blacklisted header in headers, headerName : connection.",
		checkHeaders(ViewerRequest, nil, http.Header{"Connection": {"1"}}).log)
	require.Equal(t, "Validation error: Lambda function result failed validation, the function tried to delete read-only header, headerName : Transfer-Encoding.",
		checkHeaders(OriginResponse, http.Header{"Transfer-Encoding": {"chunked"}}, nil).log)
}
