package loopback_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/examples/internal/loopback"
)

func TestServe(t *testing.T) {
	base, stop, err := loopback.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.URL.Path) }))
	require.NoError(t, err)
	require.Regexp(t, `^http://127\.0\.0\.1:\d+$`, base)
	res, err := http.Get(base + "/a")
	require.NoError(t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, "/a", string(body))
	stop()
	_, err = http.Get(base + "/a")
	require.Error(t, err)
}
