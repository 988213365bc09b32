package destinationstest

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"testing"
	"time"

	"github.com/lambdakit/lambdakit/destinations"
)

const (
	fixtureARN    = "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST"
	fixtureStream = "arn:aws:kinesis:us-east-1:123456789012:stream/s"
	fixtureTrace  = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
)

// delivery makes a delivery of a kind, told from others by id, with text in its payload.
func delivery(k Kind, id, text string) destinations.Delivery {
	var quoted bytes.Buffer
	e := json.NewEncoder(&quoted)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		panic(err)
	}
	payload := []byte(`{"id":"` + id + `","n":12345678901234567890,"text":` + string(bytes.TrimSpace(quoted.Bytes())) + `}`)
	at := time.Date(2026, 10, 1, 12, 3, 42, 85e6, time.UTC)
	d := destinations.Delivery{Function: "f", TraceHeader: fixtureTrace}
	switch k {
	case SuccessRecord, FailureRecord:
		end := destinations.Ending{
			Time: at, RequestID: "request-" + id, FunctionARN: fixtureARN, Condition: destinations.Success,
			Attempts: 1, Payload: payload, StatusCode: 200, ExecutedVersion: "$LATEST",
		}
		if k == FailureRecord {
			end.Condition, end.FunctionError, end.Attempts = destinations.RetriesExhausted, "Unhandled", 3
		}
		d.Record = destinations.NewRecord(end)
	case BatchRecord:
		d.Mapping = "14e0db71-5d35-4eb5-b481-8945cf9d10c2"
		point := destinations.StreamPoint{SequenceNumber: id, Arrival: at}
		d.Batch = destinations.NewBatchRecord(destinations.Discard{
			Time: at, RequestID: "request-" + id, FunctionARN: fixtureARN, Condition: destinations.RetryAttemptsExhausted,
			Invokes: 2, Answered: true, ExecutedVersion: "$LATEST", FunctionError: "Unhandled",
			StreamARN: fixtureStream, Shard: "shardId-000000000000", First: point, Last: point, Size: 1, Event: payload,
		})
	case DeadLetter:
		d.DeadLetter = &destinations.DeadLetter{Body: payload, RequestID: "request-" + id, ErrorCode: 200, ErrorMessage: "boom"}
	}
	return d
}

// payloads returns the byte slices that d holds.
func payloads(d *destinations.Delivery) [][]byte {
	switch {
	case d.Record != nil:
		return [][]byte{d.Record.RequestPayload}
	case d.Batch != nil:
		return [][]byte{d.Batch.Event}
	default:
		return [][]byte{d.DeadLetter.Body}
	}
}

// nothing fails the test if anything arrived.
func nothing(t *testing.T, got []Arrival) {
	t.Helper()
	for _, a := range got {
		t.Errorf("arrived nevertheless: %.200s", a.Document)
	}
}

// compare fails the test unless exactly d arrived.
func compare(t *testing.T, got []Arrival, d destinations.Delivery) {
	t.Helper()
	if len(got) != 1 {
		t.Fatalf("%d documents arrived, want 1", len(got))
	}
	a := got[0]
	if a.TraceHeader != d.TraceHeader {
		t.Errorf("trace header %q arrived, want %q", a.TraceHeader, d.TraceHeader)
	}
	attributes := map[string]string{}
	if d.DeadLetter != nil {
		for _, want := range d.DeadLetter.Attributes() {
			attributes[want.Name] = want.Value
		}
	}
	if !maps.Equal(a.Attributes, attributes) {
		t.Errorf("attributes %v arrived, want %v", a.Attributes, attributes)
	}
	if d.DeadLetter != nil {
		if !bytes.Equal(a.Document, d.DeadLetter.Body) {
			t.Errorf("%s arrived, want the event's bytes %s", a.Document, d.DeadLetter.Body)
		}
		return
	}
	if g, w := object(t, a.Document), object(t, want(t, d)); !reflect.DeepEqual(g, w) {
		t.Errorf("arrived\n%s\nwant\n%s", a.Document, want(t, d))
	}
}

// want is the record that d holds, as JSON.
func want(t *testing.T, d destinations.Delivery) []byte {
	t.Helper()
	var v any = d.Record
	if d.Batch != nil {
		v = d.Batch
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// object decodes a document, without the payload that a bucket adds to a batch.
func object(t *testing.T, document []byte) map[string]any {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(document))
	dec.UseNumber()
	var o map[string]any
	if err := dec.Decode(&o); err != nil {
		t.Fatalf("the document %.200s is no JSON object: %v", document, err)
	}
	if o["KinesisBatchInfo"] != nil {
		delete(o, "payload")
	}
	return o
}
