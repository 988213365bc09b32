// Package kinesis is an embedded Kinesis data stream: records put under partition keys, hashed onto shards, kept for
// the retention period and read by a Lambda event source mapping exactly as it reads the real one.
//
//	stream := kinesis.NewStream("orders", 2)
//	err := stream.Put("customer-7", []byte(`{"total":12}`))
//
// A [Stream] is an eventsource.Stream and an eventsource.Notifier. Its records have the service's sequence numbers and
// the JSON that Lambda hands to a function. Shards split and merge as on AWS ([Stream.SplitShard],
// [Stream.MergeShards], [Stream.UpdateShardCount]): parents close, children open, and both stay readable until their
// records' retention is over. [Stream.Consumer] gives the same records under an enhanced fan-out consumer's ARN.
//
// # Time
//
// A Stream reads the time from package time, so in a testing/synctest bubble everything follows virtual time. It owns
// neither goroutine nor timer: what is past its retention is dropped by the next call that touches it. A clock that
// steps back counts as one that stands still.
//
// # Not modelled
//
// A stream is ACTIVE at once, and resharding takes no time and may be repeated without limit. There is no automatic
// scaling: the stream has the shards that it was given. Reads are not throttled. Record aggregation, encryption,
// tags, deregistering consumers and opaque shard iterators do not exist: a position is an eventsource.Position.
package kinesis
