package eventsource_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/dynamodb"
	"github.com/lambdakit/lambdakit/eventsource/kinesis"
	"github.com/lambdakit/lambdakit/eventsource/sqs"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// failsOn fails every batch in which there is one of the texts, and writes down how it went. Batches of several shards
// may come at once.
func failsOn(seen *[]string, texts ...string) func(int, delivery) (string, error) {
	var mu sync.Mutex
	return func(_ int, d delivery) (string, error) {
		mu.Lock()
		defer mu.Unlock()
		for _, it := range d.Items {
			for _, text := range texts {
				if it.Text == text {
					*seen = append(*seen, "F"+d.text())
					return "", errScripted
				}
			}
		}
		*seen = append(*seen, "S"+d.text())
		return "", nil
	}
}

// condition is what the only on-failure record says.
func only(t *testing.T, q *sqs.Queue) destinations.BatchRecord {
	t.Helper()
	rs := records(t, q)
	require.Len(t, rs, 1)
	return rs[0]
}

func TestKinesisVectors(t *testing.T) {
	type setup struct {
		*world
		stream   *kinesis.Stream
		discards *sqs.Queue
	}
	run := func(row string, answer func(int, delivery) (string, error), test func(t *testing.T, s setup)) {
		bubble(t, row, func(t *testing.T) {
			test(t, setup{newWorld(t, invoke.Options{}, answer), kinesis.NewStream("s", 1), sqs.NewQueue("discards", sqs.Attributes{})})
		})
	}
	run("K1", script("S"), func(t *testing.T, s setup) {
		put(t, s.stream, 1, 30)
		defer s.mapping(s.stream, eventsource.Config{BatchSize: 10}).Close()
		synctest.Wait()
		require.Equal(t, []string{numbers(1, 10), numbers(11, 20), numbers(21, 30)}, s.texts())
	})
	for _, c := range []struct {
		row      string
		attempts int
		count    int
	}{{"K2", 1, 2}, {"K3", 0, 1}} {
		run(c.row, script("F"), func(t *testing.T, s setup) {
			put(t, s.stream, 1, 1)
			m := s.mapping(s.stream, eventsource.Config{MaximumRetryAttempts: &c.attempts, OnFailure: destinations.SQS(s.discards)})
			defer m.Close()
			lambdatest.Advance(time.Minute)
			got := s.deliveries()
			require.Len(t, got, c.count)
			require.Equal(t, got[0].ID, got[len(got)-1].ID)
			r := only(t, s.discards)
			require.Equal(t, destinations.RetryAttemptsExhausted, r.RequestContext.Condition)
			require.Equal(t, c.count, r.RequestContext.ApproximateInvokeCount)
			require.Equal(t, got[0].ID, r.RequestContext.RequestID)
			require.Equal(t, "Unhandled", *r.ResponseContext.FunctionError)
			require.Equal(t, "$LATEST", r.ResponseContext.ExecutedVersion)
			require.Equal(t, "PROBLEM: Function call failed", m.Configuration().LastProcessingResult)
		})
	}
	run("K4", func(_ int, d delivery) (string, error) { return report(d, "6"), nil }, func(t *testing.T, s setup) {
		put(t, s.stream, 1, 6)
		defer s.mapping(s.stream, eventsource.Config{BatchSize: 3, MaximumRetryAttempts: new(3), ReportBatchItemFailures: true, OnFailure: destinations.SQS(s.discards)}).Close()
		lambdatest.Advance(time.Minute)
		require.Equal(t, []string{"1,2,3", "4,5,6", "6", "6", "6", "6"}, s.texts())
		r := only(t, s.discards)
		require.Equal(t, 4, r.RequestContext.ApproximateInvokeCount)
		require.Equal(t, 1, r.KinesisBatchInfo.BatchSize)
		require.Equal(t, r.KinesisBatchInfo.StartSequenceNumber, r.KinesisBatchInfo.EndSequenceNumber)
		require.Equal(t, s.deliveries()[2].Items[0].ID, r.KinesisBatchInfo.StartSequenceNumber)
		require.NotNil(t, r.ResponseContext)
		require.Nil(t, r.ResponseContext.FunctionError)
	})
	for _, id := range []string{`{"itemIdentifier":123}`, `{"itemIdentifier":""}`, `{"itemIdentifier":null}`, `{"foo":123}`} {
		run("K5 "+id, func(int, delivery) (string, error) { return `{"batchItemFailures":[` + id + `]}`, nil }, func(t *testing.T, s setup) {
			put(t, s.stream, 1, 2)
			defer s.mapping(s.stream, eventsource.Config{MaximumRetryAttempts: new(2), ReportBatchItemFailures: true, OnFailure: destinations.SQS(s.discards)}).Close()
			lambdatest.Advance(time.Minute)
			require.Equal(t, []string{"1,2", "1,2", "1,2"}, s.texts())
			r := only(t, s.discards)
			require.Equal(t, 3, r.RequestContext.ApproximateInvokeCount)
			require.Nil(t, r.ResponseContext.FunctionError)
		})
	}
	for _, answer := range []string{``, `""`, `[]`, `null`, `{}`, `{"batchItemFailures":null}`, `{"batchItemFailures":[]}`} {
		run("K6 "+answer, func(int, delivery) (string, error) { return answer, nil }, func(t *testing.T, s setup) {
			put(t, s.stream, 1, 2)
			m := s.mapping(s.stream, eventsource.Config{ReportBatchItemFailures: true})
			defer m.Close()
			lambdatest.Advance(time.Minute)
			require.Equal(t, []string{"1,2"}, s.texts())
			require.Equal(t, s.deliveries()[0].Items[1].ID, s.tl.Of(trace.Checkpointed)[0].Detail)
			require.Equal(t, "OK", m.Configuration().LastProcessingResult)
		})
	}
	run("K7", script("S"), func(t *testing.T, s setup) {
		put(t, s.stream, 1, 1)
		lambdatest.Advance(80 * time.Second)
		put(t, s.stream, 2, 6)
		defer s.mapping(s.stream, eventsource.Config{MaximumRecordAge: time.Minute, OnFailure: destinations.SQS(s.discards)}).Close()
		synctest.Wait()
		require.Equal(t, []string{"2,3,4,5,6"}, s.texts())
		r := only(t, s.discards)
		require.Equal(t, destinations.RecordAgeExceeded, r.RequestContext.Condition)
		require.Equal(t, 1, r.RequestContext.ApproximateInvokeCount)
		require.Equal(t, 1, r.KinesisBatchInfo.BatchSize)
		require.Nil(t, r.ResponseContext)
		require.Len(t, r.RequestContext.RequestID, 36)
	})
	run("K8", script("F"), func(t *testing.T, s setup) {
		put(t, s.stream, 1, 1)
		defer s.mapping(s.stream, eventsource.Config{MaximumRecordAge: time.Minute, OnFailure: destinations.SQS(s.discards)}).Close()
		lambdatest.Advance(10 * time.Minute)
		got := s.deliveries()
		for i := 2; i < len(got); i++ {
			require.Greater(t, got[i].At-got[i-1].At, got[i-1].At-got[i-2].At)
		}
		r := only(t, s.discards)
		require.Equal(t, destinations.RecordAgeExceeded, r.RequestContext.Condition)
		require.Equal(t, 8, r.RequestContext.ApproximateInvokeCount)
	})
	for _, c := range []struct {
		row      string
		bad      string
		config   eventsource.Config
		to       int
		want     []string
		discards int
		count    int
	}{
		{"K9", "3", eventsource.Config{MaximumRetryAttempts: new(0)}, 4, []string{"F1,2,3,4", "S1,2", "F3,4", "F3", "S4"}, 1, 1},
		{"K10", "1", eventsource.Config{MaximumRetryAttempts: new(2)}, 2, []string{"F1,2", "F1", "F1", "F1", "S2"}, 1, 3},
		{"K12", "3", eventsource.Config{MaximumRetryAttempts: new(0), ReportBatchItemFailures: true}, 4, []string{"F1,2,3,4", "S1,2", "F3,4", "F3", "S4"}, 1, 1},
	} {
		var seen []string
		run(c.row, failsOn(&seen, c.bad), func(t *testing.T, s setup) {
			put(t, s.stream, 1, c.to)
			c.config.BisectBatchOnFunctionError, c.config.OnFailure = true, destinations.SQS(s.discards)
			defer s.mapping(s.stream, c.config).Close()
			lambdatest.Advance(time.Minute)
			require.Equal(t, c.want, seen)
			require.Equal(t, c.count, only(t, s.discards).RequestContext.ApproximateInvokeCount)
		})
	}
	run("K11", func(n int, d delivery) (string, error) {
		if n == 1 {
			return report(d, "4"), nil
		}
		return "", nil
	}, func(t *testing.T, s setup) {
		put(t, s.stream, 1, 6)
		defer s.mapping(s.stream, eventsource.Config{BisectBatchOnFunctionError: true, ReportBatchItemFailures: true}).Close()
		synctest.Wait()
		require.Equal(t, []string{"1,2,3,4,5,6", "4,5,6"}, s.texts())
		moves := s.tl.Of(trace.Checkpointed)
		require.Equal(t, s.deliveries()[0].Items[5].ID, moves[len(moves)-1].Detail)
	})
	run("K13", func(n int, d delivery) (string, error) {
		if n == 1 {
			return report(d, "5", "3"), nil
		}
		return "", nil
	}, func(t *testing.T, s setup) {
		put(t, s.stream, 1, 6)
		defer s.mapping(s.stream, eventsource.Config{ReportBatchItemFailures: true}).Close()
		synctest.Wait()
		require.Equal(t, []string{"1,2,3,4,5,6", "3,4,5,6"}, s.texts())
	})
	run("K14", script("S"), func(t *testing.T, s setup) {
		throttles := 0
		s.svc.Control(func(_ *invoke.Attempt, next func() invoke.Outcome) invoke.Outcome {
			if throttles++; throttles <= 50 {
				return invoke.Throttle("x")
			}
			return next()
		})
		put(t, s.stream, 1, 1)
		defer s.mapping(s.stream, eventsource.Config{MaximumRetryAttempts: new(0), OnFailure: destinations.SQS(s.discards)}).Close()
		lambdatest.Advance(time.Hour)
		require.Equal(t, []string{"1"}, s.texts())
		require.Zero(t, s.discards.Len())
	})
	run("K15", func(_ int, d delivery) (string, error) {
		if d.Items[0].Key == "x" && d.Items[0].Text == "x1" && time.Since(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)) < 10*time.Second {
			return "", errScripted
		}
		return "", nil
	}, func(t *testing.T, s setup) {
		for _, text := range []string{"x1", "x2", "y1", "y2"} {
			require.NoError(t, s.stream.Put(text[:1], []byte(text)))
		}
		defer s.mapping(s.stream, eventsource.Config{ParallelizationFactor: 2, BatchSize: 1}).Close()
		synctest.Wait()
		require.ElementsMatch(t, []string{"x1", "y1", "y2"}, s.texts())
		lambdatest.Advance(time.Minute)
		got := strings.Join(s.texts(), " ")
		require.Less(t, strings.LastIndex(got, "x1"), strings.Index(got, "x2"))
	})
	run("K16", script("FS"), func(t *testing.T, s setup) {
		put(t, s.stream, 1, 1)
		parent := s.stream.ListShards()[0]
		require.NoError(t, s.stream.SplitShard(parent.ShardID, parent.HashKeyRange.Half()))
		for i := range 10 {
			require.NoError(t, s.stream.Put(strconv.Itoa(i), []byte("child")))
		}
		defer s.mapping(s.stream, eventsource.Config{}).Close()
		synctest.Wait()
		require.Equal(t, []string{"1"}, s.texts())
		lambdatest.Advance(time.Second)
		require.Equal(t, []string{"1", "1"}, s.texts()[:2])
		require.Equal(t, 12, s.sum(trace.BatchFormed))
	})
	run("K17", script("S"), func(t *testing.T, s setup) {
		lambdatest.Deploy(t, s.svc, lambda.Config{Name: "g"}, s.code())
		defer s.mapping(s.stream, eventsource.Config{}).Close()
		defer s.mapping(s.stream.Consumer("c"), eventsource.Config{FunctionName: "g"}).Close()
		put(t, s.stream, 1, 1)
		synctest.Wait()
		require.Equal(t, []string{"1", "1"}, s.texts())
	})
	run("K18", script("S"), func(t *testing.T, s setup) {
		m := s.mapping(s.stream, eventsource.Config{StartingPosition: eventsource.Latest})
		defer m.Close()
		put(t, s.stream, 1, 10)
		synctest.Wait()
		require.NoError(t, m.Disable())
		put(t, s.stream, 11, 11)
		synctest.Wait()
		before := len(s.deliveries())
		require.NoError(t, m.Enable())
		synctest.Wait()
		require.Equal(t, []string{"11"}, s.texts()[before:])
	})
	bubble(t, "K19", func(t *testing.T) {
		s, err := kinesis.New("s", kinesis.Options{MaxRecordSize: 10 << 20})
		require.NoError(t, err)
		w, discards := newWorld(t, invoke.Options{}, script("S")), sqs.NewQueue("discards", sqs.Attributes{})
		require.NoError(t, s.Put("k", make([]byte, 6<<20)))
		put(t, s, 1, 1)
		defer w.mapping(s, eventsource.Config{MaximumRetryAttempts: new(2), OnFailure: destinations.SQS(discards)}).Close()
		lambdatest.Advance(time.Minute)
		require.Equal(t, []string{"1"}, w.texts())
		r := only(t, discards)
		require.Equal(t, 3, r.RequestContext.ApproximateInvokeCount)
		require.Nil(t, r.ResponseContext)
		require.Equal(t, destinations.RetryAttemptsExhausted, r.RequestContext.Condition)
	})
	run("K20", script("F"), func(t *testing.T, s setup) {
		bucket := &objects{}
		put(t, s.stream, 1, 1)
		m := s.mapping(s.stream, eventsource.Config{MaximumRetryAttempts: new(0), OnFailure: destinations.S3(bucket)})
		defer m.Close()
		synctest.Wait()
		require.Len(t, bucket.keys, 1)
		require.Contains(t, bucket.keys[0], "aws/lambda/"+m.UUID()+"/shardId-000000000000/2000/01/01/2000-01-01T00.00.00-")
		var document struct{ Payload string }
		require.NoError(t, json.Unmarshal(bucket.bodies[0], &document))
		require.Equal(t, "1", decode([]byte(document.Payload)).text())
	})
	run("K21", func(n int, d delivery) (string, error) {
		if n == 1 {
			return `{}`, nil
		}
		return `{"state":{"n":"` + strconv.Itoa(n) + `"}}`, nil
	}, func(t *testing.T, s setup) {
		put(t, s.stream, 1, 1)
		defer s.mapping(s.stream, eventsource.Config{TumblingWindow: time.Minute}).Close()
		lambdatest.Advance(time.Second)
		require.Equal(t, []string{"1", "1"}, s.texts())
		require.Equal(t, `{}`, s.deliveries()[1].State)
	})
	run("K22", func(n int, d delivery) (string, error) {
		return `{"state":{"n":"` + strconv.Itoa(n) + `"}}`, nil
	}, func(t *testing.T, s setup) {
		put(t, s.stream, 1, 1)
		m := s.mapping(s.stream, eventsource.Config{TumblingWindow: time.Minute})
		defer m.Close()
		lambdatest.Advance(time.Minute)
		require.Empty(t, s.tl.Of(trace.Checkpointed)) // the window's state is not safe yet
		put(t, s.stream, 2, 2)
		synctest.Wait()
		got := s.deliveries()
		require.Equal(t, []string{"1", "", "2"}, s.texts())
		require.Equal(t, []string{`{}`, `{"n":"1"}`, `{}`}, []string{got[0].State, got[1].State, got[2].State})
		require.Equal(t, []bool{false, true, false}, []bool{got[0].Final, got[1].Final, got[2].Final})
		require.Equal(t, got[0].Window.End, got[2].Window.Start)
		require.Equal(t, got[0].Items[0].ID, s.tl.Of(trace.Checkpointed)[0].Detail)
		lambdatest.Advance(4 * time.Minute)
		require.True(t, s.deliveries()[3].Final) // nothing came any more
	})
	run("K23", script("S"), func(t *testing.T, s setup) {
		put(t, s.stream, 1, 5)
		defer s.mapping(s.stream, eventsource.Config{Filters: []string{`{"partitionKey":["other"]}`}}).Close()
		synctest.Wait()
		require.Empty(t, s.deliveries())
		require.Equal(t, 5, s.sum(trace.Filtered))
		require.Len(t, s.tl.Of(trace.Checkpointed), 1)
	})
	run("K24", script("F"), func(t *testing.T, s setup) {
		put(t, s.stream, 1, 5)
		defer s.mapping(s.stream, eventsource.Config{MaximumRetryAttempts: new(0)}).Close()
		synctest.Wait()
		require.Len(t, s.deliveries(), 1)
		require.Equal(t, 5, s.sum(trace.Discarded))
		require.Empty(t, s.tl.Of(trace.Discarded)[0].Target)
		require.Len(t, s.tl.Of(trace.Checkpointed), 1)
	})
}

// The rows of filters that are about what a source makes of its records.
func TestFilterVectors(t *testing.T) {
	for _, c := range []struct {
		row, pattern string
		want         []string
	}{
		{"F24 data", `{"data":{"k":[1]}}`, nil},
		{"F24 key", `{"partitionKey":["k"]}`, []string{"not,JSON"}},
		{"F24 other key", `{"partitionKey":["p"]}`, nil},
	} {
		bubble(t, c.row, func(t *testing.T) {
			w, s := newWorld(t, invoke.Options{}, script("S")), kinesis.NewStream("s", 1)
			require.NoError(t, s.Put("k", []byte("not")))
			require.NoError(t, s.Put("k", []byte("JSON")))
			defer w.mapping(s, eventsource.Config{Filters: []string{c.pattern}}).Close()
			synctest.Wait()
			require.Equal(t, c.want, w.texts())
		})
	}
	bubble(t, "F25", func(t *testing.T) {
		w, q := newWorld(t, invoke.Options{}, script("S")), sqs.NewQueue("q", sqs.Attributes{})
		send(t, q, "Error 1", `{"x":1}`)
		defer w.mapping(q, eventsource.Config{Filters: []string{`{"body":[{"prefix":"Err"}]}`}}).Close()
		synctest.Wait()
		require.Equal(t, []string{"Error 1"}, w.texts())
		require.Zero(t, q.Len())
	})
	for pattern, want := range map[string][]string{`[{"numeric":[">",1]}]`: nil, `["42"]`: {"a-42"}} {
		bubble(t, "F23 "+pattern, func(t *testing.T) {
			table := dynamodb.NewTable("users", dynamodb.KeySchema{Hash: "id"}, dynamodb.Options{})
			w := newWorld(t, invoke.Options{}, script("S"))
			require.NoError(t, table.PutItem(dynamodb.Item{"id": events.NewStringAttribute("a"), "n": events.NewNumberAttribute("42")}))
			defer w.mapping(table, eventsource.Config{Filters: []string{`{"dynamodb":{"NewImage":{"n":{"N":` + pattern + `}}}}`}}).Close()
			synctest.Wait()
			require.Equal(t, want, w.texts())
		})
	}
}

// objects is a bucket.
type objects struct {
	keys   []string
	bodies [][]byte
}

func (b *objects) ARN() string { return "arn:aws:s3:::failures" }
func (b *objects) PutObject(_ context.Context, key, _ string, body []byte) error {
	b.keys, b.bodies = append(b.keys, key), append(b.bodies, body)
	return nil
}

// The rows of Kinesis hold for DynamoDB, whose records and failure records have their own form.
func TestDynamoDBStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table := dynamodb.NewTable("users", dynamodb.KeySchema{Hash: "id"}, dynamodb.Options{})
		var seen []string
		w, discards := newWorld(t, invoke.Options{}, failsOn(&seen, "b")), sqs.NewQueue("discards", sqs.Attributes{})
		m := w.mapping(table, eventsource.Config{
			StartingPosition: eventsource.Latest, MaximumRetryAttempts: new(0), BisectBatchOnFunctionError: true,
			OnFailure: destinations.SQS(discards), MaximumBatchingWindow: time.Second,
		})
		defer m.Close()
		for _, id := range []string{"a", "b", "c"} {
			require.NoError(t, table.PutItem(dynamodb.Item{"id": events.NewStringAttribute(id)}))
		}
		lambdatest.Advance(time.Second)
		require.Equal(t, []string{"Fa,b,c", "Fa,b", "Sa", "Fb", "Sc"}, seen)
		r := only(t, discards)
		require.Nil(t, r.KinesisBatchInfo)
		require.Equal(t, "2000-01-01T00:00:00Z", r.DDBStreamBatchInfo.ApproximateArrivalOfFirstRecord)
		require.Equal(t, table.ARN(), r.DDBStreamBatchInfo.StreamARN)
	})
}

// Positions: the beginning, the end, and an instant.
func TestStartingPositionsOfAStream(t *testing.T) {
	for position, want := range map[eventsource.PositionType][]string{
		eventsource.TrimHorizon: {"1,2", "3"},
		eventsource.AtTimestamp: {"2", "3"},
		eventsource.Latest:      {"3"},
	} {
		bubble(t, position.String(), func(t *testing.T) {
			w, s := newWorld(t, invoke.Options{}, script("S")), kinesis.NewStream("s", 1)
			put(t, s, 1, 1)
			lambdatest.Advance(time.Minute)
			c := eventsource.Config{StartingPosition: position}
			if position == eventsource.AtTimestamp {
				c.StartingPositionTimestamp = time.Now()
			}
			put(t, s, 2, 2)
			defer w.mapping(s, c).Close()
			synctest.Wait()
			put(t, s, 3, 3)
			synctest.Wait()
			require.Equal(t, want, w.texts())
		})
	}
}

// A shard that fails blocks no other.
func TestAFailingShardBlocksNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []string
		w, s := newWorld(t, invoke.Options{}, failsOn(&seen, "0")), kinesis.NewStream("s", 4)
		for i := range 20 {
			require.NoError(t, s.Put(fmt.Sprint(i), fmt.Append(nil, i)))
		}
		defer w.mapping(s, eventsource.Config{BatchSize: 1}).Close()
		synctest.Wait()
		shards := map[string]bool{}
		for _, e := range w.tl.Of(trace.BatchEnded) {
			if e.Outcome == trace.Success {
				shards[e.Shard] = true
			}
		}
		require.GreaterOrEqual(t, len(shards), 3)
	})
}

// retained is a stream that says how long it keeps its records.
type retained struct {
	*kinesis.Stream
	keep time.Duration
}

func (r retained) Retention() time.Duration { return r.keep }

// What the source itself has dropped is passed over in silence.
func TestRetentionEndsRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []string
		w, discards := newWorld(t, invoke.Options{}, failsOn(&seen, "1")), sqs.NewQueue("discards", sqs.Attributes{})
		s := retained{kinesis.NewStream("s", 1), 24 * time.Hour}
		put(t, s.Stream, 1, 1)
		defer w.mapping(s, eventsource.Config{OnFailure: destinations.SQS(discards)}).Close()
		lambdatest.Advance(23 * time.Hour)
		put(t, s.Stream, 2, 2)
		lambdatest.Advance(2 * time.Hour)
		require.Equal(t, "S2", seen[len(seen)-1])
		require.Zero(t, discards.Len())
		require.Equal(t, "RetentionExpired", w.tl.Of(trace.Discarded)[0].Detail)
	})
}
