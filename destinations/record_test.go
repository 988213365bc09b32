package destinations_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/destinations"
)

const latest = "arn:aws:lambda:us-east-1:123456789012:function:fn:$LATEST"

var created = time.Date(2026, 10, 1, 12, 3, 42, 85_999_999, time.UTC)

// deliveredBody is what a queue gets of a record.
func deliveredBody(t require.TestingT, d destinations.Delivery) string {
	q := &fakeQueue{}
	require.NoError(t, destinations.SQS(q).Deliver(ctxOf(t), d))
	return q.got[0].Body
}

func TestRecord(t *testing.T) {
	const timedOut = `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: id Error: Task timed out after 3.00 seconds"}`
	head := func(condition, count, payload string) string {
		return `{"version":"1.0","timestamp":"2026-10-01T12:03:42.085Z","requestContext":{"requestId":"id","functionArn":"` + latest +
			`","condition":"` + condition + `","approximateInvokeCount":` + count + `},"requestPayload":` + payload
	}
	for _, c := range []struct {
		name string
		end  destinations.Ending
		want string
	}{
		{"success", destinations.Ending{Condition: destinations.Success, Attempts: 1, Payload: []byte(`{"a":1}`), StatusCode: 200, ExecutedVersion: "$LATEST", Response: []byte(`"ok"`)},
			head("Success", "1", `{"a":1}`) + `,"responseContext":{"statusCode":200,"executedVersion":"$LATEST"},"responsePayload":"ok"}`},
		{"success after retries counts 1", destinations.Ending{Condition: destinations.Success, Attempts: 3, Payload: []byte(`1`), StatusCode: 200, ExecutedVersion: "7", Response: []byte(`[]`)},
			head("Success", "1", `1`) + `,"responseContext":{"statusCode":200,"executedVersion":"7"},"responsePayload":[]}`},
		{"row 40: empty body, null result", destinations.Ending{Condition: destinations.Success, Attempts: 1, StatusCode: 200, ExecutedVersion: "$LATEST"},
			head("Success", "1", `{}`) + `,"responseContext":{"statusCode":200,"executedVersion":"$LATEST"},"responsePayload":null}`},
		{"empty, not nil", destinations.Ending{Condition: destinations.Success, Attempts: 1, Payload: []byte{}, StatusCode: 200, ExecutedVersion: "$LATEST", Response: []byte{}},
			head("Success", "1", `{}`) + `,"responseContext":{"statusCode":200,"executedVersion":"$LATEST"},"responsePayload":null}`},
		{"row 2: handler error", destinations.Ending{Condition: destinations.RetriesExhausted, Attempts: 3, Payload: []byte(`{}`), StatusCode: 200, ExecutedVersion: "$LATEST", FunctionError: "Unhandled", Response: []byte(`{"errorMessage":"<boom>"}`)},
			head("RetriesExhausted", "3", `{}`) + `,"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},"responsePayload":{"errorMessage":"<boom>"}}`},
		{"row 7: next retry past the age", destinations.Ending{Condition: destinations.EventAgeExceeded, Attempts: 1, Payload: []byte(`{}`), StatusCode: 200, ExecutedVersion: "$LATEST", FunctionError: "Unhandled", Response: []byte(`{}`)},
			head("EventAgeExceeded", "1", `{}`) + `,"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},"responsePayload":{}}`},
		{"row 13: timeout", destinations.Ending{Condition: destinations.RetriesExhausted, Attempts: 3, Payload: []byte(`{}`), StatusCode: 200, ExecutedVersion: "$LATEST", FunctionError: "Unhandled", Response: []byte(timedOut)},
			head("RetriesExhausted", "3", `{}`) + `,"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},"responsePayload":` + timedOut + `}`},
		{"row 22: throttled until age", destinations.Ending{Condition: destinations.EventAgeExceeded, Payload: []byte(`{}`), StatusCode: 429},
			head("EventAgeExceeded", "0", `{}`) + `,"responseContext":{"statusCode":429}}`},
		{"row 27: ran, then throttled", destinations.Ending{Condition: destinations.EventAgeExceeded, Attempts: 1, Payload: []byte(`{}`), StatusCode: 429, ExecutedVersion: "$LATEST", FunctionError: "Unhandled", Response: []byte(`{}`)},
			head("EventAgeExceeded", "1", `{}`) + `,"responseContext":{"statusCode":429}}`},
		{"row 18: reserved concurrency 0", destinations.Ending{Condition: destinations.ZeroReservedConcurrency, Payload: []byte(`{}`)},
			head("ZeroReservedConcurrency", "0", `{}`) + `}`},
		{"row 33: target deleted", destinations.Ending{Condition: destinations.RetriesExhausted, Attempts: 2, Payload: []byte(`{}`), StatusCode: 404},
			head("RetriesExhausted", "2", `{}`) + `,"responseContext":{"statusCode":404}}`},
		{"aged out, never dispatched", destinations.Ending{Condition: destinations.EventAgeExceeded, Payload: []byte(`{}`)},
			head("EventAgeExceeded", "0", `{}`) + `}`},
		{"response that is no JSON", destinations.Ending{Condition: destinations.Success, Attempts: 1, Payload: []byte(`{}`), StatusCode: 200, ExecutedVersion: "$LATEST", Response: []byte(`no json`)},
			head("Success", "1", `{}`) + `,"responseContext":{"statusCode":200,"executedVersion":"$LATEST"}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.end.Time, c.end.RequestID, c.end.FunctionARN = created, "id", latest
			r := destinations.NewRecord(c.end)
			require.Equal(t, c.want, deliveredBody(t, destinations.Delivery{Record: r}))

			var back destinations.Record
			require.NoError(t, json.Unmarshal([]byte(c.want), &back))
			require.Equal(t, *r, back, "a record reads as it was written")
		})
	}
}

// What holds of every record, whatever the ending.
func TestRecordInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		end := destinations.Ending{
			Time: created, RequestID: "id", FunctionARN: latest,
			Condition: rapid.SampledFrom([]destinations.Condition{destinations.Success, destinations.RetriesExhausted, destinations.EventAgeExceeded,
				destinations.ZeroReservedConcurrency, destinations.RecursiveInvocation}).Draw(t, "condition"),
			Attempts:        rapid.IntRange(0, 4).Draw(t, "attempts"),
			Payload:         jsonBytes(t, "payload"),
			StatusCode:      rapid.SampledFrom([]int{0, 200, 404, 429, 500}).Draw(t, "status"),
			ExecutedVersion: "3",
			FunctionError:   rapid.SampledFrom([]string{"", "Unhandled"}).Draw(t, "error"),
			Response:        jsonBytes(t, "response"),
		}
		r := destinations.NewRecord(end)
		body := deliveredBody(t, destinations.Delivery{Record: r})
		var o map[string]json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(body), &o))

		_, context := o["responseContext"]
		_, payload := o["responsePayload"]
		require.Equal(t, end.StatusCode != 0, context)
		require.Equal(t, end.StatusCode == 200, payload, "only a run has a payload")
		if len(end.Payload) > 0 {
			require.JSONEq(t, string(end.Payload), string(o["requestPayload"]))
		}
		if end.Condition == destinations.Success {
			require.Equal(t, 1, r.RequestContext.ApproximateInvokeCount)
		}
		if r.ResponseContext != nil && end.StatusCode != 200 {
			require.Equal(t, destinations.ResponseContext{StatusCode: end.StatusCode}, *r.ResponseContext)
		}
	})
}

// jsonBytes draws JSON of any shape, or nothing.
func jsonBytes(t *rapid.T, label string) []byte {
	v := rapid.SampledFrom([]any{nil, true, 1.5, "<ü>", []any{"a", nil}, map[string]any{"k": "v"}}).Draw(t, label)
	if rapid.Bool().Draw(t, label+" empty") {
		return nil
	}
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return b
}

func FuzzRecordEmbedsPayload(f *testing.F) {
	for _, s := range []string{"", "{}", `{"a":[1,2]}`, "null", "no json", `"\ud800"`, " { } ", "1e999", "\xff"} {
		f.Add([]byte(s), []byte(s))
	}
	f.Fuzz(func(t *testing.T, payload, response []byte) {
		end := destinations.Ending{Time: created, RequestID: "id", FunctionARN: latest, Condition: destinations.Success, Payload: payload, StatusCode: 200, Response: response}
		body := deliveredBody(t, destinations.Delivery{Record: destinations.NewRecord(end)})
		require.True(t, json.Valid([]byte(body)), "%s", body)
	})
}
