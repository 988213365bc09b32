package apigateway

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
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

// answerTrace is the trace header of an answer: the request's own, API Gateway's own segment, and what [firstRun] says.
func answerTrace(trace string, seed, number uint64, firstRun string) string {
	_, lo := uuid.Bits(seed, number, "segment")
	var raw [8]byte
	binary.BigEndian.PutUint64(raw[:], lo)
	var segment [16]byte
	hex.Encode(segment[:], raw[:])
	return trace + ";Parent=" + string(segment[:]) + firstRun
}

// firstRun is the end of an answer's trace header: the function, by its hash, ran for the first time in the chain.
func firstRun(function uint32) string { return fmt.Sprintf(";Sampled=0;Lineage=1:%08x:0", function) }
