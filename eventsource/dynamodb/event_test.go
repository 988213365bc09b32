package dynamodb

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/eventsource"
)

var setOf = func(s ...string) events.DynamoDBAttributeValue { return events.NewStringSetAttribute(s) }

// changeOf is the record as a handler gets it.
func changeOf(t testing.TB, r eventsource.Record) events.DynamoDBEventRecord {
	var e events.DynamoDBEventRecord
	require.NoError(t, json.Unmarshal(r.JSON, &e))
	return e
}

// The item of DynamoDB's documentation: inserted, modified, removed, in every view.
func TestRecordJSON(t *testing.T) {
	const (
		inserted = `{"Id":{"N":"101"},"Message":{"S":"New item!"}}`
		modified = `{"Id":{"N":"101"},"Message":{"S":"This item has changed"}}`
	)
	for view, want := range map[StreamViewType][3]string{
		NewAndOldImages: {`"NewImage":` + inserted + `,"SequenceNumber":"100000000000000000001","SizeBytes":26`,
			`"NewImage":` + modified + `,"OldImage":` + inserted + `,"SequenceNumber":"200000000000000000002","SizeBytes":59`,
			`"OldImage":` + modified + `,"SequenceNumber":"300000000000000000003","SizeBytes":38`},
		NewImage: {`"NewImage":` + inserted + `,"SequenceNumber":"100000000000000000001","SizeBytes":26`,
			`"NewImage":` + modified + `,"SequenceNumber":"200000000000000000002","SizeBytes":38`,
			`"SequenceNumber":"300000000000000000003","SizeBytes":5`},
		OldImage: {`"SequenceNumber":"100000000000000000001","SizeBytes":5`,
			`"OldImage":` + inserted + `,"SequenceNumber":"200000000000000000002","SizeBytes":26`,
			`"OldImage":` + modified + `,"SequenceNumber":"300000000000000000003","SizeBytes":38`},
		KeysOnly: {`"SequenceNumber":"100000000000000000001","SizeBytes":5`,
			`"SequenceNumber":"200000000000000000002","SizeBytes":5`,
			`"SequenceNumber":"300000000000000000003","SizeBytes":5`},
	} {
		table := newAt(t, KeySchema{Hash: "Id", HashType: N}, Options{StreamViewType: view})
		key := Item{"Id": num("101")}
		require.NoError(t, table.putAt(epoch, with(key, "Message", str("New item!"))))
		require.NoError(t, table.putAt(epoch.Add(time.Second), with(key, "Message", str("This item has changed"))))
		require.NoError(t, table.deleteAt(epoch.Add(2*time.Second), key))
		got := table.records(t, epoch.Add(time.Minute))
		require.Len(t, got, 3)
		for i, name := range []string{"INSERT", "MODIFY", "REMOVE"} {
			e := changeOf(t, got[i])
			require.Regexp(t, `^[0-9a-f]{32}$`, e.EventID)
			require.Equal(t, `{"eventID":"`+e.EventID+`","eventName":"`+name+`","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"us-east-1","dynamodb":{"ApproximateCreationDateTime":169399715`+string(rune('5'+i))+`,"Keys":{"Id":{"N":"101"}},`+
				want[i]+`,"StreamViewType":"`+string(view)+`"},"eventSourceARN":"arn:aws:dynamodb:us-east-1:123456789012:table/users/stream/2023-09-06T10:45:55.678"}`,
				string(got[i].JSON))
			require.Equal(t, e.Change.SequenceNumber, got[i].ID)
			require.Equal(t, `{"Id":{"N":"101"}}`, got[i].Group)
			require.Equal(t, time.Unix(1693997155+int64(i), 0), got[i].Arrival)
			require.Nil(t, got[i].Data, "filters look into the record itself")
		}
	}
}

func TestRecordOfAnExpiry(t *testing.T) {
	table := newAt(t, byID, Options{StreamViewType: KeysOnly, TimeToLive: "ttl"})
	require.NoError(t, table.putAt(epoch, with(id("2764_update"), "ttl", num("1693997200"))))
	got := table.records(t, time.Unix(1693997200, 0))
	require.Len(t, got, 2)
	text := string(got[1].JSON)
	require.Contains(t, text, `"eventName":"REMOVE"`)
	require.Contains(t, text, `"dynamodb":{"ApproximateCreationDateTime":1693997200,"Keys":{"id":{"S":"2764_update"}},"SequenceNumber":"200000000000000000002","SizeBytes":13,"StreamViewType":"KEYS_ONLY"},"userIdentity":{"principalId":"dynamodb.amazonaws.com","type":"Service"},"eventSourceARN":`)
	require.Equal(t, &events.DynamoDBUserIdentity{Type: "Service", PrincipalID: "dynamodb.amazonaws.com"}, changeOf(t, got[1]).UserIdentity)
	require.NotContains(t, string(got[0].JSON), "userIdentity")
}

func TestBinaryInARecord(t *testing.T) {
	table := newAt(t, KeySchema{Hash: "b", HashType: B}, Options{})
	require.NoError(t, table.putAt(epoch, Item{"b": bin([]byte{0, 1, 42, 65})}))
	require.Contains(t, string(table.records(t, epoch)[0].JSON), `"Keys":{"b":{"B":"AAEqQQ=="}},"NewImage":{"b":{"B":"AAEqQQ=="}}`)
}

func TestEventIDsDiffer(t *testing.T) {
	table := newAt(t, byID, Options{})
	other := newAt(t, byID, Options{Partitions: 2})
	later, err := newTableAt(epoch.Add(time.Millisecond), "users", byID, Options{})
	require.NoError(t, err)
	seen := map[string]bool{}
	for i := range 1000 {
		require.NoError(t, table.putAt(epoch, id(strings.Repeat("x", i+1))))
	}
	for _, r := range table.records(t, epoch) {
		id := changeOf(t, r).EventID
		require.NotEqual(t, id[:16], id[16:])
		seen[id] = true
	}
	require.Len(t, seen, 1000)
	require.NoError(t, later.putAt(epoch, id("x")))
	require.False(t, seen[changeOf(t, later.records(t, epoch)[0]).EventID], "another stream has other ids")
	require.NoError(t, other.putAt(epoch, id("x")))
	require.True(t, seen[changeOf(t, other.records(t, epoch)[0]).EventID], "the same stream has the same ones")
}

// Records of one page share an array, but none can grow into the next.
func TestRecordsDoNotOverlap(t *testing.T) {
	table := newAt(t, byID, Options{})
	require.NoError(t, table.putAt(epoch, id("a")))
	require.NoError(t, table.putAt(epoch, id("b")))
	got := table.records(t, epoch)
	second := string(got[1].JSON)
	_ = append(got[0].JSON, "overwritten"...)
	require.Equal(t, second, string(got[1].JSON))
}
