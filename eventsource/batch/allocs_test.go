//go:build !race

package batch

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The race detector makes sync.Pool, which encoding/json uses, forget at random: it has no part in this.

func TestAllocations(t *testing.T) {
	batch := leasedRecords(10)
	f, _ := NewFormer(Limits{BatchSize: 10}, 14)
	scale, _ := NewScale(Scaling{}, t0)
	r, _ := NewRetry(Policy{MaximumRetryAttempts: new(0), BisectBatchOnFunctionError: true}, arrivedAtT0)
	page := records(100)
	s, _ := NewShard(StreamConfig{Limits: all100}, &recFields, 0)
	none := []byte(`{"batchItemFailures":[]}`)
	spaced := []byte("{ \"batchItemFailures\" : [ ], \"n\": [1, {\"a\":\"b\"}] }")
	for _, c := range []struct {
		name string
		do   func()
	}{
		{"a queue's batch that succeeds", func() { queueBatch(&f, scale, batch, none) }},
		{"a success that has to be parsed", func() { QueueVerdict(spaced, batch, recID) }},
		{"a stream's success that has to be parsed", func() { StreamVerdict(spaced, batch, recID) }},
		{"a batch that is split", func() { bisect100(r) }},
		{"a shard's page", func() { shardPage(s, page) }},
	} {
		require.Zero(t, testing.AllocsPerRun(200, c.do), c.name)
	}
}
