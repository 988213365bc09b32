package apigateway

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The quick look never takes a name for canonical that net/http would spell otherwise, and knows the usual ones.
func TestIsPlainlyCanonical(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[A-Ca-c0-1-]{0,6}|[A-Z][a-z]+(-[A-Z][a-z0-9]*){0,3}|.{0,4}`).Draw(t, "name")
		if isPlainlyCanonical(name) {
			require.Equal(t, http.CanonicalHeaderKey(name), name)
		}
	})
	for name, want := range map[string]bool{
		"Accept": true, "X-Amzn-Trace-Id": true, "Sec-Ch-Ua": true, "X-1a": true, "accept": false, "X-amzn": false, "ETag": false, "Ä": false, "A_b": false,
	} {
		require.Equal(t, want, isPlainlyCanonical(name), name)
	}
}
