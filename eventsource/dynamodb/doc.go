// Package dynamodb is an embedded DynamoDB table with a stream: small enough to read, and exact in what its stream
// says, so that a Lambda event source mapping sees of it what it sees of the real one.
//
//	users := dynamodb.NewTable("users", dynamodb.KeySchema{Hash: "id"}, dynamodb.Options{})
//	err := users.PutItem(dynamodb.Item{"id": events.NewStringAttribute("a"), "age": events.NewNumberAttribute("7")})
//
// A [Table] is an eventsource.Stream and an eventsource.Notifier. Every change of an item writes one stream record:
// INSERT, MODIFY or REMOVE, with the images that the [StreamViewType] asks for. A put or update that changes nothing
// writes none. Values are aws-lambda-go's events.DynamoDBAttributeValue, checked and normalised as DynamoDB does it:
// numbers lose zeros that do not count, sets have no order (here they are sorted).
//
// # Shards
//
// The stream has one chain of shards for each of the table's partitions, one partition unless [Options] say otherwise;
// all changes of one partition key go to one of them. A shard takes records for four hours; the first change after
// that closes it and opens its child. Records can be read for 24 hours. A closed shard leaves the list when they all
// have gone.
//
// # Time to live
//
// DynamoDB deletes an expired item within days of its instant. A Table does it at that instant: whoever looks later
// finds the item gone and its record in the stream, stamped with the instant. One timer wakes those who asked for
// notification, and runs only while there are any of them and an item to expire. An item that expired more than five
// years ago is never deleted, as on AWS.
//
// A Table reads the time from package time, so in a testing/synctest bubble all of this follows virtual time. A clock
// that steps back counts as one that stands still.
//
// # Not modelled
//
// Queries, indexes, expressions, conditions, transactions, batches, capacity and throttling, backups, replicas; splits
// of partitions; changing the key schema, the time-to-live attribute or the stream of a table that exists.
package dynamodb
