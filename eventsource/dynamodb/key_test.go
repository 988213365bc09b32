package dynamodb

import (
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"
)

var bin = events.NewBinaryAttribute

func TestPutRefusesKeys(t *testing.T) {
	const invalid = "One or more parameter values were invalid: "
	table := newAt(t, KeySchema{Hash: "id", Range: "at", RangeType: B}, Options{})
	for _, row := range []struct {
		item Item
		text string
	}{
		{Item{}, invalid + "Missing the key id in the item"},
		{id("a"), invalid + "Missing the key at in the item"},
		{Item{"id": num("1"), "at": bin([]byte{1})}, invalid + "Type mismatch for key id expected: S actual: N"},
		{Item{"id": str("a"), "at": events.NewNullAttribute()}, invalid + "Type mismatch for key at expected: B actual: NULL"},
		{Item{"id": str(""), "at": bin([]byte{1})}, "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: id"},
		{Item{"id": str("a"), "at": bin(nil)}, invalid + "The AttributeValue for a key attribute cannot contain an empty binary value. Key: at"},
		{Item{"id": str(strings.Repeat("a", 2049)), "at": bin([]byte{1})}, invalid + "Size of hashkey has exceeded the maximum size limit of2048 bytes"},
		{Item{"id": str("a"), "at": bin(make([]byte, 1025))}, invalid + "Aggregated size of all range keys has exceeded the size limit of 1024 bytes"},
		{Item{"id": events.DynamoDBAttributeValue{}, "at": bin(nil)}, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"},
	} {
		requireRefusal(t, table.PutItem(row.item), ErrValidation, row.text)
	}
	require.NoError(t, table.PutItem(Item{"id": str(strings.Repeat("a", 2048)), "at": bin(make([]byte, 1024))}))
	require.Equal(t, 1, table.Len())
}

func TestFindRefusesKeys(t *testing.T) {
	const mismatch = "The provided key element does not match the schema"
	table := newAt(t, byPair, Options{})
	for _, row := range []struct {
		key  Item
		text string
	}{
		{nil, mismatch},
		{id("a"), mismatch},
		{with(pair("a", "1"), "more", str("")), mismatch},
		{Item{"id": str("a"), "N": num("1")}, mismatch},
		{Item{"id": str("a"), "n": str("1")}, mismatch},
		{Item{"id": str("a"), "n": events.DynamoDBAttributeValue{}}, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"},
		{pair("", "1"), "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: id"},
		{pair("a", "x"), "The parameter cannot be converted to a numeric value: x"},
		{pair("a", "1e99999999999"), "Number overflow. Attempting to store a number with magnitude larger than supported range"},
	} {
		_, err := table.GetItem(row.key)
		requireRefusal(t, err, ErrValidation, row.text)
		requireRefusal(t, table.DeleteItem(row.key), ErrValidation, row.text)
		requireRefusal(t, table.UpdateItem(row.key, nil), ErrValidation, row.text)
	}
}

func TestNumbersThatAreEqualAreOneKey(t *testing.T) {
	table := newAt(t, byPair, Options{})
	require.NoError(t, table.PutItem(pair("a", "1.0")))
	require.NoError(t, table.PutItem(with(pair("a", "1e0"), "x", str("y"))))
	require.Equal(t, 1, table.Len())
	got, err := table.GetItem(pair("a", "0.1e1"))
	require.NoError(t, err)
	require.Equal(t, with(pair("a", "1"), "x", str("y")), got)
}

func TestNewRefuses(t *testing.T) {
	const one = "1 validation error detected: "
	long := strings.Repeat("a", 256)
	for _, row := range []struct {
		name    string
		keys    KeySchema
		options Options
		text    string
	}{
		{"a b", byID, Options{}, one + "Value 'a b' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"},
		{"ab", byID, Options{}, "TableName must be at least 3 characters long and at most 255 characters long"},
		{long, byID, Options{}, "TableName must be at least 3 characters long and at most 255 characters long"},
		{"abc", KeySchema{}, Options{}, one + "Value '' at 'keySchema.1.member.attributeName' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"abc", KeySchema{Hash: "a", Range: long}, Options{}, one + "Value '" + long + "' at 'keySchema.2.member.attributeName' failed to satisfy constraint: Member must have length less than or equal to 255"},
		{"abc", KeySchema{Hash: "a", HashType: "SS"}, Options{}, one + "Value 'SS' at 'attributeDefinitions.1.member.attributeType' failed to satisfy constraint: Member must satisfy enum value set: [B, N, S]"},
		{"abc", KeySchema{Hash: "a", Range: "a"}, Options{}, "Both the Hash Key and the Range Key element in the KeySchema have the same name"},
		{"abc", KeySchema{Hash: "a", RangeType: N}, Options{}, "One or more parameter values are not valid. RangeType N without Range"},
		{"abc", byID, Options{StreamViewType: "ALL"}, one + "Value 'ALL' at 'streamSpecification.streamViewType' failed to satisfy constraint: Member must satisfy enum value set: [NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES, KEYS_ONLY]"},
		{"abc", byID, Options{Partitions: -1}, "Partitions -1 is not between 1 and 10000"},
		{"abc", byID, Options{Partitions: 10_001}, "Partitions 10001 is not between 1 and 10000"},
		{"abc", byID, Options{ShardLifetime: 1}, "ShardLifetime 1ns is less than a millisecond"},
		{"abc", byID, Options{ShardRecords: -1}, "ShardRecords -1 is less than 0"},
	} {
		table, err := New(row.name, row.keys, row.options)
		require.Nil(t, table)
		requireRefusal(t, err, ErrValidation, row.text)
		require.Panics(t, func() { NewTable(row.name, row.keys, row.options) })
	}
}
