package httpevent

import (
	"encoding/binary"
	"encoding/hex"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/lambdakit/lambdakit/internal/uuid"
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

// TraceRoot is the root of the trace that a door begins with its request of that number: 1-<8 hex>-<24 hex>.
func TraceRoot(now time.Time, seed, number uint64) string {
	hi, lo := uuid.Bits(seed, number, "trace")
	var raw [4 + 12]byte
	binary.BigEndian.PutUint32(raw[:], uint32(now.Unix()))
	binary.BigEndian.PutUint32(raw[4:], uint32(hi))
	binary.BigEndian.PutUint64(raw[8:], lo)
	text := [2 + 8 + 1 + 24]byte{'1', '-'}
	hex.Encode(text[2:], raw[:4])
	text[10] = '-'
	hex.Encode(text[11:], raw[4:])
	return string(text[:]) // what lambda.NewTraceHeader makes of the same bits, and faster
}

// HasRoot says whether a trace header names the root of its trace.
func HasRoot(header string) bool {
	for field := range strings.SplitSeq(header, ";") {
		if strings.HasPrefix(strings.TrimSpace(field), "Root=") {
			return true
		}
	}
	return false
}

// TraceHeader is X-Amzn-Trace-Id as a door passes it on: what the request had if that names a root, else with a root.
func TraceHeader(had, root string) string {
	switch {
	case HasRoot(had):
		return had
	case had == "":
		return "Root=" + root
	}
	return "Root=" + root + ";" + had
}
