package sqs

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"

	"github.com/lambdakit/lambdakit/internal/uuid"
)

// identity makes a queue's message ids and receipt handles its own: functions of the queue's ARN and of a message's
// number, so that a run repeats.
type identity uint64

func newIdentity(arn string) identity {
	h := sha256.Sum256([]byte(arn))
	return identity(binary.BigEndian.Uint64(h[:]))
}

// messageID returns the id of the queue's n-th message.
func (i identity) messageID(n uint64) string { return uuid.V4(uint64(i), n, "sqs message") }

// appendSequence appends the sequence number of a FIFO queue's n-th message: 20 digits, growing, not consecutive.
func appendSequence(dst []byte, n uint64) []byte {
	return strconv.AppendUint(dst, 10_000_000_000_000_000_000+n<<8, 10)
}
