package kinesis

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/eventsource"
)

// epoch is the instant of AWS's sample record.
var epoch = time.UnixMilli(1545084650987)

func newAt(t testing.TB, o Options) *Stream {
	t.Helper()
	s, err := newStreamAt(epoch, "s", o)
	require.NoError(t, err)
	return s
}

func (s *Stream) mustPut(t testing.TB, at time.Duration, key, data string) PutRecordOutput {
	t.Helper()
	out, err := s.putRecordAt(epoch.Add(at), PutRecordInput{PartitionKey: key, Data: []byte(data)})
	require.NoError(t, err)
	return out
}

func (s *Stream) mustRead(t testing.TB, at time.Duration, shard string, from eventsource.Position, limit int) eventsource.Page {
	t.Helper()
	r, err := s.readAt(epoch.Add(at), shard, from, limit)
	require.NoError(t, err)
	return s.page(r)
}

func data(p eventsource.Page) []string {
	list := []string{}
	for _, r := range p.Records {
		list = append(list, string(r.Data))
	}
	return list
}

func ids(list []eventsource.Shard) []string {
	var names []string
	for _, s := range list {
		names = append(names, s.ID)
	}
	return names
}

var (
	horizon = eventsource.Position{Type: eventsource.TrimHorizon}
	latest  = eventsource.Position{Type: eventsource.Latest}
)

func after(sequence string) eventsource.Position {
	return eventsource.Position{Type: eventsource.After, Sequence: sequence}
}

func at(d time.Duration) eventsource.Position {
	return eventsource.Position{Type: eventsource.AtTimestamp, Time: epoch.Add(d)}
}

const (
	shard0 = "shardId-000000000000"
	shard1 = "shardId-000000000001"
	shard2 = "shardId-000000000002"
	shard3 = "shardId-000000000003"
)
