package dynamodb

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/eventsource"
)

var (
	str    = events.NewStringAttribute
	num    = events.NewNumberAttribute
	epoch  = time.UnixMilli(1693997155678)
	byID   = KeySchema{Hash: "id"}
	byPair = KeySchema{Hash: "id", Range: "n", RangeType: N}
)

func id(s string) Item { return Item{"id": str(s)} }

func pair(s, n string) Item { return Item{"id": str(s), "n": num(n)} }

// with is an item and one more attribute.
func with(item Item, name string, v events.DynamoDBAttributeValue) Item {
	item = maps.Clone(item)
	item[name] = v
	return item
}

func newAt(t require.TestingT, keys KeySchema, o Options) *Table {
	table, err := newTableAt(epoch, "users", keys, o)
	require.NoError(t, err)
	return table
}

// records reads all records of all shards at an instant, shard by shard.
func (t *Table) records(tb require.TestingT, at time.Time) []eventsource.Record {
	var all []eventsource.Record
	for _, sh := range t.shardsAt(at) {
		for from := horizon; ; {
			p, err := t.readAt(at, sh.ID, from, 3)
			require.NoError(tb, err)
			all = append(all, p.Records...)
			if from = p.Next; len(p.Records) == 0 {
				break
			}
		}
	}
	return all
}

var (
	horizon = eventsource.Position{Type: eventsource.TrimHorizon}
	latest  = eventsource.Position{Type: eventsource.Latest}
)

func after(sequence string) eventsource.Position {
	return eventsource.Position{Type: eventsource.After, Sequence: sequence}
}

// requireRefusal demands an *Error of that kind and text.
func requireRefusal(t testing.TB, err error, code error, text string) {
	t.Helper()
	require.ErrorIs(t, err, code)
	require.NotErrorIs(t, err, context.Canceled)
	require.Equal(t, text, err.(*Error).Message)
	require.Equal(t, code.Error()+": "+text, err.Error())
}
