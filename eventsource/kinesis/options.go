package kinesis

import (
	"time"

	"github.com/lambdakit/lambdakit/internal/validation"
	"github.com/lambdakit/lambdakit/lambda"
)

// Options are a stream's settings. The zero value is a stream of one shard as AWS creates it.
type Options struct {
	// Identity is the stream's account, Region and partition.
	Identity lambda.Identity
	// ShardCount is how many shards the stream begins with, 1 to 10,000; 0 means 1.
	ShardCount int
	// RetentionPeriod is how long a record can be read, in whole hours, 24 h to 8,760 h (wire name
	// RetentionPeriodHours); 0 means 24 h.
	RetentionPeriod time.Duration
	// MaxRecordSize is the largest record, partition key and data together, in bytes: whole KiB, 1 MiB to 10 MiB
	// (wire name MaxRecordSizeInKiB); 0 means 1 MiB, with which every stream begins on AWS.
	MaxRecordSize int
	// InvokeIdentityARN is the execution role that records name in invokeIdentityArn, which on AWS is that of the
	// mapping's function; "" means the role lambda-role of the account.
	InvokeIdentityARN string
	// ShardWriteLimits holds every shard to what one takes on AWS, 1,000 records and 1 MiB a second, beyond which puts
	// fail with ProvisionedThroughputExceededException. It is off by default: the stream then takes all, as one with
	// enough shards would, and a burst put at one instant of virtual time is not lost.
	ShardWriteLimits bool
}

// The bounds of the options.
const (
	minRetention  = 24 * time.Hour
	maxRetention  = 8760 * time.Hour
	minRecordSize = 1 << 20
	maxRecordSize = 10 << 20
	maxName       = 128
	namePattern   = "[a-zA-Z0-9_.-]+"
)

// withDefaults is o with its unset fields filled.
func (o Options) withDefaults() Options {
	o.Identity = o.Identity.WithDefaults()
	if o.ShardCount == 0 {
		o.ShardCount = 1
	}
	if o.RetentionPeriod == 0 {
		o.RetentionPeriod = minRetention
	}
	if o.MaxRecordSize == 0 {
		o.MaxRecordSize = minRecordSize
	}
	if o.InvokeIdentityARN == "" {
		o.InvokeIdentityARN = "arn:" + o.Identity.Partition + ":iam::" + o.Identity.Account + ":role/lambda-role"
	}
	return o
}

// check refuses a stream that the service would not create. o has its defaults.
func (o Options) check(name string) error {
	var f validation.Findings
	checkName(&f, "streamName", name)
	f.Range("shardCount", int64(o.ShardCount), 1, maxShardCount)
	f.Range("maxRecordSizeInKiB", int64((o.MaxRecordSize+1023)/1024), minRecordSize/1024, maxRecordSize/1024)
	if err := invalid(&f); err != nil {
		return err
	}
	hours := o.RetentionPeriod.Hours()
	switch {
	case o.MaxRecordSize%1024 != 0:
		return ErrInvalidArgument.because("MaxRecordSize %d is not a whole number of KiB", o.MaxRecordSize)
	case o.RetentionPeriod < minRetention:
		return ErrInvalidArgument.because("Minimum allowed retention period is 24 hours. Requested retention period (%v hours) is too short.", hours)
	case o.RetentionPeriod > maxRetention:
		return ErrInvalidArgument.because("Maximum allowed retention period is 8760 hours. Requested retention period (%v hours) is too long.", hours)
	case o.RetentionPeriod%time.Hour != 0:
		return ErrInvalidArgument.because("RetentionPeriod %v is not a whole number of hours", o.RetentionPeriod)
	}
	return nil
}

// checkName finds what is wrong with the name of a stream or consumer.
func checkName(f *validation.Findings, path, name string) {
	f.Pattern(path, name, namePattern, isName(name))
	f.Length(path, name, 1, maxName)
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
