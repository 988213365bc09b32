package kinesis

// sequence is what a sequence number says. As on the service it is a number of 186 bits, written as 56 digits: a
// version, the second in which the shard began, the record's place in its shard, the second of its arrival and the
// shard's number.
//
//	bit 184  148       144              80          72      36       4        0
//	 2 | began | shard&15 | index (64)    | 0        | second | shard  | 2
type sequence struct {
	began  int64  // seconds since 1970, 36 bits
	index  uint64 // 0 is the shard's StartingSequenceNumber, its first record is 1
	second int64  // seconds since 1970, 36 bits
	shard  uint32 // 31 bits
}

const (
	sequenceVersion = 2
	sequenceDigits  = 56
	endingIndex     = 1<<63 - 1 // index of a closed shard's EndingSequenceNumber
)

func (q sequence) number() uint192 {
	began, second, shard := uint64(q.began)&(1<<36-1), uint64(q.second)&(1<<36-1), uint64(q.shard)
	return uint192{
		sequenceVersion<<56 | began<<20 | shard&15<<16 | q.index>>48,
		q.index<<16 | second>>28,
		second<<36 | shard<<4 | sequenceVersion,
	}
}

func (q sequence) append(b []byte) []byte { return q.number().append(b) }

func (q sequence) String() string { return string(q.append(make([]byte, 0, sequenceDigits))) }

// parseSequence reads a sequence number. It is false for what no stream of this package has ever given.
func parseSequence(s string) (sequence, bool) {
	n, ok := parseDecimal(s)
	q := sequence{
		began:  int64(n[0] >> 20 & (1<<36 - 1)),
		index:  n[0]<<48 | n[1]>>16,
		second: int64((n[1]<<28 | n[2]>>36) & (1<<36 - 1)),
		shard:  uint32(n[2] >> 4),
	}
	return q, ok && q.number() == n
}
