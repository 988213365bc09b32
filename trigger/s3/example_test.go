package s3_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/aws/aws-lambda-go/events"

	"github.com/lambdakit/lambdakit/eventsource/sqs"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/trigger/s3"
)

func Example() {
	ctx := context.Background()
	svc := invoke.New(invoke.Options{})
	defer svc.Close()
	err := svc.Deploy(lambda.Config{Name: "thumbnail"}, lambda.Handler(func(e events.S3Event) error {
		o := e.Records[0].S3.Object
		fmt.Println(e.Records[0].EventName, o.Key, o.URLDecodedKey, o.Size)
		return nil
	}))
	if err != nil {
		panic(err)
	}
	pictures := s3.NewBucket("pictures", s3.Options{Invoker: svc})
	err = pictures.PutBucketNotificationConfiguration(ctx, s3.NotificationConfiguration{
		Functions: []s3.FunctionConfiguration{{
			FunctionARN: svc.Identity().FunctionARN("thumbnail", ""),
			Events:      []string{"s3:ObjectCreated:*"},
			Filter:      []s3.FilterRule{s3.Suffix(".png")},
		}},
	})
	if err != nil {
		panic(err)
	}
	for _, key := range []string{"red kite.png", "notes.txt"} {
		if err := pictures.PutObject(ctx, key, "", []byte("…")); err != nil {
			panic(err)
		}
	}
	_ = svc.Wait(ctx)
	// Output:
	// ObjectCreated:Put red+kite.png red kite.png 3
}

func ExampleBucket_PutBucketNotificationConfiguration() {
	uploads := sqs.NewQueue("uploads", sqs.Attributes{})
	b := s3.NewBucket("pictures", s3.Options{})
	created := []string{"s3:ObjectCreated:*"}
	err := b.PutBucketNotificationConfiguration(context.Background(), s3.NotificationConfiguration{
		Queues: []s3.QueueConfiguration{
			{Queue: uploads, Events: created, Filter: []s3.FilterRule{s3.Prefix("in/")}},
			{Queue: uploads, Events: created, Filter: []s3.FilterRule{s3.Suffix(".png")}},
		},
	})
	fmt.Println(err)
	fmt.Println(errors.Is(err, s3.ErrInvalidArgument), uploads.Len())
	// Output:
	// InvalidArgument: Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.
	// true 0
}

func ExampleBucket_DeleteObject() {
	ctx := context.Background()
	b := s3.NewBucket("pictures", s3.Options{})
	_ = b.PutBucketVersioning(ctx, s3.Enabled)
	first, _ := b.Put(ctx, s3.PutObjectInput{Key: "k", Body: []byte("first")})
	_, _ = b.DeleteObject(ctx, "k", "")
	_, err := b.GetObject(ctx, "k", "")
	fmt.Println(err)
	o, _ := b.GetObject(ctx, "k", first.VersionID)
	fmt.Printf("%s\n", o.Body)
	// Output:
	// NoSuchKey: The specified key does not exist. (1: Key: k)
	// first
}

func ExampleBucket_FS() {
	b := s3.NewBucket("site-files", s3.Options{})
	_ = b.PutObject(context.Background(), "css/site.css", "text/css", []byte("body{}"))
	body, err := fs.ReadFile(b.FS(), "css/site.css")
	fmt.Printf("%s %v\n", body, err)
	// Output: body{} <nil>
}

func ExampleBucket_CompleteMultipartUpload() {
	ctx := context.Background()
	b := s3.NewBucket("films", s3.Options{})
	id, _ := b.CreateMultipartUpload(ctx, s3.PutObjectInput{Key: "film.mp4", Metadata: s3.Metadata{ContentType: "video/mp4"}})
	part, _ := b.UploadPart(ctx, id, 1, []byte("the only part may be small"))
	o, err := b.CompleteMultipartUpload(ctx, id, []s3.CompletedPart{{PartNumber: 1, ETag: part}})
	fmt.Println(o.Key, o.Size, o.ContentType, o.ETag[32:], err)
	// Output: film.mp4 26 video/mp4 -1 <nil>
}

func ExampleBucket_CopyObject() {
	ctx := context.Background()
	in, archive := s3.NewBucket("inbox", s3.Options{}), s3.NewBucket("archive", s3.Options{})
	_ = in.PutObject(ctx, "letter", "text/plain", []byte("Dear all"))
	o, err := archive.CopyObject(ctx, s3.CopyObjectInput{
		Source: in, SourceKey: "letter", Key: "2026/letter", Metadata: &s3.Metadata{ContentType: "text/plain", StorageClass: s3.Glacier},
	})
	fmt.Println(o.Key, o.StorageClass, err)
	_, err = archive.GetObject(ctx, "2026/letter", "")
	fmt.Println(err)
	// Output:
	// 2026/letter GLACIER <nil>
	// InvalidObjectState: The operation is not valid for the object's storage class (1: StorageClass: GLACIER)
}

func ExampleBucket_PutObjectTagging() {
	ctx := context.Background()
	changes := sqs.NewQueue("changes", sqs.Attributes{})
	b := s3.NewBucket("pictures", s3.Options{})
	err := b.PutBucketNotificationConfiguration(ctx, s3.NotificationConfiguration{
		Queues: []s3.QueueConfiguration{{Queue: changes, Events: []string{"s3:ObjectTagging:*"}}},
	})
	fmt.Println(err, changes.Len(), "test event")
	_ = b.PutObject(ctx, "k", "", nil)
	_ = b.PutObjectTagging(ctx, "k", "", map[string]string{"state": "seen"})
	_ = b.DeleteObjectTagging(ctx, "k", "")
	fmt.Println(changes.Len()-1, "changes of tags")
	// Output:
	// <nil> 1 test event
	// 2 changes of tags
}
