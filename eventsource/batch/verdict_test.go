package batch

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// truthTable is the table of what responses mean, row by row. queue and stream name the records that stay or are
// retried of a batch 1,2,3; stream is the same as queue where it is empty, but for the suffix rule.
var truthTable = []struct {
	row, payload  string
	queue, stream string // ids; "none", "all"
}{
	{row: "no payload", payload: ``, queue: "none"},
	{row: "empty string", payload: `""`, queue: "none"},
	{row: "null", payload: `null`, queue: "none"},
	{row: "null, spaced", payload: " null\n", queue: "none"},
	{row: "empty array", payload: `[]`, queue: "none"},
	{row: "empty array, spaced", payload: " [ ] ", queue: "none"},
	{row: "empty object", payload: `{}`, queue: "none"},
	{row: "empty list", payload: `{"batchItemFailures":[]}`, queue: "none"},
	{row: "empty list, spaced", payload: "{ \"batchItemFailures\" : [ ] }", queue: "none"},
	{row: "null list", payload: `{"batchItemFailures":null}`, queue: "none"},
	{row: "unrelated keys", payload: `{"ok":1}`, queue: "none"},
	{row: "unrelated keys around", payload: `{"a":{"batchItemFailures":5},"batchItemFailures":[],"b":["]}"]}`, queue: "none"},
	{row: "key in another case", payload: `{"BatchItemFailures":[{"itemIdentifier":"1"}]}`, queue: "none"},
	{row: "key with an escape", payload: `{"batch\u0049temFailures":[{"itemIdentifier":"2"}]}`, queue: "2", stream: "2,3"},
	{row: "valid id", payload: `{"batchItemFailures":[{"itemIdentifier":"2"}]}`, queue: "2", stream: "2,3"},
	{row: "valid ids, out of order", payload: `{"batchItemFailures":[{"itemIdentifier":"3"},{"itemIdentifier":"1"}]}`, queue: "1,3", stream: "1,2,3"},
	{row: "valid id twice", payload: `{"batchItemFailures":[{"itemIdentifier":"3"},{"itemIdentifier":"3"}]}`, queue: "3"},
	{row: "id with an escape", payload: `{"batchItemFailures":[{"itemIdentifier":"\u0033"}]}`, queue: "3"},
	{row: "id among other keys", payload: `{"batchItemFailures":[{"x":[{}],"itemIdentifier":"3","y":null}]}`, queue: "3"},
	{row: "quotes and backslashes around", payload: `{"\"a\\":"\"}\\","batchItemFailures":[{"itemIdentifier":"3"}],"b":"]\""}`, queue: "3"},
	{row: "all ids", payload: `{"batchItemFailures":[{"itemIdentifier":"1"},{"itemIdentifier":"2"},{"itemIdentifier":"3"}]}`, queue: "1,2,3"},
	{row: "id empty", payload: `{"batchItemFailures":[{"itemIdentifier":""}]}`, queue: "all"},
	{row: "id null", payload: `{"batchItemFailures":[{"itemIdentifier":null}]}`, queue: "all"},
	{row: "wrong key", payload: `{"batchItemFailures":[{"foo":"x"}]}`, queue: "all"},
	{row: "wrong key, null", payload: `{"batchItemFailures":[{"foo":null}]}`, queue: "all"},
	{row: "key of the entry in another case", payload: `{"batchItemFailures":[{"ItemIdentifier":"1"}]}`, queue: "all"},
	{row: "entry without keys", payload: `{"batchItemFailures":[{}]}`, queue: "none", stream: "all"},
	{row: "entry without keys beside a valid one", payload: `{"batchItemFailures":[{},{"itemIdentifier":"2"}]}`, queue: "2", stream: "all"},
	{row: "unknown id", payload: `{"batchItemFailures":[{"itemIdentifier":"9"}]}`, queue: "all"},
	{row: "number", payload: `{"batchItemFailures":[{"itemIdentifier":1}]}`, queue: "all"},
	{row: "object for an id", payload: `{"batchItemFailures":[{"itemIdentifier":{"partition":"t-0","offset":1}}]}`, queue: "all"},
	{row: "entry is a string", payload: `{"batchItemFailures":["1"]}`, queue: "all"},
	{row: "entry is null", payload: `{"batchItemFailures":[null]}`, queue: "all"},
	{row: "entry is an array", payload: `{"batchItemFailures":[["1"]]}`, queue: "all"},
	{row: "list is an object", payload: `{"batchItemFailures":{"itemIdentifier":"1"}}`, queue: "all"},
	{row: "list is a string", payload: `{"batchItemFailures":"1"}`, queue: "all"},
	{row: "list is an empty string", payload: `{"batchItemFailures":""}`, queue: "all"},
	{row: "list is a number", payload: `{"batchItemFailures":1}`, queue: "all"},
	{row: "list is false", payload: `{"batchItemFailures":false}`, queue: "all"},
	{row: "valid and unknown", payload: `{"batchItemFailures":[{"itemIdentifier":"1"},{"itemIdentifier":"9"}]}`, queue: "all"},
	{row: "valid and empty", payload: `{"batchItemFailures":[{"itemIdentifier":"1"},{"itemIdentifier":""}]}`, queue: "all"},
	{row: "empty and valid", payload: `{"batchItemFailures":[{"itemIdentifier":"","x":1},{"itemIdentifier":"1"}]}`, queue: "all"},
	{row: "list twice, the last counts", payload: `{"batchItemFailures":[{"itemIdentifier":"1"}],"batchItemFailures":[{"itemIdentifier":"3"}]}`, queue: "3"},
	{row: "list twice, the last is null", payload: `{"batchItemFailures":[{"itemIdentifier":"1"}],"batchItemFailures":null}`, queue: "none"},
	{row: "list twice, the first is no list", payload: `{"batchItemFailures":7,"batchItemFailures":[]}`, queue: "all"},
	{row: "id twice, the last counts", payload: `{"batchItemFailures":[{"itemIdentifier":"1","itemIdentifier":"3"}]}`, queue: "3"},
	{row: "id twice, the first is null", payload: `{"batchItemFailures":[{"itemIdentifier":null,"itemIdentifier":"3"}]}`, queue: "all"},
	{row: "scalar string", payload: `"done"`, queue: "all"},
	{row: "scalar number", payload: `5`, queue: "all"},
	{row: "scalar true", payload: ` true`, queue: "all"},
	{row: "array of ids", payload: `["1"]`, queue: "all"},
	{row: "invalid JSON", payload: `{"batchItemFailures":[`, queue: "all"},
	{row: "two values", payload: `{} {}`, queue: "all"},
	{row: "a bare word", payload: `ok`, queue: "all"},
	{row: "nothing but white space", payload: ` `, queue: "all"},
	{row: "too deep", payload: strings.Repeat(`[`, 20_000) + strings.Repeat(`]`, 20_000), queue: "all"},
}

func staying(v Verdict, batch []rec) string {
	switch v.Result {
	case Succeeded:
		return "none"
	case AllFailed:
		return "all"
	}
	var left []rec
	for _, i := range v.Failed {
		left = append(left, batch[i])
	}
	return idsOf(left)
}

func TestQueueVerdict_truthTable(t *testing.T) {
	for _, row := range truthTable {
		t.Run(row.row, func(t *testing.T) {
			batch := records(3)
			require.Equal(t, row.queue, staying(QueueVerdict([]byte(row.payload), batch, recID), batch))
		})
	}
}

func TestAcknowledged(t *testing.T) {
	batch := records(4)
	require.Equal(t, "1,2,3,4", idsOf(Acknowledged(Verdict{Result: Succeeded}, batch)))
	require.Equal(t, "2,4", idsOf(Acknowledged(Verdict{Result: PartlyFailed, Failed: []int{0, 2}}, batch)))
	require.Equal(t, "1,2,3", idsOf(Acknowledged(Verdict{Result: PartlyFailed, Failed: []int{3}}, batch)))
	require.Empty(t, Acknowledged(Verdict{Result: PartlyFailed, Failed: []int{0, 1, 2, 3}}, batch))
	for _, r := range []Result{AllFailed, FunctionError, Throttled, TooLarge, 0} {
		require.Empty(t, Acknowledged(Verdict{Result: r}, batch), r)
	}
	require.Equal(t, "1,2,3,4", idsOf(batch), "the batch is not changed")
}

func TestQueueVerdict_everyCopyOfAnIDStays(t *testing.T) {
	batch := []rec{{id: "a"}, {id: "b"}, {id: "a"}}
	require.Equal(t, Verdict{Result: PartlyFailed, Failed: []int{0, 2}}, QueueVerdict(partial("a"), batch, recID))
}

func TestQueueVerdict_doesNotKeepThePayload(t *testing.T) {
	payload, batch := partial("2"), records(3)
	v := QueueVerdict(payload, batch, recID)
	clear(payload)
	require.Equal(t, "2", staying(v, batch))
}

func TestResult_string(t *testing.T) {
	require.Equal(t, "Succeeded PartlyFailed AllFailed FunctionError Throttled TooLarge",
		fmt.Sprint(Succeeded, PartlyFailed, AllFailed, FunctionError, Throttled, TooLarge))
	require.Empty(t, Result(99).String())
}

// response draws a response, mostly of the right shape.
func drawResponse(t *rapid.T) []byte {
	id := rapid.SampledFrom([]string{`"1"`, `"2"`, `"3"`, `"\u0032"`, `"9"`, `""`, `null`, `1`, `{}`, `["1"]`})
	key := rapid.SampledFrom([]string{"itemIdentifier", "itemIdentifier", "itemIdentifier", "foo"})
	entry := rapid.Custom(func(t *rapid.T) string {
		if rapid.IntRange(0, 12).Draw(t, "odd entry") == 0 {
			return rapid.SampledFrom([]string{`null`, `"1"`, `[]`, `{ }`}).Draw(t, "entry")
		}
		return object(t, rapid.SliceOfN(key, 1, 2).Draw(t, "keys"), id)
	})
	list := rapid.Custom(func(t *rapid.T) string {
		if rapid.IntRange(0, 8).Draw(t, "odd list") == 0 {
			return rapid.SampledFrom([]string{`null`, `""`, `{}`, `3`}).Draw(t, "list")
		}
		return "[" + strings.Join(rapid.SliceOfN(entry, 0, 4).Draw(t, "entries"), " , ") + "]"
	})
	if rapid.IntRange(0, 10).Draw(t, "no object") == 0 {
		return []byte(rapid.SampledFrom([]string{``, `null`, `""`, `"x"`, `[]`, `[1]`, `0`, `{`, `{"a" 1}`}).Draw(t, "root"))
	}
	keys := rapid.SampledFrom([]string{"batchItemFailures", "batchItemFailures", "other"})
	return []byte(object(t, rapid.SliceOfN(keys, 0, 3).Draw(t, "root keys"), list))
}

func object(t *rapid.T, keys []string, value *rapid.Generator[string]) string {
	var members []string
	for _, k := range keys {
		members = append(members, fmt.Sprintf("%q: %s", k, value.Draw(t, "value")))
	}
	return "{" + strings.Join(members, ",") + "}"
}

func TestQueueVerdict_followsTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		payload, batch := drawResponse(t), records(3)
		want, failed := modelVerdict(payload, []string{"1", "2", "3"}, true)
		require.Equal(t, Verdict{Result: want, Failed: failed}, QueueVerdict(payload, batch, recID), "%s", payload)
	})
}

// Half of a large batch reported in reverse must not take quadratic time.
func TestQueueVerdict_largeBatch(t *testing.T) {
	batch := records(10_000)
	var ids []string
	for i := len(batch) - 1; i >= 0; i -= 2 {
		ids = append(ids, batch[i].id)
	}
	v := QueueVerdict(partial(ids...), batch, recID)
	require.Equal(t, PartlyFailed, v.Result)
	require.Len(t, v.Failed, 5_000)
	require.Len(t, Acknowledged(v, batch), 5_000)
}

func FuzzVerdicts(f *testing.F) {
	for _, row := range truthTable {
		if len(row.payload) < 1000 {
			f.Add([]byte(row.payload))
		}
	}
	f.Add([]byte(`{"state":{"n":"1"},"batchItemFailures":[{"itemIdentifier":"3"}]}`))
	ids, batch := []string{"1", "2", "3"}, records(3)
	f.Fuzz(func(t *testing.T, payload []byte) {
		before := string(payload)
		want, failed := modelVerdict(payload, ids, true)
		require.Equal(t, Verdict{Result: want, Failed: failed}, QueueVerdict(payload, batch, recID))
		o := Outcome{}
		if o.Result, failed = modelVerdict(payload, ids, false); len(failed) > 0 {
			o.First = failed[0]
		}
		require.Equal(t, o, StreamVerdict(payload, batch, recID))
		w := WindowVerdict(payload, batch, recID, true)
		if w.State != nil {
			require.True(t, json.Valid(w.State))
			require.Equal(t, o.Result, w.Result)
		} else {
			require.Equal(t, FunctionError, w.Result)
		}
		require.Equal(t, before, string(payload), "the payload is the caller's")
	})
}
