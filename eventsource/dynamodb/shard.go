package dynamodb

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
)

// change is one change of an item, as its shard keeps it. It is never changed itself.
type change struct {
	number   uint64
	at       int64  // milliseconds since 1970
	key      string // the record's Keys
	keySize  int
	old, new *image // nil where there was or is no item
	expired  bool   // time to live did it
}

// shard is a stretch of one partition's changes.
type shard struct {
	number  int // of the stream's shards, from 0
	id      string
	parent  string
	began   int64 // milliseconds since 1970
	closed  int64
	ended   bool // closed at that instant
	changes []change
	newest  uint64 // number of the newest change there ever was, or the last of the table when the shard began
	taken   int    // changes there ever were
	dropped int    // changes cut off the front since changes was last copied
}

// trim forgets the changes that are out of retention. Readers keep what they were given: the array is copied, never
// overwritten, and that as soon as half of it is dead.
func (s *shard) trim(now int64) {
	n := sort.Search(len(s.changes), func(i int) bool { return !outlived(s.changes[i].at, now) })
	if n == 0 {
		return
	}
	s.changes = s.changes[n:]
	if s.dropped += n; s.dropped > len(s.changes) {
		s.changes, s.dropped = slices.Clone(s.changes), 0
	}
}

// outlived is the rule of retention: a record can be read for 24 hours.
func outlived(since, now int64) bool { return now-since >= retention.Milliseconds() }

// gone says whether a shard has nothing to read any more and never will.
func (s *shard) gone(now int64) bool { return s.ended && outlived(s.closed, now) }

// after is the offset in changes of the first one behind a number.
func (s *shard) after(number uint64) int {
	return sort.Search(len(s.changes), func(i int) bool { return s.changes[i].number > number })
}

// stream is a table's shards.
type stream struct {
	seed     uint32
	lifetime int64    // milliseconds
	capacity int      // records to a shard, 0 for no bound
	shards   []*shard // by number; a closed one leaves when its retention is over
	open     []*shard // by partition
	next     int      // the next shard's number
	changes  uint64   // so far
}

// add makes the next shard.
func (s *stream) add(parent string, now int64) *shard {
	sh := &shard{number: s.next, id: s.shardID(s.next, now), parent: parent, began: now, newest: s.changes}
	s.shards = append(s.shards, sh)
	s.next++
	return sh
}

// write appends a change to the open shard of a partition, or to its child if the shard has had its time or its number
// of records.
func (s *stream) write(c change, partition int) {
	sh := s.open[partition]
	if c.at-sh.began >= s.lifetime || s.capacity > 0 && sh.taken >= s.capacity {
		sh.ended, sh.closed = true, c.at
		s.expire(c.at)
		sh = s.add(sh.id, c.at)
		s.open[partition] = sh
	}
	sh.trim(c.at)
	s.changes++
	c.number = s.changes
	sh.newest = c.number
	sh.taken++
	sh.changes = append(sh.changes, c)
}

// expire forgets what is out of retention, in all shards.
func (s *stream) expire(now int64) {
	s.shards = slices.DeleteFunc(s.shards, func(sh *shard) bool { return sh.gone(now) })
	for _, sh := range s.shards {
		sh.trim(now)
	}
}

// A shard's id ends in eight hexadecimal digits that look random. They are the shard's number times an odd number, and
// so give it back.
const (
	scramble   = 0x9E3779B1
	unscramble = 0x0E8B2F51 // its inverse modulo 2^32
	idLength   = len("shardId-") + 20 + len("-") + 8
)

// shardID is the id of the stream's shard of that number, such as shardId-00000001545084650987-9e3779b1.
func (s *stream) shardID(number int, now int64) string {
	return fmt.Sprintf("shardId-%020d-%08x", now, (uint32(number)+1)*scramble^s.seed)
}

// find is the shard of that id, nil if it is forgotten. It is false for an id that the stream never gave.
func (s *stream) find(id string) (sh *shard, ok bool) {
	if len(id) != idLength {
		return nil, false
	}
	digits, err := strconv.ParseUint(id[idLength-8:], 16, 32)
	began, err2 := strconv.ParseInt(id[len("shardId-"):idLength-9], 10, 64)
	number := int((uint32(digits)^s.seed)*unscramble) - 1
	if err != nil || err2 != nil || number < 0 || number >= s.next {
		return nil, false
	}
	i, ok := slices.BinarySearchFunc(s.shards, number, func(sh *shard, n int) int { return sh.number - n })
	if !ok {
		return nil, id == s.shardID(number, began)
	}
	return s.shards[i], s.shards[i].id == id
}
