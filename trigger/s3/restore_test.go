package s3_test

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/s3"
)

func TestRestore(t *testing.T) {
	for _, c := range []struct {
		class string
		tier  s3.Tier
		takes time.Duration
	}{
		{s3.Glacier, s3.Expedited, 5 * time.Minute},
		{s3.Glacier, "", 5 * time.Hour},
		{s3.Glacier, s3.Bulk, 12 * time.Hour},
		{s3.DeepArchive, s3.StandardTier, 12 * time.Hour},
		{s3.DeepArchive, s3.Bulk, 48 * time.Hour},
	} {
		t.Run(c.class+" "+string(c.tier), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				var l taker
				b := watched(t, &l, s3.Options{})
				_, err := b.Put(ctx, s3.PutObjectInput{Key: "k", Body: []byte("x"), Metadata: s3.Metadata{StorageClass: c.class}})
				require.NoError(t, err)
				_, err = b.GetObject(ctx, "k", "")
				require.ErrorIs(t, err, s3.ErrInvalidObjectState)
				_, err = b.FS().Open("k")
				require.Error(t, err)
				require.NoError(t, b.RestoreObject(ctx, "k", "", 3, c.tier))
				require.ErrorIs(t, b.RestoreObject(ctx, "k", "", 3, c.tier), s3.ErrRestoreAlreadyInProgress)
				lambdatest.Advance(c.takes - 1)
				o, err := b.HeadObject(ctx, "k", "")
				require.NoError(t, err)
				require.True(t, o.Restoring)
				require.Zero(t, o.RestoredUntil)
				require.Len(t, l.taken(), 2)
				lambdatest.Advance(1)
				require.Len(t, l.taken(), 3)
				o, err = b.GetObject(ctx, "k", "")
				require.NoError(t, err)
				require.Equal(t, "x", string(o.Body))
				require.False(t, o.Restoring)
				until := time.Now().UTC().AddDate(0, 0, 4).Truncate(24 * time.Hour)
				require.Equal(t, until, o.RestoredUntil)

				require.NoError(t, b.RestoreObject(ctx, "k", "", 4, c.tier), "it only changes the expiry")
				require.Len(t, l.taken(), 3)
				lambdatest.Advance(time.Until(until))
				_, err = b.GetObject(ctx, "k", "")
				require.NoError(t, err)
				lambdatest.Advance(24 * time.Hour)
				_, err = b.GetObject(ctx, "k", "")
				require.ErrorIs(t, err, s3.ErrInvalidObjectState)
				require.Len(t, l.taken(), 3)
			})
		})
	}
}

func TestRestoreRefused(t *testing.T) {
	ctx := t.Context()
	b := s3.NewBucket("pictures", s3.Options{})
	put(t, b, "warm", "")
	_, err := b.Put(ctx, s3.PutObjectInput{Key: "deep", Metadata: s3.Metadata{StorageClass: s3.DeepArchive}})
	require.NoError(t, err)
	require.ErrorIs(t, b.RestoreObject(ctx, "warm", "", 1, ""), s3.ErrInvalidObjectState)
	require.ErrorIs(t, b.RestoreObject(ctx, "deep", "", 1, s3.Expedited), s3.ErrInvalidArgument)
	require.ErrorIs(t, b.RestoreObject(ctx, "deep", "", 1, "Fast"), s3.ErrInvalidArgument)
	require.ErrorIs(t, b.RestoreObject(ctx, "deep", "", 0, ""), s3.ErrInvalidArgument)
	require.ErrorIs(t, b.RestoreObject(ctx, "none", "", 1, ""), s3.ErrNoSuchKey)
}

// An object that is deleted or written over while it is restored is never restored.
func TestRestoreOfWhatIsGone(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, b *s3.Bucket){
		"deleted": func(t *testing.T, b *s3.Bucket) {
			_, err := b.DeleteObject(t.Context(), "k", "")
			require.NoError(t, err)
		},
		"written over": func(t *testing.T, b *s3.Bucket) { put(t, b, "k", "new") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var l taker
				b := watched(t, &l, s3.Options{})
				_, err := b.Put(t.Context(), s3.PutObjectInput{Key: "k", Metadata: s3.Metadata{StorageClass: s3.Glacier}})
				require.NoError(t, err)
				require.NoError(t, b.RestoreObject(t.Context(), "k", "", 1, ""))
				end(t, b)
				lambdatest.Advance(24 * time.Hour)
				require.Len(t, l.taken(), 3)
				require.NotContains(t, l.last(), "Completed")
			})
		})
	}
}

// A target that takes its time over one object's event holds up no other object, whether it is restored in the same
// instant or later.
func TestSlowTargetHoldsUpNoRestore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := sleeper{taker: &taker{}}
		b := watched(t, &l, s3.Options{})
		for key, tier := range map[string]s3.Tier{"first": s3.Expedited, "second": s3.Expedited, "third": s3.StandardTier} {
			_, err := b.Put(t.Context(), s3.PutObjectInput{Key: key, Metadata: s3.Metadata{StorageClass: s3.Glacier}})
			require.NoError(t, err)
			require.NoError(t, b.RestoreObject(t.Context(), key, "", 7, tier))
		}
		l.next.Store(int64(24 * time.Hour))
		readable := func(key string) bool {
			_, err := b.GetObject(t.Context(), key, "")
			return err == nil
		}
		lambdatest.Advance(6 * time.Minute)
		require.Zero(t, l.next.Load(), "it sleeps")
		require.True(t, readable("first") && readable("second"))
		require.False(t, readable("third"))
		lambdatest.Advance(5 * time.Hour)
		require.True(t, readable("third"))
		lambdatest.Advance(24 * time.Hour)
		require.Len(t, l.taken(), 9, "three events for each")
	})
}

// sleeper is a Lambda whose next answer takes as long as next says.
type sleeper struct {
	*taker
	next atomic.Int64
}

func (l *sleeper) Invoke(ctx context.Context, in invoke.Input) (*invoke.Output, error) {
	time.Sleep(time.Duration(l.next.Swap(0)))
	return l.taker.Invoke(ctx, in)
}

// What ends at one instant ends in the order in which it was begun, and what is quicker before it.
func TestRestoresEndInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l taker
		b := watched(t, &l, s3.Options{})
		var want []string
		for _, key := range []string{"h", "b", "e", "a", "g", "c", "f", "d"} {
			_, err := b.Put(t.Context(), s3.PutObjectInput{Key: key, Metadata: s3.Metadata{StorageClass: s3.Glacier}})
			require.NoError(t, err)
			require.NoError(t, b.RestoreObject(t.Context(), key, "", 1, s3.StandardTier))
			want = append(want, key)
		}
		for _, key := range []string{"quick", "gone"} {
			_, err := b.Put(t.Context(), s3.PutObjectInput{Key: key, Metadata: s3.Metadata{StorageClass: s3.Glacier}})
			require.NoError(t, err)
			require.NoError(t, b.RestoreObject(t.Context(), key, "", 1, s3.Expedited))
		}
		_, err := b.DeleteObject(t.Context(), "gone", "")
		require.NoError(t, err)
		begun := len(l.taken())
		lambdatest.Advance(5 * time.Hour)
		var got []string
		for _, event := range l.taken()[begun:] {
			require.Contains(t, event, "ObjectRestore:Completed")
			var e events.S3Event
			require.NoError(t, json.Unmarshal([]byte(event), &e))
			got = append(got, e.Records[0].S3.Object.Key)
		}
		require.Equal(t, append([]string{"quick"}, want...), got)
	})
}
