package main

import (
	"context"
	"embed"
	"fmt"
	"path"
	"sync"

	"github.com/aws/aws-lambda-go/events"

	"github.com/lambdakit/lambdakit/examples/internal/picture"
	"github.com/lambdakit/lambdakit/lambda"
)

//go:embed testdata
var files embed.FS

// bucket is where the pictures are, and where the thumbnails go.
type bucket struct {
	mu      sync.Mutex
	objects map[string][]byte
}

func newBucket() *bucket { return &bucket{objects: map[string][]byte{}} }

func (b *bucket) get(key string) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if object, ok := b.objects[key]; ok {
		return object, nil
	}
	object, err := files.ReadFile("testdata/" + key)
	if err != nil {
		return nil, fmt.Errorf("NoSuchKey: %s", key)
	}
	return object, nil
}

func (b *bucket) put(key string, object []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.objects[key] = object
}

// thumbnail is what the function answers.
type thumbnail struct {
	Key           string
	Width, Height int
}

// handler is the function as it would be deployed: aws-lambda-go's event in, JSON out. The init code, which here gets
// hold of the log, runs once for each execution environment.
func handler(b *bucket) lambda.Code {
	return lambda.Init(func(_ context.Context, env *lambda.Environment) (any, error) {
		return func(_ context.Context, e events.S3Event) ([]thumbnail, error) {
			var made []thumbnail
			for _, r := range e.Records {
				fmt.Fprintf(env, "%s s3://%s/%s", r.EventName, r.S3.Bucket.Name, r.S3.Object.Key)
				t, err := makeThumbnail(b, r.S3.Object.URLDecodedKey)
				if err != nil {
					return nil, err
				}
				made = append(made, t)
			}
			return made, nil
		}, nil
	})
}

// size is that of a thumbnail's longer side in pixels.
const size = 64

func makeThumbnail(b *bucket, key string) (thumbnail, error) {
	object, err := b.get(key)
	if err != nil {
		return thumbnail{}, err
	}
	small, err := picture.Shrink(object, size)
	if err != nil {
		return thumbnail{}, fmt.Errorf("%s: %w", key, err)
	}
	t := thumbnail{Key: "thumbnails/" + path.Base(key), Width: small.Width, Height: small.Height}
	b.put(t.Key, small.PNG)
	return t, nil
}
