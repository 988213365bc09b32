package destinations

import (
	"time"

	"github.com/lambdakit/lambdakit/internal/stamp"
)

// BatchRecord is the record of a batch that an event source mapping gave up. It marshals with AWS's keys in AWS's
// order, which is not that of a [Record]. Exactly one of the batch infos is set, by the kind of source.
// [NewBatchRecord] makes one by Lambda's rules.
type BatchRecord struct {
	RequestContext     RequestContext        `json:"requestContext"`
	ResponseContext    *BatchResponseContext `json:"responseContext,omitempty"` // nil when the function was not asked
	Version            string                `json:"version"`                   // "1.0"
	Timestamp          string                `json:"timestamp"`                 // creation of the record, UTC, milliseconds
	KinesisBatchInfo   *StreamBatchInfo      `json:"KinesisBatchInfo,omitempty"`
	DDBStreamBatchInfo *StreamBatchInfo      `json:"DDBStreamBatchInfo,omitempty"`
	KafkaBatchInfo     *KafkaBatchInfo       `json:"KafkaBatchInfo,omitempty"`
	TimeWindowInfo     *TimeWindowInfo       `json:"timeWindowInfo,omitempty"` // with a tumbling window

	// Event is the event as the function got it or would have got it. Only the document of a bucket carries it, as the
	// string payload.
	Event []byte `json:"-"`
}

// BatchResponseContext is the part of a [BatchRecord] about the last response. A nil FunctionError is written as null:
// the function answered, and its response named the records that failed.
type BatchResponseContext struct {
	StatusCode      int     `json:"statusCode"`
	ExecutedVersion string  `json:"executedVersion"`
	FunctionError   *string `json:"functionError"`
}

// StreamBatchInfo says which records of a shard a [BatchRecord] is about. The final invocation of a tumbling window
// may have no records; then only ShardID and StreamARN are there.
type StreamBatchInfo struct {
	ShardID                         string `json:"shardId"`
	StartSequenceNumber             string `json:"startSequenceNumber,omitempty"`
	EndSequenceNumber               string `json:"endSequenceNumber,omitempty"`
	ApproximateArrivalOfFirstRecord string `json:"approximateArrivalOfFirstRecord,omitempty"`
	ApproximateArrivalOfLastRecord  string `json:"approximateArrivalOfLastRecord,omitempty"`
	BatchSize                       int    `json:"batchSize,omitempty"`
	StreamARN                       string `json:"streamArn"`
}

// TimeWindowInfo is the tumbling window of a failed batch, as the event had it.
type TimeWindowInfo struct {
	Window                  Window `json:"window"`
	IsFinalInvokeForWindow  bool   `json:"isFinalInvokeForWindow"`
	IsWindowTerminatedEarly bool   `json:"isWindowTerminatedEarly"`
}

// Window is the span of a tumbling window, in whole seconds: 2020-12-09T07:04:00Z. [NewWindow] makes one.
type Window struct {
	Start string `json:"start"`
	End   string `json:"end"`
}

// NewWindow writes the span of a window as events and records have it.
func NewWindow(start, end time.Time) Window {
	return Window{Start: stamp.Seconds(start), End: stamp.Seconds(end)}
}

// Discard is how an event source mapping gave up a batch of a stream's shard: what [NewBatchRecord] makes a record of.
type Discard struct {
	// Time is when the record is made.
	Time time.Time
	// RequestID is that of the batch's last invocation; retries of an unchanged batch share it.
	RequestID string
	// FunctionARN is the mapping's, qualified or not as the mapping has it.
	FunctionARN string
	// Condition is RetryAttemptsExhausted or RecordAgeExceeded.
	Condition Condition
	// Invokes counts the invocations of this very batch. It is recorded as 1 when there was none.
	Invokes int

	// Answered says that the function was asked and answered. It is recorded with status 200, failed or not, but not
	// when the records were too old.
	Answered bool
	// ExecutedVersion is the version that answered.
	ExecutedVersion string
	// FunctionError is "Unhandled" for an error, and "" when the response named failed records: that is recorded as null.
	FunctionError string

	// StreamARN is the stream's or its consumer's. The service that it names decides the form of the record.
	StreamARN string
	// Shard is the shard's id.
	Shard string
	// First and Last are the ends of the batch of Size records. Size is 0 in the final invocation of a window without records.
	First, Last StreamPoint
	Size        int

	// Window is the tumbling window, nil for none.
	Window *TimeWindowInfo
	// Event is the event as the function got it or would have got it.
	Event []byte
}

// StreamPoint is one record of a stream: its sequence number and when it arrived.
type StreamPoint struct {
	SequenceNumber string
	Arrival        time.Time
}

// NewBatchRecord makes the record of a discarded batch, by Lambda's rules:
//
//   - responseContext is absent when the records were too old or the function never answered;
//   - functionError is null when the function's response named the records that failed;
//   - an invoke count of 0 is recorded as 1;
//   - arrival times have milliseconds for Kinesis and none for DynamoDB.
//
// The record shares the event's bytes with d.
func NewBatchRecord(d Discard) *BatchRecord {
	r := &BatchRecord{
		Version:   recordVersion,
		Timestamp: stamp.Millis(d.Time),
		RequestContext: RequestContext{
			RequestID: d.RequestID, FunctionARN: d.FunctionARN,
			Condition: d.Condition, ApproximateInvokeCount: max(1, d.Invokes),
		},
		TimeWindowInfo: d.Window,
		Event:          d.Event,
	}
	if d.Answered && d.Condition != RecordAgeExceeded {
		r.ResponseContext = &BatchResponseContext{StatusCode: 200, ExecutedVersion: d.ExecutedVersion}
		if d.FunctionError != "" {
			r.ResponseContext.FunctionError = &d.FunctionError
		}
	}
	if serviceOf(d.StreamARN) == "dynamodb" {
		r.DDBStreamBatchInfo = d.info(stamp.Seconds)
	} else {
		r.KinesisBatchInfo = d.info(stamp.Millis)
	}
	return r
}

// info describes the batch, with arrival times in the given form.
func (d *Discard) info(form func(time.Time) string) *StreamBatchInfo {
	i := &StreamBatchInfo{ShardID: d.Shard, StreamARN: d.StreamARN}
	if d.Size > 0 {
		i.StartSequenceNumber, i.ApproximateArrivalOfFirstRecord = d.First.SequenceNumber, form(d.First.Arrival)
		i.EndSequenceNumber, i.ApproximateArrivalOfLastRecord = d.Last.SequenceNumber, form(d.Last.Arrival)
		i.BatchSize = d.Size
	}
	return i
}

// shard returns the part of an object's key that names where in the source the batch is from.
func (r *BatchRecord) shard() string {
	switch {
	case r.KinesisBatchInfo != nil:
		return r.KinesisBatchInfo.ShardID
	case r.DDBStreamBatchInfo != nil:
		return r.DDBStreamBatchInfo.ShardID
	case r.KafkaBatchInfo != nil:
		return r.KafkaBatchInfo.partition()
	}
	return ""
}
