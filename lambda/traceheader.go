package lambda

import (
	"fmt"
	"strings"
	"time"
)

// TraceHeader is X-Ray's trace header as it travels from service to service (X-Amzn-Trace-Id, AWSTraceHeader):
//
//	Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:a87bd80c:0
//
// Root and Parent stay the same along a chain of invocations; Lineage grows.
type TraceHeader struct {
	Root    string
	Parent  string
	Sampled string // "1", "0", "?", or "" where the header says nothing
	Lineage Lineage
	// Other is the rest of the header, such as Self=…, kept as it was.
	Other string
}

// NewTraceHeader begins a trace at t, not sampled. The bits of hi, lo and parent become its identifiers: equal ones
// give an equal header.
func NewTraceHeader(t time.Time, hi, lo, parent uint64) TraceHeader {
	return TraceHeader{
		Root:    fmt.Sprintf("1-%08x-%08x%016x", uint32(t.Unix()), uint32(hi), lo),
		Parent:  fmt.Sprintf("%016x", parent),
		Sampled: "0",
	}
}

// ParseTraceHeader reads a header. It never fails, as X-Ray does not: what it cannot read it keeps in Other, and a
// Lineage that it cannot read is none.
func ParseTraceHeader(header string) TraceHeader {
	var h TraceHeader
	var other []string
	for field := range strings.SplitSeq(header, ";") {
		field = strings.TrimSpace(field)
		key, value, _ := strings.Cut(field, "=")
		switch key {
		case "":
		case "Root":
			h.Root = value
		case "Parent":
			h.Parent = value
		case "Sampled":
			h.Sampled = value
		case "Lineage":
			h.Lineage = parseLineage(value)
		default:
			other = append(other, field)
		}
	}
	h.Other = strings.Join(other, ";")
	return h
}

// String writes the header, without the parts that it has not.
func (h TraceHeader) String() string {
	var b []byte
	for _, field := range [...]struct{ key, value string }{
		{"Root=", h.Root}, {"Parent=", h.Parent}, {"Sampled=", h.Sampled}, {"Lineage=", h.Lineage.String()}, {"", h.Other},
	} {
		if field.value == "" {
			continue
		}
		if len(b) > 0 {
			b = append(b, ';')
		}
		b = append(b, field.key...)
		b = append(b, field.value...)
	}
	return string(b)
}
