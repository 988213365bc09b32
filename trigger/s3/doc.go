// Package s3 is an S3 bucket in memory that pushes: every write is a notification, to a function, a queue, a topic or
// a bus, as S3 sends it.
//
//	pictures := s3.NewBucket("pictures", s3.Options{Invoker: svc})
//	err := pictures.PutBucketNotificationConfiguration(ctx, s3.NotificationConfiguration{
//		Functions: []s3.FunctionConfiguration{{
//			FunctionARN: arn, Events: []string{"s3:ObjectCreated:*"}, Filter: []s3.FilterRule{s3.Suffix(".png")},
//		}},
//	})
//	err = pictures.PutObject(ctx, "red kite.png", "image/png", body)
//
// When PutObject returns, Lambda has accepted the event (or has refused it, and S3 will try again); svc.Wait then waits
// for the function. A [Bucket] is also a destination (destinations.S3), and its files are an [io/fs.FS] ([Bucket.FS]),
// from which an edge distribution can serve.
//
// # What is modelled
//
// Objects with versions, delete markers, tags, canned ACLs, multipart uploads, archived storage classes and their
// restoring, as far as notifications need them; the notification's JSON byte for byte, with keys in the encoding of
// forms; filters; the checks of a configuration, with S3's texts: overlap, permission to invoke, the s3:TestEvent to
// queues and topics. An event goes to a function as the principal s3.amazonaws.com with the bucket's ARN and account. S3
// tries again while Lambda is throttled or fails, and gives up at once when the function is gone or the permission is
// taken away; of a queue's, topic's or bus's error a method HTTPStatus() int says which of these it is. The trace header
// of the context given to a write (destinations.WithTraceHeader) goes along, so that Lambda finds loops through buckets.
//
// # What is fixed where S3 leaves it open
//
// Each event is sent once, in the order of the calls of one goroutine; S3 promises neither. Ids, version ids and
// sequencers depend on the seed, the name and the order of calls, so that a run repeats.
//
// # Limits
//
// Not modelled: who may read and write (an ACL is kept, not enforced), HTTP, encryption, object lock, lifecycle,
// replication and intelligent tiering with their events, conditional requests, ranges, checksums. Events of what is not
// modelled are refused by name in a configuration.
package s3
