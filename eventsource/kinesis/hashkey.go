package kinesis

import (
	"cmp"
	"crypto/md5"
	"encoding/binary"
	"math/bits"
)

// hashKey is a place in the range from 0 to 2^128-1 that the open shards share.
type hashKey struct{ high, low uint64 }

var maxHashKey = hashKey{1<<64 - 1, 1<<64 - 1}

// hashOf is where a partition key belongs: its MD5 as a big-endian number.
func hashOf(partitionKey string) hashKey {
	var buffer [256]byte
	sum := md5.Sum(append(buffer[:0], partitionKey...))
	return hashKey{binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:])}
}

// parseHashKey reads a hash key's decimal form. It is false for anything else and for 2^128 and more.
func parseHashKey(s string) (hashKey, bool) {
	n, ok := parseDecimal(s)
	return hashKey{n[1], n[2]}, ok && n[0] == 0
}

// isHashKey says whether s matches hashKeyPattern; its value may still be beyond the range.
func isHashKey(s string) bool {
	_, ok := parseDecimal(s)
	return ok && len(s) <= 39
}

// hashKeyPattern is what the service's model demands of a hash key.
const hashKeyPattern = `0|([1-9]\d{0,38})`

func (h hashKey) compare(o hashKey) int {
	if c := cmp.Compare(h.high, o.high); c != 0 {
		return c
	}
	return cmp.Compare(h.low, o.low)
}

// next is h+1, which is 0 after the last.
func (h hashKey) next() hashKey {
	low, carry := bits.Add64(h.low, 1, 0)
	return hashKey{h.high + carry, low}
}

// previous is h-1.
func (h hashKey) previous() hashKey {
	low, borrow := bits.Sub64(h.low, 1, 0)
	return hashKey{h.high - borrow, low}
}

func (h hashKey) String() string { return string(uint192{0, h.high, h.low}.append(nil)) }

// half is the place that splits the range from first to last into two halves, the first one larger by one if they
// cannot be equal.
func half(first, last hashKey) hashKey {
	low, borrow := bits.Sub64(last.low, first.low, 0)
	high := last.high - first.high - borrow
	low, high = low>>1|high<<63, high>>1 // half of the distance
	low, carry := bits.Add64(first.low, low, 0)
	return hashKey{first.high + high + carry, low}.next()
}

// uniform cuts the whole range into n ranges of 2^128/n keys, rounded down; the last one takes the rest. It returns
// each one's last key.
func uniform(n int) []hashKey {
	ends := make([]hashKey, n)
	ends[n-1] = maxHashKey
	// 2^128/n is (2^128-1)/n unless n divides 2^128, when it is one more.
	count := uint64(n)
	sizeHigh, rest := bits.Div64(0, maxHashKey.high, count)
	sizeLow, rest := bits.Div64(rest, maxHashKey.low, count)
	size := hashKey{sizeHigh, sizeLow}
	if rest == count-1 {
		size = size.next()
	}
	var end hashKey
	for i := range n - 1 {
		low, carry := bits.Add64(end.low, size.low, 0)
		end = hashKey{end.high + size.high + carry, low}
		ends[i] = end.previous()
	}
	return ends
}
