package dynamodb

import (
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/internal/jsontext"
	"github.com/lambdakit/lambdakit/internal/stamp"
)

// view is how a stream shows its changes. It is never changed.
type view struct {
	images StreamViewType
	seed   uint64 // of event ids
	head   string // what stands between a record's name and its time, which is the same for all
	tail   string // the end of each record
}

func newView(arn, region string, images StreamViewType, seed uint64) view {
	head := jsontext.AppendString([]byte(`","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":`), region)
	tail := jsontext.AppendString([]byte(`,"eventSourceARN":`), arn)
	return view{images, seed, string(head) + `,"dynamodb":{"ApproximateCreationDateTime":`, string(tail) + "}"}
}

// page writes a run's changes as Lambda hands them to a function. One page costs a handful of allocations, whatever its
// length: the records, their JSON and their sequence numbers share one array each.
func (v *view) page(r run) eventsource.Page {
	p := eventsource.Page{Next: r.next, End: r.end}
	if len(r.changes) == 0 {
		return p
	}
	p.Records = make([]eventsource.Record, len(r.changes))
	ids := sequenceNumbers(r.changes)
	b := make([]byte, 0, v.length(r.changes))
	for i := range r.changes {
		c, start := &r.changes[i], len(b)
		n := sequenceLength(c.number)
		b = v.appendRecord(b, c, ids[:n])
		p.Records[i] = eventsource.Record{
			ID:      ids[:n],
			JSON:    b[start:len(b):len(b)],
			Group:   c.key,
			Arrival: c.created(),
		}
		ids = ids[n:]
	}
	return p
}

// sequenceNumbers is the changes' sequence numbers, one behind the other.
func sequenceNumbers(changes []change) string {
	var ids strings.Builder
	ids.Grow(len(changes) * sequenceLength(changes[len(changes)-1].number))
	var buffer [2 * tailDigits]byte
	for i := range changes {
		ids.Write(appendSequence(buffer[:0], changes[i].number))
	}
	return ids.String()
}

// length is how long the changes' JSON will be, or a little more.
func (v *view) length(changes []change) int {
	const rest = 360 // field names, the event id, two sequence numbers' worth, numbers, the user identity
	n := len(changes) * (rest + len(v.head) + len(v.tail))
	for i := range changes {
		c := &changes[i]
		n += len(c.key)
		for _, img := range [2]*image{c.newImage(v.images), c.oldImage(v.images)} {
			if img != nil {
				n += len(img.json)
			}
		}
	}
	return n
}

// appendRecord appends one change as a record.
func (v *view) appendRecord(b []byte, c *change, sequence string) []byte {
	b = append(b, `{"eventID":"`...)
	b = appendEventID(b, v.seed, c.number)
	b = append(b, `","eventName":"`...)
	b = append(b, c.name()...)
	b = append(b, v.head...)
	b = stamp.AppendEpoch(b, c.created())
	b = append(b, `,"Keys":`...)
	b = append(b, c.key...)
	if img := c.newImage(v.images); img != nil {
		b = append(append(b, `,"NewImage":`...), img.json...)
	}
	if img := c.oldImage(v.images); img != nil {
		b = append(append(b, `,"OldImage":`...), img.json...)
	}
	b = append(b, `,"SequenceNumber":"`...)
	b = append(b, sequence...)
	b = append(b, `","SizeBytes":`...)
	b = strconv.AppendInt(b, int64(c.size(v.images)), 10)
	b = append(b, `,"StreamViewType":"`...)
	b = append(b, v.images...)
	b = append(b, `"}`...)
	if c.expired {
		b = append(b, `,"userIdentity":{"principalId":"dynamodb.amazonaws.com","type":"Service"}`...)
	}
	return append(b, v.tail...)
}

// name is what the change did.
func (c *change) name() string {
	switch {
	case c.old == nil:
		return "INSERT"
	case c.new == nil:
		return "REMOVE"
	}
	return "MODIFY"
}

// created is the change's instant as the stream tells it: in whole seconds, rounded down.
func (c *change) created() time.Time { return time.UnixMilli(c.at).Truncate(time.Second) }

// newImage is the item after the change, if there is one and the view shows it.
func (c *change) newImage(view StreamViewType) *image {
	if view == NewImage || view == NewAndOldImages {
		return c.new
	}
	return nil
}

// oldImage is the item before the change, if there was one and the view shows it.
func (c *change) oldImage(view StreamViewType) *image {
	if view == OldImage || view == NewAndOldImages {
		return c.old
	}
	return nil
}

// size is the record's SizeBytes: what it shows of the item, its key included.
func (c *change) size(view StreamViewType) int {
	size := c.keySize
	for _, img := range [2]*image{c.newImage(view), c.oldImage(view)} {
		if img != nil {
			size += img.size
		}
	}
	return size
}

// appendEventID appends 32 hexadecimal digits that look random and that no other change of the stream has: the change's
// number, mixed with the stream's seed by two permutations of 64 bits.
func appendEventID(b []byte, seed, number uint64) []byte {
	var id [16]byte
	x := mix(number ^ seed)
	y := mix(x + seed)
	for i := range 8 {
		id[i], id[8+i] = byte(x>>(8*i)), byte(y>>(8*i))
	}
	return hex.AppendEncode(b, id[:])
}

// mix is a permutation of 64 bits that leaves no pattern: shifts and odd factors.
func mix(x uint64) uint64 {
	x ^= x >> 32
	x *= 0xd6e8feb86659fd93
	x ^= x >> 32
	x *= 0xd6e8feb86659fd93
	return x ^ x>>32
}
