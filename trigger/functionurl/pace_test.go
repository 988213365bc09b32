package functionurl_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/trigger/functionurl"
)

// clocked is a client that notes when which byte came.
type clocked struct {
	header http.Header
	bytes  int
	start  time.Time
	sixth  time.Duration // when 6 MB were there
	tenth  time.Duration
}

func (c *clocked) Header() http.Header { return c.header }
func (c *clocked) WriteHeader(int)     {}
func (c *clocked) Flush()              {}

func (c *clocked) Write(p []byte) (int, error) {
	before := c.bytes
	c.bytes += len(p)
	for _, mark := range []struct {
		bytes int
		at    *time.Duration
	}{{6 << 20, &c.sixth}, {10 << 20, &c.tenth}} {
		if before < mark.bytes && mark.bytes <= c.bytes {
			*mark.at = time.Since(c.start)
		}
	}
	return len(p), nil
}

// A stream's first 6 MB come as fast as they are written, the rest at 2 MB a second, all the way to the client.
func TestStreamPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, registry.FunctionURLInput{InvokeMode: registry.ResponseStream}, functionurl.Options{})
		l.stream = func(context.Context) (io.Reader, error) { return io.LimitReader(zeros{}, 10<<20), nil }
		c := &clocked{header: http.Header{}, start: time.Now()}
		r := request("GET", "/", "")
		r.Host = l.host
		l.ServeHTTP(c, r)
		require.Equal(t, 10<<20, c.bytes)
		require.Less(t, c.sixth, 50*time.Millisecond, "a piece may straddle the mark")
		require.InDelta(t, 2*time.Second, c.tenth, float64(50*time.Millisecond))
	})
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
