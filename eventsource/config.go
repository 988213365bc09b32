package eventsource

import (
	"slices"
	"time"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/eventsource/batch"
	"github.com/lambdakit/lambdakit/eventsource/filter"
	"github.com/lambdakit/lambdakit/lambda"
)

// Config is what a [Mapping] is made of. Unset fields have AWS's defaults; which fields a source takes, and their
// bounds, are AWS's too, and what is out of place is refused with its text.
type Config struct {
	// FunctionName is the function, version or alias to invoke, in any form that Invoke takes.
	FunctionName string
	// Disabled makes the mapping without starting it (wire name Enabled, negated).
	Disabled bool
	// BatchSize is the most records in a batch, 1 to 10,000, of a FIFO queue 10; 0 means 10 for queues, 100 for streams.
	BatchSize int
	// MaximumBatchingWindow is how long a batch waits for more records, whole seconds up to 300 s (wire name
	// MaximumBatchingWindowInSeconds). FIFO queues have none. One that does not fit into a queue's leases with the
	// function's timeout makes them longer; see [LeaseReceiver].
	MaximumBatchingWindow time.Duration
	// Filters are the patterns of FilterCriteria: a record that matches none of them is passed over. None means all.
	Filters []string
	// ReportBatchItemFailures lets the function name the records that failed (wire name FunctionResponseTypes).
	ReportBatchItemFailures bool

	// MaximumConcurrency bounds the batches in flight, 2 to 1,000; 0 for no bound. Queues only (wire name ScalingConfig).
	MaximumConcurrency int
	// ProvisionedPollers are pollers held ready, nil for none. Queues only (wire name ProvisionedPollerConfig).
	ProvisionedPollers *ProvisionedPollers

	// StartingPosition is where a stream is read from at first. Lambda requires it of streams; here none means
	// TrimHorizon. See [ParseStartingPosition] for the wire's rule.
	StartingPosition PositionType
	// StartingPositionTimestamp goes with AtTimestamp.
	StartingPositionTimestamp time.Time
	// ParallelizationFactor is how many batches of one shard run at a time, 1 to 10; 0 means 1. Streams only.
	ParallelizationFactor int
	// MaximumRetryAttempts is how often a failed batch is tried again, 0 to 10,000; -1 or nil for no bound. Streams only.
	MaximumRetryAttempts *int
	// MaximumRecordAge is the age at which a record is given up, 60 s to 7 days (wire name MaximumRecordAgeInSeconds);
	// 0, or -1 s as on the wire, for no bound. Streams only.
	MaximumRecordAge time.Duration
	// BisectBatchOnFunctionError splits a batch that failed in two. Streams only.
	BisectBatchOnFunctionError bool
	// TumblingWindow is the length of the windows over which the function carries a state, whole seconds up to 900 s
	// (wire name TumblingWindowInSeconds); 0 for none. Streams only.
	TumblingWindow time.Duration
	// OnFailure gets a record of every batch that is given up: a queue, topic or bucket. Streams only (wire name
	// DestinationConfig).
	OnFailure destinations.Target

	// Tags are the mapping's first tags; see [Mapping.Tag].
	Tags map[string]string

	// Checkpoints keeps how far a stream was read; nil keeps it in memory as long as the mapping lives.
	Checkpoints CheckpointStore
	// Backoff is the wait between two tries of one batch; nil is [batch.DefaultBackoff].
	Backoff batch.Backoff
	// TransitionDelay is how long the mapping is Creating, Enabling, Disabling, Updating or Deleting; 0 is no time at
	// all. On AWS it is seconds to a minute.
	TransitionDelay time.Duration
	// MaxFilters is how many Filters the account lets a mapping have, 1 to 10; 0 means AWS's default quota of 5.
	MaxFilters int

	_ struct{}
}

// ProvisionedPollers says how many pollers an SQS mapping holds ready, each for ten concurrent invokes.
type ProvisionedPollers struct {
	// MinimumPollers is 2 to 200, MaximumPollers MinimumPollers to 2,000; 0 means 2 and 200.
	MinimumPollers, MaximumPollers int
}

// settings are a Config that was found right, with the defaults filled in. They never change: an update makes new ones.
type settings struct {
	Config
	kind        kind
	ref         lambda.Ref
	functionARN string
	match       *filter.Records // nil lets every record through
}

// newSettings fills in the defaults and checks what can be checked without looking anything up.
func newSettings(c Config, k kind, id lambda.Identity, sourceARN string, now time.Time) (*settings, error) {
	s := &settings{Config: c, kind: k}
	s.setDefaults()
	if err := s.checkModel(); err != nil {
		return nil, err
	}
	if err := s.checkSource(sourceARN, now); err != nil {
		return nil, err
	}
	ref, err := id.ParseRef(c.FunctionName, "")
	if err != nil {
		return nil, err
	}
	s.ref, s.functionARN = ref, id.FunctionARN(ref.Name, ref.Qualifier)
	return s, s.compile()
}

func (s *settings) setDefaults() {
	s.Filters = slices.Clone(s.Filters)
	if s.BatchSize == 0 {
		s.BatchSize = s.kind.defaultBatchSize()
	}
	if s.ParallelizationFactor == 0 {
		s.ParallelizationFactor = 1
	}
	if s.MaximumRetryAttempts == nil {
		s.MaximumRetryAttempts = new(-1)
	} else {
		s.MaximumRetryAttempts = new(*s.MaximumRetryAttempts)
	}
	if s.MaximumRecordAge == 0 {
		s.MaximumRecordAge = -time.Second
	}
	if s.kind.stream() && s.StartingPosition == 0 {
		s.StartingPosition = TrimHorizon
	}
	if s.OnFailure != nil && s.OnFailure.ARN() == "" {
		s.OnFailure = nil
	}
	if s.MaxFilters == 0 {
		s.MaxFilters = filter.DefaultMaxPatterns
	}
	if p := s.ProvisionedPollers; p != nil {
		s.ProvisionedPollers = p.withDefaults()
	}
}

func (p *ProvisionedPollers) withDefaults() *ProvisionedPollers {
	d := *p
	if d.MinimumPollers == 0 {
		d.MinimumPollers = 2
	}
	if d.MaximumPollers == 0 {
		d.MaximumPollers = max(200, d.MinimumPollers)
	}
	return &d
}

// limits are what closes a batch.
func (s *settings) limits() batch.Limits {
	return batch.Limits{BatchSize: s.BatchSize, Window: s.MaximumBatchingWindow}
}

// scaling is how a queue's pollers scale.
func (s *settings) scaling() batch.Scaling {
	c := batch.Scaling{MaximumConcurrency: s.MaximumConcurrency, FIFO: s.kind == fifoQueue}
	if p := s.ProvisionedPollers; p != nil {
		c.MinimumPollers, c.MaximumPollers = p.MinimumPollers, p.MaximumPollers
	}
	return c
}

// policy is how a stream's batches are retried.
func (s *settings) policy(retention time.Duration) batch.Policy {
	return batch.Policy{
		MaximumRetryAttempts:       s.MaximumRetryAttempts,
		MaximumRecordAge:           s.MaximumRecordAge,
		Retention:                  retention,
		BisectBatchOnFunctionError: s.BisectBatchOnFunctionError,
		Backoff:                    s.Backoff,
	}
}
