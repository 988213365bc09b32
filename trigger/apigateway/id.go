package apigateway

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strconv"

	"github.com/lambdakit/lambdakit/internal/uuid"
)

// extendedID is an id such as LV7fzho-PHcEJPw=: 15 characters of base64 and the padding.
func extendedID(seed, number uint64) string {
	hi, lo := uuid.Bits(seed, number, "apigw")
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:], hi)
	binary.BigEndian.PutUint64(raw[8:], lo)
	var text [16]byte
	base64.URLEncoding.Encode(text[:], raw[:11])
	return string(text[:])
}

// resourceID is the id of a resource: six letters and digits, ten for the root.
func resourceID(seed uint64, path string) string {
	hi, _ := uuid.Bits(seed, 0, path)
	digits := strconv.FormatUint(hi|1<<63, 36) // always 13 of them, of which the first depends on few bits
	if path == "/" {
		return digits[3:]
	}
	return digits[7:]
}

// answerTrace is the trace header of an answer: the request's root, API Gateway's own segment, and the first run of the
// function in the chain.
func answerTrace(root string, seed, number uint64, function uint32) string {
	var segment [8]byte
	_, lo := uuid.Bits(seed, number, "segment")
	binary.BigEndian.PutUint64(segment[:], lo)
	var hash [4]byte
	binary.BigEndian.PutUint32(hash[:], function)
	b := make([]byte, 0, 128)
	b = append(append(b, "Root="...), root...)
	b = hex.AppendEncode(append(b, ";Parent="...), segment[:])
	b = hex.AppendEncode(append(b, ";Sampled=0;Lineage=1:"...), hash[:])
	return string(append(b, ":0"...))
}
