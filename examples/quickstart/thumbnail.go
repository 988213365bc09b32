package main

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"path"
	"sync"

	"github.com/aws/aws-lambda-go/events"

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
	picture, err := png.Decode(bytes.NewReader(object))
	if err != nil {
		return thumbnail{}, fmt.Errorf("%s: %w", key, err)
	}
	small := shrink(picture)
	var out bytes.Buffer
	if err := png.Encode(&out, small); err != nil {
		return thumbnail{}, err
	}
	t := thumbnail{Key: "thumbnails/" + path.Base(key), Width: small.Bounds().Dx(), Height: small.Bounds().Dy()}
	b.put(t.Key, out.Bytes())
	return t, nil
}

// shrink scales a picture down so that its longer side has size pixels, each the average of those it stands for.
func shrink(p image.Image) image.Image {
	from := p.Bounds()
	factor := max(1, (max(from.Dx(), from.Dy())+size-1)/size)
	to := image.NewRGBA(image.Rect(0, 0, max(1, from.Dx()/factor), max(1, from.Dy()/factor)))
	for y := range to.Rect.Dy() {
		for x := range to.Rect.Dx() {
			corner := from.Min.Add(image.Pt(x*factor, y*factor))
			to.Set(x, y, average(p, image.Rectangle{Min: corner, Max: corner.Add(image.Pt(factor, factor))}.Intersect(from)))
		}
	}
	return to
}

func average(p image.Image, area image.Rectangle) color.Color {
	var r, g, b, a, n uint32
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			pr, pg, pb, pa := p.At(x, y).RGBA()
			r, g, b, a, n = r+pr>>8, g+pg>>8, b+pb>>8, a+pa>>8, n+1
		}
	}
	return color.RGBA{R: uint8(r / n), G: uint8(g / n), B: uint8(b / n), A: uint8(a / n)}
}
