package kinesis

// What one shard takes in a second: 1,000 records and 1 MB, partition keys included.
const (
	shardRecordsPerSecond = 1000
	shardBytesPerSecond   = 1 << 20
)

// writeLimit holds one shard to its write rates: two buckets of one second's rate that fill continuously. Both count
// thousandths, so that a millisecond adds a whole number.
type writeLimit struct {
	usedRecords, usedBytes int64
	at                     int64 // milliseconds since 1970
}

// admit takes a record of size bytes if the shard's rate has room for it. A record larger than a second's rate needs
// an unused shard and is paid off afterwards: the service lets a shard burst for large records and holds it to the
// rate on average.
func (l *writeLimit) admit(size int, now int64) bool {
	const records, bytes = shardRecordsPerSecond * 1000, shardBytesPerSecond * 1000
	elapsed := now - l.at
	usedRecords := max(0, l.usedRecords-elapsed*shardRecordsPerSecond)
	usedBytes := max(0, l.usedBytes-elapsed*shardBytesPerSecond)
	cost := int64(size) * 1000
	if usedRecords+1000 > records || usedBytes > 0 && usedBytes+cost > bytes {
		return false
	}
	l.usedRecords, l.usedBytes, l.at = usedRecords+1000, usedBytes+cost, now
	return true
}
