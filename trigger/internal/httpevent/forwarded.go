package httpevent

import (
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/lambdakit/lambdakit/internal/uuid"
	"github.com/lambdakit/lambdakit/lambda"
)

// PeerIP is the address that a request came from, without the port.
func PeerIP(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return host
	}
	return r.RemoteAddr
}

// ForwardedFor is X-Forwarded-For as a door passes it on: the peer's address after those that the request had.
func ForwardedFor(h http.Header, peer string) string {
	had := strings.Join(h["X-Forwarded-For"], ", ")
	switch {
	case had == "":
		return peer
	case peer == "":
		return had
	}
	return had + ", " + peer
}

// ForwardedCount is how many addresses a request's X-Forwarded-For has.
func ForwardedCount(h http.Header) int {
	n := 0
	for _, line := range h["X-Forwarded-For"] {
		n += strings.Count(line, ",") + 1
	}
	return n
}

// TraceRoot is the root of the trace that a door begins with its request of that number: 1-<8 hex>-<24 hex>.
func TraceRoot(now time.Time, seed, number uint64) string {
	hi, lo := uuid.Bits(seed, number, "trace")
	return lambda.NewTraceHeader(now, hi, lo, 0).Root
}

// TraceHeader is X-Amzn-Trace-Id as a door passes it on: what the request had if that names a root, else with a root.
func TraceHeader(had, root string) string {
	switch {
	case strings.Contains(had, "Root="):
		return had
	case had == "":
		return "Root=" + root
	}
	return "Root=" + root + ";" + had
}
