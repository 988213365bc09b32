package edge_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/edge"
)

// nullWriter is a ResponseWriter that costs next to nothing.
type nullWriter struct{ h http.Header }

func (w *nullWriter) Header() http.Header         { return w.h }
func (w *nullWriter) WriteHeader(int)             {}
func (w *nullWriter) Write(p []byte) (int, error) { return len(p), nil }

func pageHandler(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	io.WriteString(w, "page")
}

func warm(t testing.TB) (*edge.Distribution, *http.Request) {
	d, err := edge.NewDistribution(edge.Config{Origin: edge.HandlerOrigin(http.HandlerFunc(pageHandler))})
	require.NoError(t, err)
	r := httptest.NewRequest("GET", "/index.html", nil)
	r.Header.Set("User-Agent", "benchmark")
	r.Header.Set("Accept", "*/*")
	d.ServeHTTP(httptest.NewRecorder(), r)
	return d, r
}

// BenchmarkHit is a cached answer without functions, beside the bare handler.
func BenchmarkHit(b *testing.B) {
	d, r := warm(b)
	for name, h := range map[string]http.Handler{"bare handler": http.HandlerFunc(pageHandler), "cache hit": d} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				h.ServeHTTP(&nullWriter{make(http.Header, 8)}, r) // as net/http does: a new header each time
			}
		})
	}
}

func TestHitAllocatesLittle(t *testing.T) {
	d, r := warm(t)
	w := &nullWriter{http.Header{}}
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() {
		clear(w.h)
		d.ServeHTTP(w, r)
	}), 2.0, "the request's id, and the header lines")
}

// BenchmarkHooks is a hit with the identity on the viewers' side.
func BenchmarkHooks(b *testing.B) {
	s := newSite(nil)
	s.config.CacheBehaviors[0].Hooks.OriginRequest, s.config.CacheBehaviors[0].Hooks.OriginResponse = nil, nil
	d, err := edge.NewDistribution(s.config)
	require.NoError(b, err)
	r := httptest.NewRequest("GET", "/a", nil)
	b.ReportAllocs()
	for b.Loop() {
		d.ServeHTTP(&nullWriter{http.Header{}}, r)
		s.runs = s.runs[:0]
	}
}

// BenchmarkMissDistinct fills a small cache with ever new keys.
func BenchmarkMissDistinct(b *testing.B) {
	d, err := edge.NewDistribution(edge.Config{CacheSize: 1 << 20, Origin: edge.HandlerOrigin(http.HandlerFunc(pageHandler))})
	require.NoError(b, err)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		d.ServeHTTP(&nullWriter{http.Header{}}, httptest.NewRequest("GET", "/"+strconv.Itoa(n), nil))
	}
}
