package invoke

import (
	"context"

	"github.com/lambdakit/lambdakit/destinations"
)

// InvokeEvent queues an event and returns once it is accepted: the form in which a Service is the target of
// [destinations.Lambda], and of whatever else pushes events without looking at the answer. The trace header is that of
// [destinations.TraceHeader], or the calling handler's. It is an AWS service's call, which no limit of events a second
// holds up.
func (s *Service) InvokeEvent(ctx context.Context, functionARN string, payload []byte) error {
	_, err := s.Invoke(ctx, Input{
		FunctionName: functionARN, InvocationType: Event, Payload: payload, TraceHeader: destinations.TraceHeader(ctx),
		service: true,
	})
	return err
}

var _ destinations.Function = (*Service)(nil)
