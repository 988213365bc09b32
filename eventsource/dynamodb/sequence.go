package dynamodb

import "strconv"

// A sequence number looks as the service's do: a number and twenty digits, both of which grow with every change. Here
// both are the number of the change in its table, from 1.
const tailDigits = 20

func appendSequence(b []byte, number uint64) []byte {
	var digits [tailDigits]byte
	b = strconv.AppendUint(b, number, 10)
	tail := strconv.AppendUint(digits[:0], number, 10)
	b = appendZeros(b, tailDigits-len(tail))
	return append(b, tail...)
}

// sequenceLength is how long a sequence number is.
func sequenceLength(number uint64) int {
	n := tailDigits + 1
	for ; number > 9; number /= 10 {
		n++
	}
	return n
}

// parseSequence reads what appendSequence wrote.
func parseSequence(s string) (number uint64, ok bool) {
	if len(s) <= tailDigits {
		return 0, false
	}
	number, err := strconv.ParseUint(s[:len(s)-tailDigits], 10, 64)
	return number, err == nil && string(appendSequence(nil, number)) == s
}
