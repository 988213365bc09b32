package apigateway

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestDecodePath: a path that was encoded twice comes back whole; one that was encoded once comes back up to its first
// question mark, and is a bad one if what is left has a percent sign that begins no escape.
func TestDecodePath(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		path := "/" + rapid.StringMatching(`[a-z ?#%é+/0-9]{0,8}`).Draw(t, "path")
		got, ok := decodePath(url.PathEscape(url.PathEscape(path)))
		require.True(t, ok)
		require.Equal(t, path, got)

		once, _, _ := strings.Cut(path, "?")
		want, err := url.PathUnescape(once)
		got, ok = decodePath(url.PathEscape(path))
		require.Equal(t, err == nil, ok)
		if ok {
			require.Equal(t, want, got)
		}
	})
	_, ok := decodePath("/%zz")
	require.False(t, ok)
}
