package filter

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// recordOf is a record of a source, as it stands in the event's Records list, with a member id at the top level of
// patterns.
func recordOf(source Source, id, data string) []byte {
	quoted, _ := json.Marshal(data)
	coded := base64.StdEncoding.EncodeToString([]byte(data))
	switch source {
	case SQS:
		return fmt.Appendf(nil, `{"id":%q,"body":%s,"eventSource":"aws:sqs"}`, id, quoted)
	case Kinesis:
		return fmt.Appendf(nil, `{"kinesis":{"id":%q,"data":%q},"eventSource":"aws:kinesis"}`, id, coded)
	case DynamoDB:
		return fmt.Appendf(nil, `{"id":%q,"dynamodb":%s}`, id, data)
	case Kafka:
		return fmt.Appendf(nil, `{"id":%q,"value":%q}`, id, coded)
	default:
		return fmt.Appendf(nil, `{"data":%q,"id":%q}`, coded, id)
	}
}

func recordsFor(t require.TestingT, source Source, patterns ...string) *Records {
	set, err := Compile(patterns...)
	require.NoError(t, err)
	records, err := set.For(source)
	require.NoError(t, err)
	return records
}

// What becomes of data of each form under patterns of each form. Text patterns have a list at the data key and JSON
// patterns an object; others look at the rest of the record only.
func TestRecords_forms(t *testing.T) {
	const object, number, text = `{"k":1}`, `7`, `Error 1`
	for _, c := range []struct {
		source Source
		entry  string // of the data key; none if empty
		data   string
		match  bool
	}{
		{SQS, `[{"prefix":"Err"}]`, text, true}, // row F25
		{SQS, `[{"prefix":"Err"}]`, object, false},
		{SQS, `[{"exists":true}]`, object, false},
		{SQS, `[{"exists":false}]`, object, false}, // dropped, though there is no leaf
		{SQS, `[{"exists":false}]`, `["a"]`, false},
		{SQS, `["a"]`, `["a"]`, false},
		{SQS, `{"k":[1]}`, object, true},
		{SQS, `{"k":[2]}`, object, false},
		{SQS, `{"k":[1]}`, "\n[{\"k\":1}] ", true},
		{SQS, `{"k":[1]}`, text, false},
		{SQS, `{"k":[{"exists":false}]}`, text, false},
		{SQS, `{"k":[{"exists":false}]}`, number, false},
		{SQS, `{"k":[{"exists":false}]}`, `{}`, true},
		{SQS, `[7]`, number, true},
		{SQS, `["7"]`, number, false},
		{SQS, `["x"]`, `"x"`, true},
		{SQS, `[{"wildcard":"*k*"}]`, `{"k":1`, true}, // not JSON
		{SQS, `[{"suffix":"}"}]`, `{"k":1} }`, true},
		{SQS, `[{"exists":true}]`, `"x" y`, true},
		{SQS, `["x"]`, `"x" y`, false}, // what seemed to be JSON does not count
		{SQS, `[""]`, ``, true},
		{SQS, ``, text, true},
		{SQS, ``, object, true},
		{Kinesis, `{"k":[1]}`, object, true},
		{Kinesis, `{"k":[1]}`, text, false}, // row F24
		{Kinesis, `{"k":[{"exists":false}]}`, text, false},
		{Kinesis, `{"k":[{"exists":false}]}`, `{"j":1}`, true},
		{Kinesis, ``, text, true}, // row F24
		{DynamoDB, `{"k":[1]}`, object, true},
		{DynamoDB, `{"k":[2]}`, object, false},
		{DynamoDB, ``, object, true},
		{Kafka, `[{"prefix":"Err"}]`, text, true},
		{Kafka, `[{"prefix":"Err"}]`, `other`, false},
		{Kafka, `[{"prefix":"Err"}]`, object, true}, // ignored
		{Kafka, `{"k":[2]}`, text, true},            // ignored
		{Kafka, `{"k":[2]}`, object, false},
		{Kafka, `{"k":[1]}`, object, true},
		{Kafka, ``, text, true},
		{MQ, `[{"prefix":"Err"}]`, text, true},
		{MQ, `[{"prefix":"Err"}]`, object, true}, // ignored
		{MQ, `{"k":[2]}`, text, true},            // ignored
		{MQ, `{"k":[2]}`, object, false},
	} {
		pattern := `{"id":["1"]}`
		if c.entry != "" {
			pattern = fmt.Sprintf(`{"id":["1"],%q:%s}`, c.source.dataKey(), c.entry)
		}
		records := recordsFor(t, c.source, pattern)
		require.Equal(t, c.match, records.Match(recordOf(c.source, "1", c.data), []byte(c.data)), "%s: %s and %s", c.source, pattern, c.data)
		require.False(t, records.Match(recordOf(c.source, "2", c.data), []byte(c.data)), "%s: the id is another", c.source)
	}
}

func TestRecords_kinesisMembersAreAtTheTop(t *testing.T) {
	record := []byte(`{"kinesis":{"partitionKey":"p","data":"eyJrIjoxfQ=="},"eventSource":"aws:kinesis"}`)
	data := []byte(`{"k":1}`)
	require.True(t, recordsFor(t, Kinesis, `{"partitionKey":["p"]}`).Match(record, data))
	require.True(t, recordsFor(t, Kinesis, `{"partitionKey":["p"],"data":{"k":[1]}}`).Match(record, data))
	require.False(t, recordsFor(t, Kinesis, `{"kinesis":{"partitionKey":["p"]}}`).Match(record, data))
	require.False(t, recordsFor(t, Kinesis, `{"partitionKey":["q"]}`).Match(record, data))
}

// A branch of $or that does not look at the data holds for data of any form; a pattern in which both forms come is
// satisfied by none.
func TestRecords_formsWithinAPattern(t *testing.T) {
	or := recordsFor(t, SQS, `{"$or":[{"body":["x"]},{"body":{"k":[1]}},{"id":["1"]}]}`)
	for data, match := range map[string]bool{`x`: true, `{"k":1}`: true, `y`: false, `{"k":2}`: false} {
		require.Equal(t, match, or.Match(recordOf(SQS, "2", data), []byte(data)), data)
		require.True(t, or.Match(recordOf(SQS, "1", data), []byte(data)), data)
	}
	both := `{"id":["1"],%q:[{"exists":false},"x"],"%s.k":[{"exists":false},1]}`
	for _, data := range []string{`x`, `{"k":1}`} {
		require.False(t, recordsFor(t, SQS, fmt.Sprintf(both, "body", "body")).Match(recordOf(SQS, "1", data), []byte(data)))
		require.True(t, recordsFor(t, Kafka, fmt.Sprintf(both, "value", "value")).Match(recordOf(Kafka, "1", data), []byte(data)))
	}
	// Several patterns: each is judged by its own form.
	two := recordsFor(t, SQS, `{"body":["x"]}`, `{"body":{"k":[1]}}`)
	require.True(t, two.Match(recordOf(SQS, "1", `x`), []byte(`x`)))
	require.True(t, two.Match(recordOf(SQS, "1", `{"k":1}`), []byte(`{"k":1}`)))
	require.False(t, two.Match(recordOf(SQS, "1", `{"k":2}`), []byte(`{"k":2}`)))
}

func TestFor_refuses(t *testing.T) {
	set := mustCompile(t, `{"id":["1"]}`, `{"$or":[{"a":[1]},{"data":["x"]}]}`)
	_, err := set.For(Kinesis)
	var e *Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, `filter: pattern 1, byte 26: "data" must be an object`, e.Error())
	_, err = mustCompile(t, `{"dynamodb":["x"]}`).For(DynamoDB)
	require.ErrorAs(t, err, &e)
	_, err = set.For(DynamoDB)
	require.NoError(t, err)
	_, err = set.For(0)
	require.EqualError(t, err, "filter: pattern 0, byte 0: unknown source")
	_, err = set.For(MQ + 1)
	require.Error(t, err)
	require.Equal(t, "SQS Kinesis DynamoDB Kafka MQ unknown source", fmt.Sprint(SQS, Kinesis, DynamoDB, Kafka, MQ, Source(0)))
}

func TestRecords_edges(t *testing.T) {
	all := recordsFor(t, SQS)
	require.True(t, all.Match([]byte(`broken`), nil), "no patterns")
	some := recordsFor(t, SQS, `{"body":["x"]}`)
	require.False(t, some.Match([]byte(`broken`), []byte(`x`)))
	require.True(t, some.Match([]byte(`{}`), []byte(`x`)), "the record's own body is not looked at")
	require.False(t, some.Match([]byte(`{"body":"x","\u0062ody":"x"}`), []byte(`y`)))
	require.True(t, recordsFor(t, SQS, `{"body":["x"],"bodyguard":[{"exists":false}]}`).Match([]byte(`{}`), []byte(`x`)), "another key")
	deep := recordsFor(t, SQS, `{"body":{"a":{"b":["x"]}}}`)
	require.False(t, deep.Match([]byte(`{}`), []byte(`{"a":{"b":"x"}`)), "what was found before the end of JSON does not count")
	require.False(t, deep.Match([]byte(`{"body":{"a":{"b":"x"}}}`), []byte(`{}`)))
}

// A body that is a JSON object is judged as if it stood in the record, and neither is changed.
func TestProperties_bodyIsPartOfTheRecord(t *testing.T) {
	matches := 0
	rapid.Check(t, func(t *rapid.T) {
		s := genScene(t, genPlain)
		wrapped := make([]string, len(s.patterns))
		for i, p := range s.patterns {
			wrapped[i] = `{"body":` + p + `}`
		}
		set, err := Compile(s.patterns...)
		if err != nil {
			return
		}
		records := recordsFor(t, SQS, wrapped...)
		for _, body := range s.events {
			record := recordOf(SQS, "1", string(body))
			recordBefore, bodyBefore := bytes.Clone(record), bytes.Clone(body)
			require.Equal(t, set.Match(body), records.Match(record, body))
			require.Equal(t, recordBefore, record)
			require.Equal(t, bodyBefore, body)
			if set.Match(body) {
				matches++
			}
		}
	})
	require.Positive(t, matches)
}
