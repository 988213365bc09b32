package batch

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func retried(o Outcome, batch []rec) string {
	switch o.Result {
	case Succeeded:
		return "none"
	case AllFailed:
		return "all"
	}
	return idsOf(batch[o.First:])
}

func TestStreamVerdict_truthTable(t *testing.T) {
	for _, row := range truthTable {
		t.Run(row.row, func(t *testing.T) {
			want := row.stream
			if want == "" {
				want = row.queue
			}
			batch := records(3)
			require.Equal(t, want, retried(StreamVerdict([]byte(row.payload), batch, recID), batch))
		})
	}
}

// Sequence numbers count by their place: as numbers or strings they would be out of order here.
func TestStreamVerdict_lowestByPosition(t *testing.T) {
	batch := []rec{{id: "9"}, {id: "10"}, {id: "8"}}
	require.Equal(t, Outcome{Result: PartlyFailed, First: 1}, StreamVerdict(partial("8", "10"), batch, recID))
}

func TestStreamVerdict_followsTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		payload := drawResponse(t)
		want, failed := modelVerdict(payload, []string{"1", "2", "3"}, false)
		o := StreamVerdict(payload, records(3), recID)
		require.Equal(t, want, o.Result, "%s", payload)
		if want == PartlyFailed {
			require.Equal(t, failed[0], o.First)
		}
	})
}

func TestWindowVerdict(t *testing.T) {
	for _, c := range []struct {
		payload string
		report  bool
		want    Result
		state   string
	}{
		{`{"state":{"n":1}}`, false, Succeeded, `{"n":1}`},
		{"{\"x\":[{\"state\":5}], \"state\" : {\"a\":\"}\"} \n}", true, Succeeded, `{"a":"}"}`},
		{`{"state":{"n":1},"state":{"n":2}}`, true, Succeeded, `{"n":2}`},
		{`{"state":{},"batchItemFailures":[{"itemIdentifier":"2"}]}`, true, PartlyFailed, `{}`},
		{`{"batchItemFailures":[{"itemIdentifier":"2"}],"state":{}}`, false, Succeeded, `{}`},
		{`{"state":{},"batchItemFailures":[{"itemIdentifier":"9"}]}`, true, AllFailed, `{}`},
		{`{"state":{},"batchItemFailures":7}`, true, AllFailed, `{}`},
		{`{"state":{},"batchItemFailures":7}`, false, Succeeded, `{}`},
		{`{"batchItemFailures":[]}`, true, FunctionError, ``},
		{`{}`, false, FunctionError, ``},
		{`null`, false, FunctionError, ``},
		{``, false, FunctionError, ``},
		{`{"State":{}}`, false, FunctionError, ``},
		{`{"state":null}`, false, FunctionError, ``},
		{`{"state":"x"}`, false, FunctionError, ``},
		{`{"state":{}`, false, FunctionError, ``},
		{"{\"state\":{\"a\":\"\xff\"}}", false, FunctionError, ``}, // no event could carry it
		{strings.Repeat(" ", 3) + `{"state":{}}`, false, Succeeded, `{}`},
	} {
		o := WindowVerdict([]byte(c.payload), records(3), recID, c.report)
		require.Equal(t, c.want, o.Result, c.payload)
		require.Equal(t, c.state, string(o.State), c.payload)
	}
}
