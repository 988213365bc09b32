package s3_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/trigger/s3"
)

func TestBucketNames(t *testing.T) {
	for _, name := range []string{"abc", "a.b", "my-bucket.eu", "123", "1.2.3"} {
		_, err := s3.New(name, s3.Options{})
		require.NoError(t, err, name)
	}
	for _, name := range []string{
		"", "ab", string(bytes.Repeat([]byte("a"), 64)), "Abc", "a_b", "-ab", "ab-", ".ab", "a..b", "1.2.3.4", "xn--a", "sthree-a",
		"a-s3alias", "a--ol-s3", "a.mrap", "a--x-s3", "é12", "a b",
	} {
		_, err := s3.New(name, s3.Options{})
		require.ErrorIs(t, err, s3.ErrInvalidBucketName, "%q", name)
	}
	require.Panics(t, func() { s3.NewBucket("A", s3.Options{}) })
}

// Invariant 16: whoever unescapes a record's key as a form reads the key, and the record is one that its configuration
// asked for.
func TestInvariant16(t *testing.T) {
	patterns := []string{"s3:ObjectCreated:*", "s3:ObjectCreated:Put", "s3:ObjectRemoved:*", "s3:ObjectRemoved:Delete", "s3:ObjectTagging:Put"}
	rapid.Check(t, func(t *rapid.T) {
		key := genKey().Draw(t, "key")
		affix := rapid.OneOf(rapid.Just(""), rapid.SampledFrom([]string{"a", "ab", "/", " ", "é"}), rapid.Map(rapid.IntRange(0, len(key)), func(n int) string {
			return strings.ToValidUTF8(key[:n], "")
		}))
		prefix, suffix := affix.Draw(t, "prefix"), affix.Draw(t, "suffix")
		pattern := rapid.SampledFrom(patterns).Draw(t, "pattern")
		var l taker
		b := s3.NewBucket("pictures", s3.Options{Invoker: &l})
		require.NoError(t, b.PutBucketNotificationConfiguration(context.Background(), s3.NotificationConfiguration{
			Functions: []s3.FunctionConfiguration{{FunctionARN: functionARN, Events: []string{pattern}, Filter: []s3.FilterRule{s3.Suffix(suffix), s3.Prefix(prefix)}}},
		}))
		require.NoError(t, b.PutObject(context.Background(), key, "", []byte("x")))
		require.NoError(t, b.PutObjectTagging(context.Background(), key, "", nil))
		_, err := b.DeleteObject(context.Background(), key, "")
		require.NoError(t, err)
		var names []string
		for _, event := range l.taken() {
			var e events.S3Event
			require.NoError(t, json.Unmarshal([]byte(event), &e))
			require.Equal(t, key, e.Records[0].S3.Object.URLDecodedKey)
			decoded, err := url.QueryUnescape(e.Records[0].S3.Object.Key)
			require.NoError(t, err)
			require.Equal(t, key, decoded)
			names = append(names, "s3:"+e.Records[0].EventName)
		}
		var want []string
		for _, name := range []string{"s3:ObjectCreated:Put", "s3:ObjectTagging:Put", "s3:ObjectRemoved:Delete"} {
			if (pattern == name || pattern == name[:strings.LastIndex(name, ":")]+":*") && strings.HasPrefix(key, prefix) && strings.HasSuffix(key, suffix) {
				want = append(want, name)
			}
		}
		require.Equal(t, want, names)
	})
}

func genKey() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringN(1, 40, 300),
		rapid.StringOfN(rapid.SampledFrom([]rune("ab/ +%&=?#é*~!'()\"\\\x00")), 1, 12, -1),
	)
}

func FuzzKey(f *testing.F) {
	for _, key := range []string{"a@b", "red flower.jpg", "a/b", "+", "%", "é", "", "\xff", strings.Repeat("x", 1025), "\x00\"\\"} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		var l taker
		b := watched(t, &l, s3.Options{})
		if err := b.PutObject(t.Context(), key, "", nil); err != nil {
			require.IsType(t, &s3.Error{}, err)
			require.Empty(t, l.taken())
			return
		}
		var e events.S3Event
		require.NoError(t, json.Unmarshal([]byte(l.last()), &e))
		require.Equal(t, key, e.Records[0].S3.Object.URLDecodedKey)
	})
}
