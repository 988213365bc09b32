package main

import (
	"bytes"
	"image"
	"image/png"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// TestStory tells the story in virtual time: with Lambda's own delays, and at once.
func TestStory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out lambdatest.Output
		var timeline lambdatest.Timeline
		start := time.Now()
		require.NoError(t, story(t.Context(), &out, &timeline, invoke.RetryPolicy{}))
		require.NoError(t, timeline.Check(lambdatest.Settings{}))
		require.Equal(t, 3*time.Minute, time.Since(start), "the broken file is tried three times")
		require.Regexp(t, `^
1\. S3 asks Lambda before it takes the configuration\.
-> InvalidArgument: Unable to validate the following destination configurations \(1: arn:aws:lambda:us-east-1:123456789012:function:thumbnail, null: Not authorized to invoke function \[arn:aws:lambda:us-east-1:123456789012:function:thumbnail\]\)
-> with a permission: <nil>

2\. A picture, a text and a broken file are uploaded\.

3\. What there is when all is done:
-> s3://pictures/holiday/broken\.png, image/png
-> s3://pictures/holiday/notes\.txt, text/plain
-> s3://pictures/holiday/red kite\.png, image/png
-> s3://thumbnails/holiday/red kite\.png, image/png
-> s3://failures/aws/lambda/async/thumbnail/2000/01/01/2000-01-01T00\.03\.00-[0-9a-f-]{36}, application/octet-stream
$`, out.String())
		require.Len(t, timeline.Of(trace.Pushed), 2, "nobody is told of the text")
		require.Len(t, timeline.Of(trace.Started), 1+3)
	})
}

func TestThumbnail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out lambdatest.Output
		s, err := newStudio(new(lambdatest.Timeline), invoke.RetryPolicy{})
		require.NoError(t, err)
		defer s.svc.Close()
		require.NoError(t, s.connect(t.Context(), &out))
		require.NoError(t, s.upload(t.Context(), &out))
		o, err := s.thumbnails.GetObject(t.Context(), "holiday/red kite.png", "")
		require.NoError(t, err)
		small, err := png.Decode(bytes.NewReader(o.Body))
		require.NoError(t, err)
		require.Equal(t, image.Pt(64, 40), small.Bounds().Size())
		r, _, b, _ := small.At(32, 13).RGBA()
		require.Greater(t, r, b, "the kite is red")
	})
}
