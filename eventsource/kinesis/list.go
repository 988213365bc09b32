package kinesis

import "time"

// Shard describes one shard, as ListShards does.
type Shard struct {
	ShardID               string
	ParentShardID         string // "" for one that neither a split nor a merge made
	AdjacentParentShardID string // the second parent of a merge's child
	HashKeyRange          HashKeyRange
	SequenceNumberRange   SequenceNumberRange
}

// HashKeyRange is the hash keys that a shard owns, in decimal, both ends included.
type HashKeyRange struct {
	StartingHashKey, EndingHashKey string
}

// Half is the NewStartingHashKey with which [Stream.SplitShard] cuts the range into halves. It is "" if the range is
// none.
func (r HashKeyRange) Half() string {
	first, ok := parseHashKey(r.StartingHashKey)
	last, ok2 := parseHashKey(r.EndingHashKey)
	if !ok || !ok2 || first.compare(last) >= 0 {
		return ""
	}
	return half(first, last).String()
}

// SequenceNumberRange bounds the sequence numbers of a shard's records. EndingSequenceNumber is "" while it is open.
type SequenceNumberRange struct {
	StartingSequenceNumber, EndingSequenceNumber string
}

// ListShards describes the shards that can still be read, open and closed, in the order in which they were made.
func (s *Stream) ListShards() []Shard { return s.listAt(time.Now()) }

func (s *Stream) listAt(t time.Time) []Shard {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.advance(t)
	s.state.expire()
	list := make([]Shard, len(s.state.shards))
	for i, sh := range s.state.shards {
		list[i] = sh.describe()
	}
	return list
}

func (s *shard) describe() Shard {
	d := Shard{
		ShardID:             shardID(s.number),
		HashKeyRange:        HashKeyRange{s.first.String(), s.last.String()},
		SequenceNumberRange: SequenceNumberRange{StartingSequenceNumber: s.sequence(0, s.began).String()},
	}
	if s.isClosed {
		d.SequenceNumberRange.EndingSequenceNumber = s.sequence(endingIndex, s.closed/1000).String()
	}
	if len(s.parents) > 0 {
		d.ParentShardID = shardID(s.parents[0])
	}
	if len(s.parents) > 1 {
		d.AdjacentParentShardID = shardID(s.parents[1])
	}
	return d
}
