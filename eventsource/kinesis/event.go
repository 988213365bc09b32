package kinesis

import (
	"encoding/base64"
	"strings"
	"time"

	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/internal/jsontext"
	"github.com/lambdakit/lambdakit/internal/stamp"
)

// view is one way to look at a stream: under its own ARN or a consumer's. It is never changed.
type view struct {
	arn  string
	tail string // the end of each record's JSON, which is the same for all
}

func newView(arn, region, invokeIdentity string) view {
	b := jsontext.AppendString([]byte(`","eventName":"aws:kinesis:record","invokeIdentityArn":`), invokeIdentity)
	b = jsontext.AppendString(append(b, `,"awsRegion":`...), region)
	b = jsontext.AppendString(append(b, `,"eventSourceARN":`...), arn)
	return view{arn, string(append(b, '}'))}
}

// page writes a run's records as Lambda hands them to a function. One page costs five allocations at most, whatever its
// length: the records, their JSON and their sequence numbers share one array each.
func (v *view) page(r run) eventsource.Page {
	p := eventsource.Page{Next: r.next, End: r.end}
	if len(r.records) == 0 {
		return p
	}
	p.Records = make([]eventsource.Record, len(r.records))
	ids := r.sequenceNumbers()
	shard := shardID(r.shard)
	b := make([]byte, 0, v.size(r.records))
	for i := range r.records {
		rec, id, start := &r.records[i], ids[i*sequenceDigits:(i+1)*sequenceDigits], len(b)
		b = v.appendRecord(b, rec, shard, id)
		p.Records[i] = eventsource.Record{
			ID:      id,
			JSON:    b[start:len(b):len(b)],
			Data:    rec.data,
			Group:   rec.key,
			Arrival: time.UnixMilli(rec.arrival),
		}
	}
	return p
}

// sequenceNumbers is the run's sequence numbers, one behind the other.
func (r *run) sequenceNumbers() string {
	var ids strings.Builder
	ids.Grow(len(r.records) * sequenceDigits)
	var buffer [sequenceDigits]byte
	for i := range r.records {
		q := r.first
		q.index += uint64(i)
		q.second = r.records[i].arrival / 1000
		ids.Write(q.append(buffer[:0]))
	}
	return ids.String()
}

// size is how long the records' JSON will be, or a little more; less if a partition key needs escapes.
func (v *view) size(records []record) int {
	const rest = 330 // field names, two sequence numbers, a shard id, a timestamp
	n := len(records) * (rest + len(v.tail))
	for i := range records {
		n += len(records[i].key) + base64.StdEncoding.EncodedLen(len(records[i].data))
	}
	return n
}

func (v *view) appendRecord(b []byte, r *record, shard, id string) []byte {
	b = append(b, `{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":`...)
	b = jsontext.AppendString(b, r.key)
	b = append(b, `,"sequenceNumber":"`...)
	b = append(b, id...)
	b = append(b, `","data":"`...)
	b = base64.StdEncoding.AppendEncode(b, r.data)
	b = append(b, `","approximateArrivalTimestamp":`...)
	b = stamp.AppendEpoch(b, time.UnixMilli(r.arrival))
	b = append(b, `},"eventSource":"aws:kinesis","eventVersion":"1.0","eventID":"`...)
	b = append(b, shard...)
	b = append(b, ':')
	b = append(b, id...)
	return append(b, v.tail...)
}
