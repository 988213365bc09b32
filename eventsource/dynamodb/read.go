package dynamodb

import (
	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/internal/validation"
)

// What one GetRecords call returns at most.
const (
	maxPageRecords = 1000
	maxPageBytes   = 1 << 20
)

// run is what one read found: changes of one shard, never to be changed, and the place behind them.
type run struct {
	changes []change
	next    eventsource.Position
	end     bool
}

// read finds up to limit changes behind a position.
//
// A shard whose retention is over reads as ended, so that a reader which comes too late goes on to its child.
func (s *state) read(id string, from eventsource.Position, limit int, view StreamViewType) (run, error) {
	sh, ok := s.stream.find(id)
	if !ok {
		return run{}, ErrResourceNotFound.because("Requested resource not found: Shard: %s not found", id)
	}
	if limit < 1 {
		var f validation.Findings
		f.Range("limit", int64(limit), 1, maxPageRecords)
		return run{}, invalid(&f)
	}
	if sh == nil {
		return run{next: from, end: true}, nil
	}
	sh.trim(s.now)
	start, err := sh.locate(from)
	if err != nil {
		return run{}, err
	}
	changes := sh.changes[start:]
	r := run{changes: changes[:pageLength(changes, min(limit, maxPageRecords), view)]}
	newest := sh.newest
	if n := len(r.changes); n > 0 {
		newest = r.changes[n-1].number
	}
	r.next = eventsource.Position{Type: eventsource.After, Sequence: string(appendSequence(nil, newest))}
	r.end = sh.ended && len(r.changes) == len(changes)
	return r, nil
}

// pageLength is how many of the changes, at most limit, fit into one answer. One always does.
func pageLength(changes []change, limit int, view StreamViewType) int {
	size := 0
	for i := range changes[:min(limit, len(changes))] {
		if size += changes[i].size(view); size > maxPageBytes {
			return i
		}
	}
	return min(limit, len(changes))
}

// locate turns a position into an offset in the shard's changes. A sequence number that has been trimmed stands for
// the oldest change.
func (s *shard) locate(from eventsource.Position) (int, error) {
	switch from.Type {
	case eventsource.TrimHorizon:
		return 0, nil
	case eventsource.Latest:
		return len(s.changes), nil
	case eventsource.After:
		return s.locateAfter(from.Sequence)
	}
	given := ""
	if from.Type == eventsource.AtTimestamp {
		given = "AT_TIMESTAMP" // Kinesis has it, DynamoDB has not
	}
	var f validation.Findings
	f.Enum("shardIteratorType", given, "TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER")
	return 0, invalid(&f)
}

func (s *shard) locateAfter(sequence string) (int, error) {
	var f validation.Findings
	f.Length("sequenceNumber", sequence, tailDigits+1, 2*tailDigits)
	if err := invalid(&f); err != nil {
		return 0, err
	}
	number, ok := parseSequence(sequence)
	if !ok {
		return 0, ErrValidation.because("Invalid SequenceNumber: %s", sequence)
	}
	return s.after(number), nil
}
