package sqs

import (
	"encoding/base64"
	"encoding/binary"
	"math"
)

// receipt is what a receipt handle says: which queue, which message, which receive.
type receipt struct {
	queue identity
	slot  int
	lease uint64
}

// A handle is Base64 of three bytes 1, which makes it begin with AQEB as SQS's do, and the receipt's fields.
const (
	receiptBytes = 3 + 8 + 4 + 8
	receiptLen   = (receiptBytes*8 + 5) / 6
)

// appendReceipt appends the handle.
func appendReceipt(dst []byte, r receipt) []byte {
	var b [receiptBytes]byte
	b[0], b[1], b[2] = 1, 1, 1
	binary.BigEndian.PutUint64(b[3:], uint64(r.queue))
	binary.BigEndian.PutUint32(b[11:], uint32(r.slot))
	binary.BigEndian.PutUint64(b[15:], r.lease)
	return base64.RawURLEncoding.AppendEncode(dst, b[:])
}

// parseReceipt reads a handle, and refuses what appendReceipt cannot have made.
func parseReceipt(handle string) (receipt, bool) {
	var b [receiptBytes]byte
	var text [receiptLen]byte
	if len(handle) != receiptLen {
		return receipt{}, false
	}
	copy(text[:], handle)
	if n, err := base64.RawURLEncoding.Strict().Decode(b[:], text[:]); err != nil || n != receiptBytes || b[0] != 1 || b[1] != 1 || b[2] != 1 {
		return receipt{}, false
	}
	slot := binary.BigEndian.Uint32(b[11:])
	if slot > math.MaxInt32 { // no queue is so long, and where an int is short it would be negative
		return receipt{}, false
	}
	return receipt{
		queue: identity(binary.BigEndian.Uint64(b[3:])),
		slot:  int(slot),
		lease: binary.BigEndian.Uint64(b[15:]),
	}, true
}
