package batch

import (
	"encoding/json"
	"testing"
	"time"
)

// queueBatch forms, checks and judges one batch of a queue: what a poller does besides receiving and invoking.
func queueBatch(f *Former, s *Scale, batch []rec, payload []byte) int {
	s.AcquireAt(t0)
	f.Reset(14)
	for i := range batch {
		f.Add(batch[i].size, t0)
	}
	leased := recFields.Leased(batch, t0)
	v := QueueVerdict(payload, leased, recID)
	s.ReportAt(t0, v.Result)
	s.ReleaseAt(t0)
	return len(Acknowledged(v, leased))
}

func BenchmarkQueueBatch10(b *testing.B) {
	batch := leasedRecords(10)
	f, _ := NewFormer(Limits{BatchSize: 10}, 14)
	s, _ := NewScale(Scaling{}, t0)
	for _, c := range []struct {
		name    string
		payload []byte
	}{{"success", []byte(`{"batchItemFailures":[]}`)}, {"one failed", partial("7")}, {"invalid", partial("x")}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				queueBatch(&f, s, batch, c.payload)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10, "ns/record")
		})
	}
}

func leasedRecords(n int) []rec {
	batch := records(n)
	for i := range batch {
		batch[i].expires = t0.Add(time.Minute)
	}
	return batch
}

// BenchmarkVerdict compares with the plain way: decode into structs, and look the ids up.
func BenchmarkVerdict(b *testing.B) {
	batch := records(10)
	for _, c := range []struct {
		name    string
		payload []byte
	}{{"null", []byte("null")}, {"none failed", []byte(`{"batchItemFailures": [ ]}`)}, {"two failed", partial("3", "8")}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				QueueVerdict(c.payload, batch, recID)
			}
		})
		b.Run(c.name+" by encoding-json", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				plainVerdict(c.payload, batch)
			}
		})
	}
}

func plainVerdict(payload []byte, batch []rec) (failed []int) {
	var response struct {
		BatchItemFailures []struct {
			ItemIdentifier string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if json.Unmarshal(payload, &response) != nil {
		return nil
	}
	ids := map[string]bool{}
	for _, f := range response.BatchItemFailures {
		ids[f.ItemIdentifier] = true
	}
	for i := range batch {
		if ids[batch[i].id] {
			failed = append(failed, i)
		}
	}
	return failed
}

func BenchmarkVerdictLarge(b *testing.B) {
	batch := records(10_000)
	var ids []string
	for i := 0; i < len(batch); i += 2 {
		ids = append(ids, batch[i].id)
	}
	payload := partial(ids...)
	b.ReportAllocs()
	for b.Loop() {
		QueueVerdict(payload, batch, recID)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10_000, "ns/record")
}

// shardPage reads, invokes and checkpoints one page of a shard.
func shardPage(s *Shard[rec, int], page []rec) {
	for i := range page {
		s.Add(t0, &page[i], 1)
	}
	for lane := range s.Lanes() {
		for s.Next(lane, t0).Action == Invoke {
			s.Report(lane, t0, Outcome{Result: Succeeded})
		}
	}
}

func BenchmarkShardPage100(b *testing.B) {
	for _, factor := range []int{1, 4} {
		b.Run(map[int]string{1: "one lane", 4: "four lanes"}[factor], func(b *testing.B) {
			page := records(100)
			for i := range page {
				page[i].key = page[i].id
			}
			s, _ := NewShard(StreamConfig{Limits: all100, ParallelizationFactor: factor}, &recFields, 0)
			b.ReportAllocs()
			for b.Loop() {
				shardPage(s, page)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100, "ns/record")
		})
	}
}

func BenchmarkRetryBisect100(b *testing.B) {
	r, _ := NewRetry(Policy{MaximumRetryAttempts: new(0), BisectBatchOnFunctionError: true}, arrivedAtT0)
	b.ReportAllocs()
	for b.Loop() {
		bisect100(r)
	}
}

// bisect100 looks for one poison record in a hundred.
func bisect100(r *Retry) {
	r.Begin(100)
	for r.Busy() {
		s := r.Next(t0)
		if s.Action != Invoke {
			continue
		}
		o := Outcome{Result: Succeeded}
		if s.From <= 61 && 61 < s.To {
			o.Result = FunctionError
		}
		r.Report(t0, o)
	}
}
