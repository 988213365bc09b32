package kinesis

import (
	"slices"
	"sort"
	"time"
)

// state is a stream without its clock and its lock: a pure value whose instant is set by advance before each call.
type state struct {
	name, account string
	retention     int64    // milliseconds
	limited       bool     // shards hold to their write rates
	now           int64    // milliseconds since 1970
	shards        []*shard // by number; a closed one leaves when its retention is over
	open          []*shard // by hash keys, which they cover without gap
	next          int      // the next shard's number
}

// newState is a stream of n shards, which cover the hash keys uniformly.
func newState(name, account string, n int, retention time.Duration, limited bool, t time.Time) *state {
	s := &state{name: name, account: account, retention: retention.Milliseconds(), limited: limited, now: t.UnixMilli()}
	var first hashKey
	for _, last := range uniform(n) {
		s.open = append(s.open, s.add(first, last, s.now/1000))
		first = last.next()
	}
	return s
}

// add makes the next shard.
func (s *state) add(first, last hashKey, began int64, parents ...int) *shard {
	sh := &shard{number: s.next, parents: parents, first: first, last: last, began: began, second: began}
	sh.limit.at = s.now
	s.shards = append(s.shards, sh)
	s.next++
	return sh
}

// advance sets the instant. It never goes back.
func (s *state) advance(t time.Time) { s.now = max(s.now, t.UnixMilli()) }

// route is the open shard that owns a hash key.
func (s *state) route(h hashKey) *shard {
	return s.open[sort.Search(len(s.open), func(i int) bool { return s.open[i].last.compare(h) >= 0 })]
}

// put appends a record to the shard that owns h. data is kept.
func (s *state) put(h hashKey, key string, data []byte) (*shard, sequence, error) {
	sh := s.route(h)
	if s.limited && !sh.limit.admit(len(key)+len(data), s.now) {
		return nil, sequence{}, ErrProvisionedThroughputExceeded.because("Rate exceeded for shard %s in stream %s under account %s.",
			shardID(sh.number), s.name, s.account)
	}
	sh.trim(s.now, s.retention)
	return sh, sh.put(key, data, s.now), nil
}

// expire forgets what is out of retention, in all shards.
func (s *state) expire() {
	s.shards = slices.DeleteFunc(s.shards, func(sh *shard) bool { return sh.gone(s.now, s.retention) })
	for _, sh := range s.shards {
		sh.trim(s.now, s.retention)
	}
}

// find is the shard of that number, or nil if there is none or none any more.
func (s *state) find(number int) *shard {
	i, ok := slices.BinarySearchFunc(s.shards, number, func(sh *shard, n int) int { return sh.number - n })
	if !ok || s.shards[i].gone(s.now, s.retention) {
		return nil
	}
	return s.shards[i]
}
