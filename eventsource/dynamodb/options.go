package dynamodb

import (
	"time"

	"github.com/lambdakit/lambdakit/internal/validation"
	"github.com/lambdakit/lambdakit/lambda"
)

// StreamViewType says what a stream record holds beyond the item's key.
type StreamViewType string

// The view types.
const (
	KeysOnly        StreamViewType = "KEYS_ONLY"          // nothing
	NewImage        StreamViewType = "NEW_IMAGE"          // the item after the change
	OldImage        StreamViewType = "OLD_IMAGE"          // the item before the change
	NewAndOldImages StreamViewType = "NEW_AND_OLD_IMAGES" // both
)

// Options are a table's settings.
type Options struct {
	// Identity is the table's account, Region and partition.
	Identity lambda.Identity
	// StreamViewType is what the stream's records hold; "" means NewAndOldImages. A table without a stream is not
	// modelled.
	StreamViewType StreamViewType
	// TimeToLive is the attribute that says when an item expires, a Number of seconds since 1970
	// (TimeToLiveSpecification); "" for none.
	TimeToLive string
	// Partitions is how many partitions the table has, each with one open shard in the stream, up to 10,000; 0 means 1.
	Partitions int
	// ShardLifetime is how long a shard takes records before a child takes over; 0 means 4 h, as the service does it.
	// At least 1 ms.
	ShardLifetime time.Duration
	// ShardRecords is how many records a shard takes before a child takes over; 0 means no bound, as in the service.
	ShardRecords int
}

// The rest of a stream's rules.
const (
	retention        = 24 * time.Hour
	defaultLifetime  = 4 * time.Hour
	minName, maxName = 3, 255
	namePattern      = "[a-zA-Z0-9_.-]+"
	maxPartitions    = 10_000
)

// withDefaults is o with its unset fields filled.
func (o Options) withDefaults() Options {
	o.Identity = o.Identity.WithDefaults()
	if o.StreamViewType == "" {
		o.StreamViewType = NewAndOldImages
	}
	if o.Partitions == 0 {
		o.Partitions = 1
	}
	if o.ShardLifetime == 0 {
		o.ShardLifetime = defaultLifetime
	}
	return o
}

// check refuses a table that DynamoDB would refuse, and settings that mean nothing. o has its defaults.
func (o Options) check(name string) error {
	var f validation.Findings
	f.Pattern("tableName", name, namePattern, isName(name))
	f.Enum("streamSpecification.streamViewType", string(o.StreamViewType), "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY")
	if err := invalid(&f); err != nil {
		return err
	}
	if len(name) < minName || len(name) > maxName {
		return ErrValidation.because("TableName must be at least %d characters long and at most %d characters long", minName, maxName)
	}
	switch { // of these DynamoDB knows nothing
	case o.Partitions < 1 || o.Partitions > maxPartitions:
		return ErrValidation.because("Partitions %d is not between 1 and %d", o.Partitions, maxPartitions)
	case o.ShardLifetime < time.Millisecond:
		return ErrValidation.because("ShardLifetime %v is less than a millisecond", o.ShardLifetime)
	case o.ShardRecords < 0:
		return ErrValidation.because("ShardRecords %d is less than 0", o.ShardRecords)
	}
	return nil
}

// isName says whether s matches namePattern.
func isName(s string) bool {
	for _, c := range []byte(s) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && c != '_' && c != '.' && c != '-' {
			return false
		}
	}
	return s != ""
}
