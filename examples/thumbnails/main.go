// Thumbnails makes a small picture of every picture that is put into a bucket, and puts it into another one: S3 uploads,
// their notifications, the permission that they need, and what becomes of a file that is no picture.
//
//	go run ./examples/thumbnails
//
//	upload ──► bucket pictures ──► function thumbnail ──► bucket thumbnails
//	                                     └─ three failures ──► bucket failures
//
// It runs in real time, so its retries wait tenths of a second instead of minutes; the test beside it runs in virtual time.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/examples/internal/picture"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/iam"
	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/s3"
)

func main() {
	fmt.Println("In real time: retries wait 0.2 s and 0.4 s here, one and two minutes in Lambda.")
	var timeline lambdatest.Timeline
	if err := story(context.Background(), os.Stdout, &timeline, invoke.RetryPolicy{FunctionError: 200 * time.Millisecond}); err != nil {
		fmt.Fprintln(os.Stderr, "thumbnails:", err)
		os.Exit(1)
	}
	fmt.Printf("\n%s", timeline.String())
}

// role is the function's execution role. A function that has one may be called, and may send, only as it is allowed.
const role = "arn:aws:iam::123456789012:role/thumbnail"

// size is that of a thumbnail's longer side in pixels.
const size = 64

// studio is everything that there is.
type studio struct {
	svc                            *invoke.Service
	pictures, thumbnails, failures *s3.Bucket
}

func story(ctx context.Context, w io.Writer, timeline *lambdatest.Timeline, policy invoke.RetryPolicy) error {
	s, err := newStudio(timeline, policy)
	if err != nil {
		return err
	}
	defer s.svc.Close()
	defer s.pictures.Close()
	if err := s.connect(ctx, w); err != nil {
		return err
	}
	if err := s.upload(ctx, w); err != nil {
		return err
	}
	return s.look(ctx, w)
}

func newStudio(timeline *lambdatest.Timeline, policy invoke.RetryPolicy) (*studio, error) {
	roles := iam.NewRoles()
	writes, err := iam.ParsePolicy(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:PutObject","s3:ListBucket"],` +
		`"Resource":["arn:aws:s3:::failures","arn:aws:s3:::failures/*"]}]}`)
	if err != nil {
		return nil, err
	}
	if err := roles.Put(iam.Role{ARN: role, Policies: []*iam.Policy{writes}}); err != nil {
		return nil, err
	}
	s := &studio{svc: invoke.New(invoke.Options{Trace: timeline.Trace, RetryPolicy: policy, Roles: roles})}
	s.pictures = s3.NewBucket("pictures", s3.Options{Invoker: s.svc, Trace: timeline.Trace})
	s.thumbnails = s3.NewBucket("thumbnails", s3.Options{})
	s.failures = s3.NewBucket("failures", s3.Options{})
	if err := s.svc.Deploy(lambda.Config{Name: "thumbnail", Role: role, MemorySize: 512}, lambda.Handler(s.handle)); err != nil {
		return nil, err
	}
	return s, s.svc.PutEventInvokeConfig("thumbnail", invoke.EventInvokeConfig{OnFailure: destinations.S3(s.failures)})
}

// handle is the function. It reads what it is told of, and writes what it makes of it under the same key.
func (s *studio) handle(ctx context.Context, e events.S3Event) error {
	for _, r := range e.Records {
		key := r.S3.Object.URLDecodedKey
		o, err := s.pictures.GetObject(ctx, key, r.S3.Object.VersionID)
		if err != nil {
			return err
		}
		small, err := picture.Shrink(o.Body, size)
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		if err := s.thumbnails.PutObject(ctx, key, "image/png", small.PNG); err != nil {
			return err
		}
	}
	return nil
}

// connect has S3 call the function, which S3 must be allowed to.
func (s *studio) connect(ctx context.Context, w io.Writer) error {
	fmt.Fprintln(w, "\n1. S3 asks Lambda before it takes the configuration.")
	configuration := s3.NotificationConfiguration{Functions: []s3.FunctionConfiguration{{
		ID: "make-thumbnails", FunctionARN: s.svc.Identity().FunctionARN("thumbnail", ""),
		Events: []string{"s3:ObjectCreated:*"}, Filter: []s3.FilterRule{s3.Suffix(".png")},
	}}}
	fmt.Fprintf(w, "-> %v\n", s.pictures.PutBucketNotificationConfiguration(ctx, configuration))
	_, err := s.svc.Registry().AddPermission(time.Now(), "thumbnail", "", registry.AddPermissionInput{
		StatementID: "pictures", Action: "lambda:InvokeFunction", Principal: "s3.amazonaws.com",
		SourceARN: s.pictures.ARN(), SourceAccount: s.svc.Identity().Account,
	})
	if err != nil {
		return err
	}
	err = s.pictures.PutBucketNotificationConfiguration(ctx, configuration)
	fmt.Fprintf(w, "-> with a permission: %v\n", err)
	return err
}

// upload puts in a picture, a text of which nobody is told, and a file that is no picture.
func (s *studio) upload(ctx context.Context, w io.Writer) error {
	fmt.Fprintln(w, "\n2. A picture, a text and a broken file are uploaded.")
	for _, o := range []struct {
		key, contentType string
		body             []byte
	}{
		{"holiday/red kite.png", "image/png", paint(320, 200)},
		{"holiday/notes.txt", "text/plain", []byte("sunny")},
		{"holiday/broken.png", "image/png", []byte("half a picture")},
	} {
		if err := s.pictures.PutObject(ctx, o.key, o.contentType, o.body); err != nil {
			return err
		}
	}
	return s.svc.Wait(ctx)
}

// look shows what has become of the uploads.
func (s *studio) look(ctx context.Context, w io.Writer) error {
	fmt.Fprintln(w, "\n3. What there is when all is done:")
	for _, b := range []*s3.Bucket{s.pictures, s.thumbnails, s.failures} {
		list, err := b.ListObjects(ctx, "")
		if err != nil {
			return err
		}
		for _, o := range list {
			fmt.Fprintf(w, "-> s3://%s/%s, %s\n", b.Name(), o.Key, o.ContentType)
		}
	}
	return nil
}
