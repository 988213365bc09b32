package kinesis

import (
	"strconv"
	"unicode/utf8"

	"github.com/lambdakit/lambdakit/internal/validation"
)

// PutRecordInput is one record to put.
type PutRecordInput struct {
	// PartitionKey decides the shard, by its MD5: 1 to 256 characters.
	PartitionKey string
	// Data is the payload, perhaps empty. It is copied.
	Data []byte
	// ExplicitHashKey overrides the hash of the partition key: a decimal number below 2^128; "" for none.
	ExplicitHashKey string
}

// PutRecordOutput says where a record went.
type PutRecordOutput struct {
	ShardID        string // such as shardId-000000000000
	SequenceNumber string // 56 digits, greater than those of all earlier records of the shard
}

// PutRecordsOutput is the outcome of [Stream.PutRecords].
type PutRecordsOutput struct {
	FailedRecordCount int
	Records           []PutRecordsResultEntry // one for each record put, in its order
}

// PutRecordsResultEntry is the outcome of one record: either it was put or it has an error code.
type PutRecordsResultEntry struct {
	PutRecordOutput
	ErrorCode    string // ProvisionedThroughputExceededException, or "" if the record was put
	ErrorMessage string
}

// What one PutRecords call takes.
const (
	maxPutRecords      = 500
	maxPutRecordsBytes = 10 << 20
)

// checked is a record that may be put.
type checked struct {
	hash hashKey
	key  string
	data []byte // ours
}

// check examines one record. path is "" for PutRecord and ends in a dot for a member of PutRecords.
func check(in *PutRecordInput, path string, maxSize int) (checked, error) {
	if !utf8.ValidString(in.PartitionKey) {
		return checked{}, ErrSerialization.because("PartitionKey is not valid UTF-8")
	}
	var f validation.Findings
	f.Length(path+"partitionKey", in.PartitionKey, 1, 256)
	f.Pattern(path+"explicitHashKey", in.ExplicitHashKey, hashKeyPattern, in.ExplicitHashKey == "" || isHashKey(in.ExplicitHashKey))
	if err := invalid(&f); err != nil {
		return checked{}, err
	}
	if len(in.PartitionKey)+len(in.Data) > maxSize {
		return checked{}, recordTooLarge(path, maxSize)
	}
	c := checked{key: in.PartitionKey}
	if in.ExplicitHashKey == "" {
		c.hash = hashOf(in.PartitionKey)
	} else if h, ok := parseHashKey(in.ExplicitHashKey); ok {
		c.hash = h
	} else {
		return checked{}, ErrInvalidArgument.because("Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]."+
			" Specified value was %s", in.ExplicitHashKey)
	}
	c.data = append([]byte{}, in.Data...) // not nil even if empty: filters take nil for "no payload to decode"
	return c, nil
}

// recordTooLarge refuses a record that is larger than the stream takes, partition key and data together.
func recordTooLarge(path string, maxSize int) error {
	return ErrValidation.because("1 validation error detected: Value at '%sdata' failed to satisfy constraint: %s",
		path, validation.MaxLength(maxSize))
}

// checkAll examines the records of one PutRecords call, which is refused as a whole if one of them is.
func checkAll(in []PutRecordInput, maxSize int) ([]checked, error) {
	if len(in) < 1 || len(in) > maxPutRecords {
		constraint := validation.MinLength(1)
		if len(in) > 0 {
			constraint = validation.MaxLength(maxPutRecords)
		}
		return nil, ErrValidation.because("1 validation error detected: Value at 'records' failed to satisfy constraint: %s", constraint)
	}
	total := 0
	for i := range in {
		total += len(in[i].PartitionKey) + len(in[i].Data)
	}
	if total > maxPutRecordsBytes {
		return nil, ErrInvalidArgument.because("Records size exceeds 10 MB limit")
	}
	all := make([]checked, len(in))
	for i := range in {
		var err error
		if all[i], err = check(&in[i], "records."+strconv.Itoa(i+1)+".member.", maxSize); err != nil {
			return nil, err
		}
	}
	return all, nil
}
