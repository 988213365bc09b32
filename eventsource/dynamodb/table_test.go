package dynamodb

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda"
)

// names is what happened to which item, as the stream tells it.
func names(t testing.TB, table *Table) []string {
	var list []string
	for _, r := range table.records(t, epoch) {
		list = append(list, changeOf(t, r).EventName+r.Group)
	}
	return list
}

func TestIdentity(t *testing.T) {
	table := newAt(t, byID, Options{Identity: lambda.Identity{Account: "210987654321", Region: "eu-west-1"}})
	require.Equal(t, "users", table.Name())
	require.Equal(t, "arn:aws:dynamodb:eu-west-1:210987654321:table/users", table.TableARN())
	require.Equal(t, "arn:aws:dynamodb:eu-west-1:210987654321:table/users/stream/2023-09-06T10:45:55.678", table.ARN())
}

func TestPutGetDelete(t *testing.T) {
	table := newAt(t, byID, Options{})
	item := with(id("a"), "age", num("07.0"))
	require.NoError(t, table.putAt(epoch, item))
	item["age"] = num("8")
	got, err := table.getAt(epoch, id("a"))
	require.NoError(t, err)
	require.Equal(t, with(id("a"), "age", num("7")), got, "the table has its own copy")
	got["age"] = num("9")
	got, err = table.getAt(epoch, id("a"))
	require.NoError(t, err)
	require.Equal(t, num("7"), got["age"], "and gives one out")

	missing, err := table.getAt(epoch, id("b"))
	require.NoError(t, err)
	require.Nil(t, missing)
	require.NoError(t, table.DeleteItem(id("b")))
	require.NoError(t, table.DeleteItem(id("a")))
	require.NoError(t, table.DeleteItem(id("a")))
	require.Zero(t, table.Len())
}

// A put or update that changes nothing writes no record.
func TestWhatChangesNothingIsNotRecorded(t *testing.T) {
	table := newAt(t, byID, Options{})
	item := with(with(id("a"), "n", num("1")), "s", setOf("x", "y"))
	same := with(with(id("a"), "n", num("1.0")), "s", setOf("y", "x"))
	require.NoError(t, table.putAt(epoch, item))
	require.NoError(t, table.putAt(epoch, same))
	require.NoError(t, table.updateAt(clock(epoch), id("a"), func(Item) Item { return same }))
	require.NoError(t, table.updateAt(clock(epoch), id("a"), func(i Item) Item { return i }))
	require.NoError(t, table.updateAt(clock(epoch), id("a"), func(i Item) Item { i["n"] = num("2"); return nil }))
	require.NoError(t, table.deleteAt(epoch, id("b")))
	require.Equal(t, []string{`INSERT{"id":{"S":"a"}}`}, names(t, table))
	require.NoError(t, table.putAt(epoch, with(same, "n", num("1.1"))))
	require.NoError(t, table.deleteAt(epoch, id("a")))
	require.Equal(t, []string{`INSERT{"id":{"S":"a"}}`, `MODIFY{"id":{"S":"a"}}`, `REMOVE{"id":{"S":"a"}}`}, names(t, table))
}

func clock(at time.Time) func() time.Time { return func() time.Time { return at } }

func TestUpdate(t *testing.T) {
	table := newAt(t, byPair, Options{})
	count := func(i Item) Item {
		n := 0
		if v, ok := i["count"]; ok {
			fmt.Sscan(v.Number(), &n)
		}
		i["count"] = num(fmt.Sprint(n + 1))
		return i
	}
	require.NoError(t, table.updateAt(clock(epoch), pair("a", "1"), count), "an update makes the item")
	require.NoError(t, table.updateAt(clock(epoch), pair("a", "1"), count))
	got, err := table.getAt(epoch, pair("a", "1"))
	require.NoError(t, err)
	require.Equal(t, with(pair("a", "1"), "count", num("2")), got)
	require.Equal(t, []string{`INSERT{"id":{"S":"a"},"n":{"N":"1"}}`, `MODIFY{"id":{"S":"a"},"n":{"N":"1"}}`}, names(t, table))
	require.NoError(t, table.updateAt(clock(epoch), pair("b", "1"), func(i Item) Item { return i }), "an item may be a key only")
	require.Equal(t, 2, table.Len())
	require.NoError(t, table.updateAt(clock(epoch), pair("c", "1"), func(i Item) Item { return nil }))
	require.Equal(t, 2, table.Len())
}

func TestUpdateRefuses(t *testing.T) {
	table := newAt(t, byPair, Options{})
	require.NoError(t, table.putAt(epoch, pair("a", "1")))
	for _, row := range []struct {
		to   Item
		text string
	}{
		{pair("b", "1"), "One or more parameter values were invalid: Cannot update attribute id. This attribute is part of the key"},
		{pair("a", "2"), "One or more parameter values were invalid: Cannot update attribute n. This attribute is part of the key"},
		{id("a"), "One or more parameter values were invalid: Cannot update attribute n. This attribute is part of the key"},
		{with(pair("a", "1"), "x", num("x")), "The parameter cannot be converted to a numeric value: x"},
		{with(pair("a", "1"), "x", str(strings.Repeat("x", 400<<10))), "Item size to update has exceeded the maximum allowed size"},
	} {
		requireRefusal(t, table.updateAt(clock(epoch), pair("a", "1"), func(Item) Item { return row.to }), ErrValidation, row.text)
	}
	require.Len(t, table.records(t, epoch), 1)
	require.NoError(t, table.updateAt(clock(epoch), pair("a", "1"), func(Item) Item { return pair("a", "1.0") }), "the same key in other words")
}

// The update function may use the table, and sees the item anew when it has changed meanwhile.
func TestUpdateIsOptimistic(t *testing.T) {
	table := newAt(t, byID, Options{})
	require.NoError(t, table.putAt(epoch, with(id("a"), "x", str("1"))))
	var seen []string
	require.NoError(t, table.updateAt(clock(epoch), id("a"), func(i Item) Item {
		seen = append(seen, i["x"].String())
		if len(seen) == 1 {
			require.NoError(t, table.putAt(epoch, with(id("a"), "x", str("2"))))
		}
		return with(i, "x", str(i["x"].String()+"!"))
	}))
	require.Equal(t, []string{"1", "2"}, seen)
	got, err := table.getAt(epoch, id("a"))
	require.NoError(t, err)
	require.Equal(t, "2!", got["x"].String())

	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				err := table.UpdateItem(id("n"), func(i Item) Item {
					n := 0
					if v, ok := i["n"]; ok {
						fmt.Sscan(v.Number(), &n)
					}
					return with(i, "n", num(fmt.Sprint(n+1)))
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	got, err = table.getAt(epoch, id("n"))
	require.NoError(t, err)
	require.Equal(t, "400", got["n"].Number())
}

func TestItemSize(t *testing.T) {
	table := newAt(t, byID, Options{})
	most := with(id("a"), "x", str(strings.Repeat("x", 400<<10-len("idax"))))
	require.NoError(t, table.PutItem(most))
	requireRefusal(t, table.PutItem(with(most, "y", str(""))), ErrValidation, "Item size has exceeded the maximum allowed size")
	require.NoError(t, table.updateAt(clock(epoch), id("a"), func(i Item) Item { return i }))
}

func TestScan(t *testing.T) {
	table := newAt(t, byPair, Options{Partitions: 7})
	require.Empty(t, table.Scan())
	keys := []Item{pair("a", "-10"), pair("a", "-9.5"), pair("a", "0"), pair("a", "2"), pair("a", "10"), pair("b", "1"), pair("ü", "1")}
	for _, i := range []int{4, 6, 1, 0, 5, 3, 2} {
		require.NoError(t, table.PutItem(keys[i]))
	}
	require.Equal(t, keys, table.Scan())
}
