package eventsource

import (
	"encoding/json"
	"time"

	"github.com/lambdakit/lambdakit/internal/stamp"
)

// Configuration is a mapping as the API shows it. It marshals to AWS's JSON: queues and streams have different members.
type Configuration struct {
	UUID         string
	ARN          string // EventSourceMappingArn
	SourceARN    string // EventSourceArn
	FunctionARN  string // with the qualifier that was given, and none if none was
	State        State
	Reason       string // StateTransitionReason
	LastModified time.Time
	// LastProcessingResult is how the last batch of a stream went; "" for queues.
	LastProcessingResult string

	BatchSize               int
	MaximumBatchingWindow   time.Duration
	Filters                 []string
	ReportBatchItemFailures bool

	// Of queues.
	MaximumConcurrency int // 0 for none
	ProvisionedPollers *ProvisionedPollers

	// Of streams.
	StartingPosition           PositionType
	StartingPositionTimestamp  time.Time
	ParallelizationFactor      int
	MaximumRetryAttempts       int           // -1 for no bound
	MaximumRecordAge           time.Duration // -1 s for no bound
	BisectBatchOnFunctionError bool
	TumblingWindow             time.Duration
	OnFailure                  string // ARN of the destination; "" for none

	stream bool
}

// Configuration returns the mapping as GetEventSourceMapping shows it.
func (m *Mapping) Configuration() Configuration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.view()
}

// view is the configuration. The caller holds mu.
func (m *Mapping) view() Configuration {
	s := m.set
	c := Configuration{
		UUID: m.uuid, ARN: m.ARN(), SourceARN: m.source.ARN(), FunctionARN: s.functionARN,
		State: m.state, Reason: m.kind.reason(), LastModified: m.modified,
		BatchSize: s.BatchSize, MaximumBatchingWindow: s.MaximumBatchingWindow,
		Filters: append([]string(nil), s.Filters...), ReportBatchItemFailures: s.ReportBatchItemFailures,
		MaximumConcurrency: s.MaximumConcurrency, stream: m.kind.stream(),
	}
	if p := s.ProvisionedPollers; p != nil {
		c.ProvisionedPollers = new(*p)
	}
	if !c.stream {
		return c
	}
	c.LastProcessingResult = m.result
	c.StartingPosition, c.StartingPositionTimestamp = s.StartingPosition, s.StartingPositionTimestamp
	c.ParallelizationFactor, c.MaximumRetryAttempts = s.ParallelizationFactor, *s.MaximumRetryAttempts
	c.MaximumRecordAge, c.TumblingWindow = s.MaximumRecordAge, s.TumblingWindow
	c.BisectBatchOnFunctionError = s.BisectBatchOnFunctionError
	if s.OnFailure != nil {
		c.OnFailure = s.OnFailure.ARN()
	}
	return c
}

// The wire form, in which members that a kind of source does not have are absent.
type (
	wireConfiguration struct {
		UUID                           string
		EventSourceMappingArn          string
		EventSourceArn                 string
		FunctionArn                    string
		BatchSize                      int
		MaximumBatchingWindowInSeconds int64
		FilterCriteria                 *wireFilters `json:",omitempty"`
		FunctionResponseTypes          []string
		ScalingConfig                  *wireScaling `json:",omitempty"`
		ProvisionedPollerConfig        *wirePollers `json:",omitempty"`
		*wireStream
		LastModified          stamp.Epoch
		LastProcessingResult  string `json:",omitempty"`
		State                 State
		StateTransitionReason string
	}
	wireStream struct {
		StartingPosition           string
		StartingPositionTimestamp  *stamp.Epoch `json:",omitempty"`
		ParallelizationFactor      int
		BisectBatchOnFunctionError bool
		MaximumRetryAttempts       int
		MaximumRecordAgeInSeconds  int64
		TumblingWindowInSeconds    int64
		DestinationConfig          wireDestinations
	}
	wireFilters      struct{ Filters []wireFilter }
	wireFilter       struct{ Pattern string }
	wireScaling      struct{ MaximumConcurrency int }
	wirePollers      struct{ MinimumPollers, MaximumPollers int }
	wireDestinations struct {
		OnFailure wireDestination
	}
	wireDestination struct {
		Destination string `json:",omitempty"`
	}
)

// MarshalJSON writes the members that AWS shows for the kind of source.
func (c Configuration) MarshalJSON() ([]byte, error) {
	w := wireConfiguration{
		UUID: c.UUID, EventSourceMappingArn: c.ARN, EventSourceArn: c.SourceARN, FunctionArn: c.FunctionARN,
		BatchSize: c.BatchSize, MaximumBatchingWindowInSeconds: wholeSeconds(c.MaximumBatchingWindow),
		FunctionResponseTypes: []string{}, LastModified: stamp.Epoch(c.LastModified),
		LastProcessingResult: c.LastProcessingResult, State: c.State, StateTransitionReason: c.Reason,
	}
	if c.ReportBatchItemFailures {
		w.FunctionResponseTypes = []string{"ReportBatchItemFailures"}
	}
	for _, p := range c.Filters {
		if w.FilterCriteria == nil {
			w.FilterCriteria = &wireFilters{}
		}
		w.FilterCriteria.Filters = append(w.FilterCriteria.Filters, wireFilter{p})
	}
	if c.MaximumConcurrency != 0 {
		w.ScalingConfig = &wireScaling{c.MaximumConcurrency}
	}
	if p := c.ProvisionedPollers; p != nil {
		w.ProvisionedPollerConfig = &wirePollers{p.MinimumPollers, p.MaximumPollers}
	}
	if c.stream {
		w.wireStream = c.wireStream()
	}
	return json.Marshal(w)
}

func (c *Configuration) wireStream() *wireStream {
	w := &wireStream{
		StartingPosition: c.StartingPosition.String(), ParallelizationFactor: c.ParallelizationFactor,
		BisectBatchOnFunctionError: c.BisectBatchOnFunctionError, MaximumRetryAttempts: c.MaximumRetryAttempts,
		MaximumRecordAgeInSeconds: wholeSeconds(c.MaximumRecordAge), TumblingWindowInSeconds: wholeSeconds(c.TumblingWindow),
	}
	w.DestinationConfig.OnFailure.Destination = c.OnFailure
	if !c.StartingPositionTimestamp.IsZero() {
		w.StartingPositionTimestamp = new(stamp.Epoch(c.StartingPositionTimestamp))
	}
	return w
}
