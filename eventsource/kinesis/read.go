package kinesis

import (
	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/internal/validation"
)

// What one GetRecords call returns at most.
const (
	maxPageRecords = 10_000
	maxPageBytes   = 10 << 20
)

// run is what one read found: contiguous records of one shard, never to be changed, and the place behind them.
type run struct {
	shard   int
	records []record
	first   sequence // of records[0], whose second is to be taken from each record's arrival
	next    eventsource.Position
	end     bool
}

// read finds up to limit records behind a position.
//
// A shard whose retention is over reads as ended, so that a reader which comes too late goes on to its children.
func (s *state) read(id string, from eventsource.Position, limit int) (run, error) {
	number, ok := shardNumber(id)
	if !ok {
		return run{}, s.unknownShard(id)
	}
	if number >= s.next {
		return run{}, ErrResourceNotFound.because("Shard %s in stream %s under account %s does not exist", shardID(number), s.name, s.account)
	}
	if limit < 1 {
		var f validation.Findings
		f.Range("limit", int64(limit), 1, maxPageRecords)
		return run{}, invalid(&f)
	}
	sh := s.find(number)
	if sh == nil {
		return run{shard: number, next: from, end: true}, nil
	}
	sh.trim(s.now, s.retention)
	start, err := s.locate(sh, from)
	if err != nil {
		return run{}, err
	}
	return sh.page(start, limit), nil
}

// page cuts a run out of the shard's records, beginning at an offset.
func (s *shard) page(start, limit int) run {
	records := s.records[start:]
	records = records[:pageLength(records, min(limit, maxPageRecords))]
	first := s.newest - uint64(len(s.records)-start) + 1
	r := run{shard: s.number, records: records, first: s.sequence(first, 0)}
	next := s.end()
	if n := len(records); n > 0 {
		next = s.sequence(first+uint64(n)-1, records[n-1].arrival/1000)
	}
	r.next = eventsource.Position{Type: eventsource.After, Sequence: next.String()}
	r.end = s.isClosed && start+len(records) == len(s.records)
	return r
}

// pageLength is how many of the records, at most limit, fit into one answer. The largest record just fits.
func pageLength(records []record, limit int) int {
	size := 0
	for i := range records[:min(limit, len(records))] {
		if size += records[i].size(); size > maxPageBytes {
			return i
		}
	}
	return min(limit, len(records))
}

// locate turns a position into an offset in the shard's records. A sequence number that has been trimmed stands for
// the oldest record, as an iterator at it does.
func (s *state) locate(sh *shard, from eventsource.Position) (int, error) {
	switch from.Type {
	case eventsource.TrimHorizon:
		return 0, nil
	case eventsource.Latest:
		return len(sh.records), nil
	case eventsource.AtTimestamp:
		ms := from.Time.UnixMilli()
		if ms > s.now {
			return 0, ErrInvalidArgument.because("The timestampInMillis parameter cannot be greater than the currentTimestampInMillis."+
				" timestampInMillis: %d, currentTimestampInMillis: %d", ms, s.now)
		}
		return sh.from(ms), nil
	case eventsource.After:
		return s.locateAfter(sh, from.Sequence)
	}
	var f validation.Findings
	f.Enum("shardIteratorType", "", "AFTER_SEQUENCE_NUMBER", "LATEST", "AT_TIMESTAMP", "AT_SEQUENCE_NUMBER", "TRIM_HORIZON")
	return 0, invalid(&f)
}

func (s *state) locateAfter(sh *shard, sequence string) (int, error) {
	q, ok := parseSequence(sequence)
	switch {
	case !ok:
		return 0, ErrInvalidArgument.because("StartingSequenceNumber %s used in GetShardIterator on shard %s in stream %s under account %s"+
			" is invalid.", sequence, shardID(sh.number), s.name, s.account)
	case q.shard != uint32(sh.number):
		return 0, ErrInvalidArgument.because("Invalid StartingSequenceNumber. It encodes %s, while it was used in a call to a shard with %s",
			shardID(int(q.shard)), shardID(sh.number))
	case q.began != sh.began:
		return 0, ErrInvalidArgument.because("StartingSequenceNumber %s used in GetShardIterator on shard %s in stream %s under account %s"+
			" is invalid because it did not come from this stream.", sequence, shardID(sh.number), s.name, s.account)
	}
	return sh.after(q.index), nil
}

// unknownShard refuses an id that is no shard's.
func (s *state) unknownShard(id string) error {
	return ErrResourceNotFound.because("Could not find shard %s in stream %s under account %s.", id, s.name, s.account)
}
