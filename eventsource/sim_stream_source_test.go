package eventsource_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/dynamodb"
	"github.com/lambdakit/lambdakit/eventsource/kinesis"
)

// shardIndex is all that was ever put into a shard.
type shardIndex struct {
	parents []string
	items   []item
	next    eventsource.Position
}

func (r *streamRun) makeSource() {
	if r.dynamo {
		table := dynamodb.NewTable("table", dynamodb.KeySchema{Hash: "id"}, dynamodb.Options{Partitions: 2, ShardRecords: 5})
		r.put = func(key string, n int) error {
			return table.PutItem(dynamodb.Item{"id": events.NewStringAttribute(key), "n": events.NewNumberAttribute(strconv.Itoa(n))})
		}
		r.shards = func() error { return nil } // they roll over by themselves
		r.raw = table
	} else {
		stream, splits := kinesis.NewStream("s", 2), 0
		r.put = func(key string, n int) error { return stream.Put(key, fmt.Append(nil, key, "-", n)) }
		r.shards = func() error {
			splits++
			reshard(stream, []string{"split", "merge"}[splits%2])
			return nil
		}
		r.raw = stream
	}
	faulty := &faultyStream{Stream: r.raw, c: r.c, percent: r.faults}
	r.source = notifying{faulty, r.raw.(eventsource.Notifier)}
	if r.pulled {
		r.source = faulty
	}
}

// faultyStream is a stream that cannot always be reached.
type faultyStream struct {
	eventsource.Stream
	c       *chance
	percent int
}

func (s *faultyStream) Shards(ctx context.Context) ([]eventsource.Shard, error) {
	if s.c.hits(s.percent) {
		return nil, errFault
	}
	return s.Stream.Shards(ctx)
}

func (s *faultyStream) Read(ctx context.Context, shard string, from eventsource.Position, max int) (eventsource.Page, error) {
	if s.c.hits(s.percent) {
		return eventsource.Page{}, errFault
	}
	return s.Stream.Read(ctx, shard, from, max)
}

type notifying struct {
	eventsource.Stream
	eventsource.Notifier
}

// faultyStore is a store that cannot always be reached, or does what it is told and says that it has not.
type faultyStore struct {
	*eventsource.MemoryCheckpoints
	c       *chance
	percent int
}

func (s *faultyStore) fails() error {
	if s.c.hits(s.percent) {
		return errFault
	}
	return nil
}

func (s *faultyStore) Load(ctx context.Context, mapping string) (map[string]eventsource.Position, error) {
	if err := s.fails(); err != nil {
		return nil, err
	}
	return s.MemoryCheckpoints.Load(ctx, mapping)
}

func (s *faultyStore) Save(ctx context.Context, mapping, shard string, p eventsource.Position) error {
	if err := s.fails(); err != nil {
		return err
	}
	s.MemoryCheckpoints.Save(ctx, mapping, shard, p)
	return s.fails()
}

func (s *faultyStore) Forget(ctx context.Context, mapping, shard string) error {
	return cmp.Or(s.fails(), s.MemoryCheckpoints.Forget(ctx, mapping, shard))
}

func (s *faultyStore) Delete(ctx context.Context, mapping string) error {
	return cmp.Or(s.fails(), s.MemoryCheckpoints.Delete(ctx, mapping))
}

// refresh brings the index up to date. The caller holds mu.
func (r *streamRun) refresh() {
	shards, err := r.raw.Shards(context.Background())
	require.NoError(r.t, err)
	for _, sh := range shards {
		x := r.index[sh.ID]
		if x == nil {
			x = &shardIndex{parents: sh.Parents, next: eventsource.Position{Type: eventsource.TrimHorizon}}
			r.index[sh.ID] = x
		}
		page, err := r.raw.Read(context.Background(), sh.ID, x.next, 1000)
		require.NoError(r.t, err)
		if len(page.Records) > 0 {
			x.items = append(x.items, decode([]byte(eventOf(page.Records))).Items...)
			x.next = page.Next
		}
	}
}

// eventOf is the event of these records.
func eventOf(records []eventsource.Record) string {
	var texts []string
	for i := range records {
		texts = append(texts, string(records[i].JSON))
	}
	return `{"Records":[` + strings.Join(texts, ",") + `]}`
}

// all is what was put into a shard; of one that the stream has dropped, nothing is known.
func (x *shardIndex) all() []item {
	if x == nil {
		return nil
	}
	return x.items
}

// home is the shard of a batch: that of its records, or of its window.
func (r *streamRun) home(d delivery) string {
	if len(d.Items) == 0 {
		return d.Shard
	}
	home := ""
	for _, it := range d.Items {
		for id, x := range r.index {
			if slices.ContainsFunc(x.items, func(o item) bool { return o.ID == it.ID }) {
				if home != "" && home != id {
					r.t.Errorf("6: a batch has records of the shards %s and %s", home, id)
				}
				home = id
			}
		}
	}
	return home
}

// arrival is when a record reached the stream.
func (r *streamRun) arrival(it item) time.Time {
	for id := range r.index {
		page, err := r.raw.Read(context.Background(), id, eventsource.Position{Type: eventsource.TrimHorizon}, 1000)
		require.NoError(r.t, err)
		for _, rec := range page.Records {
			if rec.ID == it.ID {
				return rec.Arrival
			}
		}
	}
	return time.Time{}
}
