package kinesis

import (
	"context"
	"sync"
	"time"

	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/internal/watch"
)

// Stream is a Kinesis data stream. Make one with [New], or with [NewStream] in a test.
//
// All methods may be called concurrently. A method that fails has changed nothing. It is an eventsource.Stream and an
// eventsource.Notifier, whose functions it calls after every put and every change of shards.
type Stream struct {
	view
	name    string
	options Options

	mu        sync.Mutex // guards what follows
	state     *state
	watchers  watch.List
	consumers []*Consumer
}

// NewStream is [New] for tests: a stream of that many shards in the default account and Region, kept for 24 hours. It
// panics where New returns an error.
func NewStream(name string, shards int) *Stream {
	if shards == 0 {
		shards = -1 // Options would take 0 for unset
	}
	s, err := New(name, Options{ShardCount: shards})
	if err != nil {
		panic(err)
	}
	return s
}

// New makes a stream. The name has 1 to 128 letters, digits, underscores, dots and hyphens. What the service
// would refuse is refused with an [*Error].
func New(name string, options Options) (*Stream, error) {
	return newStreamAt(time.Now(), name, options)
}

func newStreamAt(t time.Time, name string, o Options) (*Stream, error) {
	o = o.withDefaults()
	if err := o.check(name); err != nil {
		return nil, err
	}
	arn := o.Identity.ARN("kinesis", "stream/"+name)
	return &Stream{
		view:    newView(arn, o.Identity.Region, o.InvokeIdentityARN),
		name:    name,
		options: o,
		state:   newState(name, o.Identity.Account, o.ShardCount, o.RetentionPeriod, o.ShardWriteLimits, t),
	}, nil
}

// Name is the stream's name.
func (s *Stream) Name() string { return s.name }

// ARN is the stream's ARN, such as arn:aws:kinesis:us-east-1:123456789012:stream/orders.
func (s *Stream) ARN() string { return s.arn }

// Put puts one record. It is [Stream.PutRecord] for callers who do not care where the record goes; data is copied.
func (s *Stream) Put(partitionKey string, data []byte) error {
	in := PutRecordInput{PartitionKey: partitionKey, Data: data}
	_, _, err := s.putAt(time.Now(), &in)
	return err
}

// PutRecord puts one record and says where it went. It fails with a ValidationException or InvalidArgumentException
// for what the service would refuse, and with ErrProvisionedThroughputExceeded under [Options].ShardWriteLimits.
func (s *Stream) PutRecord(in PutRecordInput) (PutRecordOutput, error) {
	return s.putRecordAt(time.Now(), in)
}

func (s *Stream) putRecordAt(t time.Time, in PutRecordInput) (PutRecordOutput, error) {
	shard, q, err := s.putAt(t, &in)
	if err != nil {
		return PutRecordOutput{}, err
	}
	return PutRecordOutput{ShardID: shardID(shard), SequenceNumber: q.String()}, nil
}

func (s *Stream) putAt(t time.Time, in *PutRecordInput) (shard int, q sequence, err error) {
	c, err := check(in, "", s.options.MaxRecordSize)
	if err != nil {
		return 0, q, err
	}
	s.mu.Lock()
	s.state.advance(t)
	sh, q, err := s.state.put(c.hash, c.key, c.data)
	watchers := s.watchers
	s.mu.Unlock()
	if err != nil {
		return 0, q, err
	}
	watchers.Wake()
	return sh.number, q, nil
}

// PutRecords puts up to 500 records, 10 MiB together, in their order. A record that the service would refuse makes the
// whole call fail and nothing is put. One that its shard's write limit refuses fails alone, and the others are put:
// look at FailedRecordCount.
func (s *Stream) PutRecords(in []PutRecordInput) (PutRecordsOutput, error) {
	return s.putRecordsAt(time.Now(), in)
}

func (s *Stream) putRecordsAt(t time.Time, in []PutRecordInput) (PutRecordsOutput, error) {
	all, err := checkAll(in, s.options.MaxRecordSize)
	if err != nil {
		return PutRecordsOutput{}, err
	}
	out := PutRecordsOutput{Records: make([]PutRecordsResultEntry, len(all))}
	s.mu.Lock()
	s.state.advance(t)
	for i := range all {
		entry := &out.Records[i]
		sh, q, err := s.state.put(all[i].hash, all[i].key, all[i].data)
		if e, ok := err.(*Error); ok {
			entry.ErrorCode, entry.ErrorMessage = e.Code, e.Message
			out.FailedRecordCount++
			continue
		}
		entry.ShardID, entry.SequenceNumber = shardID(sh.number), q.String()
	}
	watchers := s.watchers
	s.mu.Unlock()
	if out.FailedRecordCount < len(all) {
		watchers.Wake()
	}
	return out, nil
}

// SplitShard closes an open shard and opens two children, of which the second begins at newStartingHashKey, a decimal
// number; [HashKeyRange.Half] gives the one that halves a shard.
func (s *Stream) SplitShard(shardToSplit, newStartingHashKey string) error {
	return s.reshardAt(time.Now(), func(st *state) error { return st.split(shardToSplit, newStartingHashKey) })
}

// MergeShards closes two open shards whose hash keys adjoin, the lower ones first, and opens one child in their place.
func (s *Stream) MergeShards(shardToMerge, adjacentShardToMerge string) error {
	return s.reshardAt(time.Now(), func(st *state) error { return st.merge(shardToMerge, adjacentShardToMerge) })
}

// UpdateShardCount makes target shards of equal size out of the open ones (ScalingType UNIFORM_SCALING), by splits and
// merges, so that it may leave closed shards that never had a record. target may be from half to double the number of
// open shards, at most 10,000.
func (s *Stream) UpdateShardCount(target int) error {
	return s.reshardAt(time.Now(), func(st *state) error { return st.updateShardCount(target) })
}

func (s *Stream) reshardAt(t time.Time, change func(*state) error) error {
	s.mu.Lock()
	s.state.advance(t)
	s.state.expire()
	err := change(s.state)
	watchers := s.watchers
	s.mu.Unlock()
	if err == nil {
		watchers.Wake()
	}
	return err
}

// Shards lists the shards that can still be read, parents before children. It implements eventsource.Stream.
func (s *Stream) Shards(ctx context.Context) ([]eventsource.Shard, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return s.shardsAt(time.Now()), nil
}

func (s *Stream) shardsAt(t time.Time) []eventsource.Shard {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.advance(t)
	s.state.expire()
	list := make([]eventsource.Shard, len(s.state.shards))
	for i, sh := range s.state.shards {
		list[i].ID = shardID(sh.number)
		for _, p := range sh.parents {
			list[i].Parents = append(list[i].Parents, shardID(p))
		}
	}
	return list
}

// Read returns the records of a shard that follow a position: up to max, 10,000 and 10 MiB. It implements
// eventsource.Stream and never blocks. The bytes of the records are shared and must not be changed.
//
// A closed shard all of whose records are out of retention is at its End; a sequence number older than the oldest
// record stands for that. AtTimestamp takes no time to come.
func (s *Stream) Read(ctx context.Context, shard string, from eventsource.Position, max int) (eventsource.Page, error) {
	return s.readAs(ctx, &s.view, shard, from, max)
}

func (s *Stream) readAs(ctx context.Context, v *view, shard string, from eventsource.Position, limit int) (eventsource.Page, error) {
	if err := ctx.Err(); err != nil {
		return eventsource.Page{}, err
	}
	r, err := s.readAt(time.Now(), shard, from, limit)
	if err != nil {
		return eventsource.Page{}, err
	}
	return v.page(r), nil
}

func (s *Stream) readAt(t time.Time, shard string, from eventsource.Position, limit int) (run, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.advance(t)
	return s.state.read(shard, from, limit)
}

// Notify calls wake after every put and every change of shards until stop is called; a call already under way may
// still come through. wake must not block. It implements eventsource.Notifier.
func (s *Stream) Notify(wake func()) (stop func()) {
	one := watch.New(wake)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watchers = s.watchers.With(one)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.watchers = s.watchers.Without(one)
	}
}

var (
	_ eventsource.Stream   = (*Stream)(nil)
	_ eventsource.Notifier = (*Stream)(nil)
)

// Retention is how long the stream keeps a record. It implements [eventsource.Retainer].
func (s *Stream) Retention() time.Duration { return s.options.RetentionPeriod }
