package dynamodb

import (
	"container/heap"
	"strconv"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

// never is the instant of an item that does not expire.
const never = int64(1<<63 - 1)

// ttlHorizon is how far back an expiry may lie: DynamoDB leaves alone what seems to have expired more than five years
// ago, in seconds.
const ttlHorizon = 5 * 365 * 24 * 60 * 60

// expiry is when an item with that time-to-live value expires, in milliseconds since 1970, or never. Only a Number
// counts; a fraction of a second does not.
func expiry(v events.DynamoDBAttributeValue, now int64) int64 {
	if typeName(v) != string(N) {
		return never
	}
	n, err := parseNumber(v.Number())
	if err != nil || n.exponent > 12 { // beyond the year 300,000
		return never
	}
	whole, _, _ := strings.Cut(string(n.append(nil)), ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || seconds < now/1000-ttlHorizon {
		return never
	}
	return seconds * 1000
}

// expiring is the rows that expire, the next one first. It is a heap; rows know their place in it.
type expiring []*row

func (e expiring) Len() int { return len(e) }

// Less breaks ties by key, so that items of one instant expire in one order.
func (e expiring) Less(i, j int) bool {
	if e[i].expires != e[j].expires {
		return e[i].expires < e[j].expires
	}
	return e[i].key.json < e[j].key.json
}

func (e expiring) Swap(i, j int) {
	e[i], e[j] = e[j], e[i]
	e[i].place, e[j].place = i, j
}

func (e *expiring) Push(x any) {
	r := x.(*row)
	r.place = len(*e)
	*e = append(*e, r)
}

func (e *expiring) Pop() any {
	last := len(*e) - 1
	r := (*e)[last]
	(*e)[last] = nil
	*e = (*e)[:last]
	r.place = -1
	return r
}

// set gives a row its instant.
func (e *expiring) set(r *row, at int64) {
	r.expires = at
	switch {
	case at == never && r.place >= 0:
		heap.Remove(e, r.place)
	case at == never:
	case r.place >= 0:
		heap.Fix(e, r.place)
	default:
		heap.Push(e, r)
	}
}

// next is the instant of the row that expires first, or never.
func (e expiring) next() int64 {
	if len(e) == 0 {
		return never
	}
	return e[0].expires
}
