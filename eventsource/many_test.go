package eventsource_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/kinesis"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// Records through a thousand shards with ten lanes each, in order within every key: twenty thousand, or a million if
// LAMBDAKIT_LONG is set.
func TestManyRecordsInOrder(t *testing.T) {
	total, keys := 20_000, 5_000
	if os.Getenv("LAMBDAKIT_LONG") != "" {
		total = 1_000_000
	}
	stream := kinesis.NewStream("s", 1000)
	svc := lambdatest.NewService(t, invoke.Options{Account: concurrency.NewAccount(concurrency.Options{Limit: 100_000, NoRequestRates: true, NoScalingRate: true})})
	o := orderly{t: t, last: make([]uint64, keys), done: make(chan struct{}), left: total}
	lambdatest.Deploy(t, svc, lambda.Config{Name: "f", Timeout: time.Minute}, code(o.handle))
	m, err := eventsource.NewMapping(svc, stream, eventsource.Config{FunctionName: "f", ParallelizationFactor: 10})
	require.NoError(t, err)
	defer m.Close()
	batch := make([]kinesis.PutRecordInput, 0, 500)
	for i := range total {
		data := binary.BigEndian.AppendUint64(nil, uint64(i%keys))
		data = binary.BigEndian.AppendUint64(data, uint64(i/keys)+1)
		batch = append(batch, kinesis.PutRecordInput{PartitionKey: string(base64.StdEncoding.AppendEncode(nil, data[:8])), Data: data})
		if len(batch) == cap(batch) || i == total-1 {
			out, err := stream.PutRecords(batch)
			require.NoError(t, err)
			require.Zero(t, out.FailedRecordCount)
			batch = batch[:0]
		}
	}
	select {
	case <-o.done:
	case <-time.After(5 * time.Minute): // of a busy machine: it takes seconds
		t.Fatalf("%d records did not come", o.left)
	}
}

// orderly counts records and checks that each key's come one after the other.
type orderly struct {
	t    *testing.T
	mu   sync.Mutex
	last []uint64
	left int
	done chan struct{}
}

func (o *orderly) handle(event []byte) ([]byte, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for rest := event; ; {
		_, after, ok := bytes.Cut(rest, []byte(`"data":"`))
		if !ok {
			return nil, nil
		}
		text, after, _ := bytes.Cut(after, []byte(`"`))
		data, err := base64.StdEncoding.AppendDecode(nil, text)
		if err != nil || len(data) != 16 {
			o.t.Errorf("data %q", text)
			return nil, nil
		}
		key, n := binary.BigEndian.Uint64(data), binary.BigEndian.Uint64(data[8:])
		if n != o.last[key]+1 {
			o.t.Errorf("key %d: %d came after %d", key, n, o.last[key])
		}
		o.last[key] = n
		if o.left--; o.left == 0 {
			close(o.done)
		}
		rest = after
	}
}
