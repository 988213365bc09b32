package invoke

import (
	"strings"
	"time"

	"github.com/lambdakit/lambdakit/internal/uuid"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/registry"
)

// stopLoop refuses a run that would be the seventeenth of its function in one chain of invocations, unless the function
// allows loops. A call without a trace header begins a chain.
func (s *Service) stopLoop(r *run) error {
	if r.extra == nil || !strings.Contains(r.extra.traceHeader, "Lineage=") {
		return nil
	}
	if r.resolution.RecursiveLoop == registry.Allow {
		return nil
	}
	arn := r.resolution.Deployment.FunctionARN
	if _, ok := lambda.ParseTraceHeader(r.extra.traceHeader).Lineage.Next(lambda.FunctionHash(arn)); ok {
		return nil
	}
	return lambda.RecursionStopped()
}

// header is the trace header that the run's function finds, and hands on: the one that came, or a new one, with this
// run in its lineage. It is made when somebody asks.
func (r *run) header() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.ask()
	if a.header == "" {
		received := ""
		if r.extra != nil {
			received = r.extra.traceHeader
		}
		a.header = r.svc.nextHeader(received, r.number, r.began, r.resolution.Deployment.FunctionARN)
	}
	return a.header
}

// downstreamHeader is the trace header that goes with an event's record or dead letter.
func (s *Service) downstreamHeader(e *QueuedEvent) string {
	return s.nextHeader(e.TraceHeader, e.Number, e.Accepted, s.opts.Identity.FunctionARN(e.FunctionName, ""))
}

// nextHeader is a trace header with one more run of a function in it. It depends on nothing that a retry changes.
func (s *Service) nextHeader(received string, number uint64, t time.Time, functionARN string) string {
	h := lambda.ParseTraceHeader(received)
	if h.Root == "" {
		hi, lo := uuid.Bits(s.opts.Seed, number, "trace")
		_, parent := uuid.Bits(s.opts.Seed, number, "segment")
		lineage, other := h.Lineage, h.Other
		h = lambda.NewTraceHeader(t, hi, lo, parent)
		h.Lineage, h.Other = lineage, other
	}
	h.Lineage, _ = h.Lineage.Next(lambda.FunctionHash(functionARN))
	return h.String()
}
