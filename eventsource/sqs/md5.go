package sqs

import (
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"strings"
)

// md5OfAttributes is SQS's digest of message attributes: by name, each of name, type and value behind its length in
// four bytes, and before the value a byte that says string (1) or binary (2).
func md5OfAttributes(as map[string]MessageAttribute) string {
	h := md5.New()
	for _, name := range sortedNames(as) {
		a := as[name]
		digestPart(h, []byte(name))
		digestPart(h, []byte(a.DataType))
		if isBinary(a) {
			h.Write([]byte{2})
			digestPart(h, a.BinaryValue)
		} else {
			h.Write([]byte{1})
			digestPart(h, []byte(*a.StringValue))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

func digestPart(h hash.Hash, b []byte) {
	var n [4]byte
	binary.BigEndian.PutUint32(n[:], uint32(len(b)))
	h.Write(n[:])
	h.Write(b)
}

// isBinary reports whether an attribute is of type Binary or a custom one of it.
func isBinary(a MessageAttribute) bool {
	return a.DataType == "Binary" || strings.HasPrefix(a.DataType, "Binary.")
}
