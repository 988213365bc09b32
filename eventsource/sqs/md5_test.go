package sqs

import (
	"crypto/md5"
	"encoding/hex"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The digest of a single Number attribute is public in many clients' test suites.
func TestMD5OfAttributes(t *testing.T) {
	require.Equal(t, "235c5c510d26fb653d073faed50ae77c", md5OfAttributes(map[string]MessageAttribute{
		"timestamp": {DataType: "Number", StringValue: new("1493147359900")},
	}))
}

func TestMD5OfBinaryAttribute(t *testing.T) {
	sum := md5.Sum([]byte("\x00\x00\x00\x01a" + "\x00\x00\x00\x06Number" + "\x01" + "\x00\x00\x00\x017" +
		"\x00\x00\x00\x01b" + "\x00\x00\x00\x0aBinary.png" + "\x02" + "\x00\x00\x00\x02\xff\x00"))
	require.Equal(t, hex.EncodeToString(sum[:]), md5OfAttributes(map[string]MessageAttribute{
		"b": {DataType: "Binary.png", BinaryValue: []byte{0xff, 0}},
		"a": {DataType: "Number", StringValue: new("7")},
	}))
}

// The digest depends on every name, type and value, on where one ends and the next begins, and on nothing else.
func TestMD5TellsAttributesApart(t *testing.T) {
	text := func(s string) MessageAttribute { return MessageAttribute{DataType: "String", StringValue: &s} }
	different := []map[string]MessageAttribute{
		{"a": text("b")},
		{"b": text("a")},
		{"ab": text("c")},
		{"a": text("bc")},
		{"a": {DataType: "String.b", StringValue: new("c")}},
		{"a": {DataType: "Binary", BinaryValue: []byte("b")}},
		{"a": {DataType: "Binary.x", BinaryValue: []byte("b")}},
		{"a": text("b"), "c": text("d")},
		{"a": text("b"), "c": text("e")},
	}
	seen := map[string]int{}
	for i, as := range different {
		sum := md5OfAttributes(as)
		require.NotContains(t, seen, sum, "%d and %d", seen[sum], i)
		seen[sum] = i
	}
	rapid.Check(t, func(t *rapid.T) {
		as := rapid.MapOfN(rapid.StringN(1, 5, 20), rapid.Map(rapid.StringN(1, 5, 20), text), 1, 6).Draw(t, "attributes")
		again := map[string]MessageAttribute{}
		for _, name := range slices.Backward(slices.Collect(maps.Keys(as))) {
			again[name] = text(*as[name].StringValue)
		}
		require.Equal(t, md5OfAttributes(as), md5OfAttributes(again))
	})
}
