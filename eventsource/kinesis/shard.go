package kinesis

import (
	"slices"
	"sort"
	"strconv"
	"strings"
)

// record is one record as a shard keeps it. It is never changed.
type record struct {
	key     string
	data    []byte
	arrival int64 // milliseconds since 1970
}

func (r *record) size() int { return len(r.key) + len(r.data) }

// shard is one range of hash keys and its records. Records arrive in order of time and have contiguous indices, the
// first one 1, so that a sequence number leads straight to its record.
type shard struct {
	number      int
	parents     []int // one after a split, two after a merge
	first, last hashKey
	began       int64 // seconds since 1970, part of every sequence number
	closed      int64 // milliseconds since 1970
	isClosed    bool
	records     []record // those within retention
	newest      uint64   // index of the newest record there ever was
	second      int64    // its arrival
	dropped     int      // records cut off the front since records was last copied
	limit       writeLimit
}

func (s *shard) sequence(index uint64, second int64) sequence {
	return sequence{began: s.began, index: index, second: second, shard: uint32(s.number)}
}

// end is the place behind the newest record.
func (s *shard) end() sequence { return s.sequence(s.newest, s.second) }

// put appends a record. data is kept.
func (s *shard) put(key string, data []byte, now int64) sequence {
	s.records = append(s.records, record{key, data, now})
	s.newest++
	s.second = now / 1000
	return s.end()
}

// close ends the shard at an instant: its records stay, and no more come.
func (s *shard) close(now int64) {
	s.isClosed, s.closed = true, now
}

// trim forgets the records that are out of retention. Readers keep what they were given: the array is copied, never
// overwritten, and that as soon as half of it is dead.
func (s *shard) trim(now, retention int64) {
	n := sort.Search(len(s.records), func(i int) bool { return !outlived(s.records[i].arrival, now, retention) })
	if n == 0 {
		return
	}
	s.records = s.records[n:]
	if s.dropped += n; s.dropped > len(s.records) {
		s.records, s.dropped = slices.Clone(s.records), 0
	}
}

// outlived is the rule of retention: a record can be read for that long after it arrived.
func outlived(since, now, retention int64) bool { return now-since >= retention }

// gone says whether a shard has nothing to read any more and never will.
func (s *shard) gone(now, retention int64) bool {
	return s.isClosed && outlived(s.closed, now, retention)
}

// after is the offset in records of the first one behind an index.
func (s *shard) after(index uint64) int {
	oldest := s.newest - uint64(len(s.records)) + 1
	return int(min(max(index+1, oldest), s.newest+1) - oldest)
}

// from is the offset in records of the first one that arrived at an instant or later.
func (s *shard) from(ms int64) int {
	return sort.Search(len(s.records), func(i int) bool { return s.records[i].arrival >= ms })
}

const shardPrefix = "shardId-"

func shardID(number int) string {
	return string(appendPadded(append(make([]byte, 0, 24), shardPrefix...), uint64(number), 12))
}

// shardNumber reads a shard's id. Like the service it looks at the digits behind the hyphen only.
func shardNumber(id string) (int, bool) {
	if _, digits, ok := strings.Cut(id, "-"); ok {
		id = digits
	}
	n, err := strconv.ParseUint(id, 10, 31)
	return int(n), err == nil
}
