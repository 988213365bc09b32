package s3

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// The bounds of an object's tags, in characters.
const (
	maxTags     = 10
	maxTagKey   = 128
	maxTagValue = 256
)

func checkTags(tags map[string]string) error {
	if len(tags) > maxTags {
		return ErrInvalidTag.because("Object tags cannot be greater than 10", Argument{"Tags", strconv.Itoa(len(tags))})
	}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		if n := utf8.RuneCountInString(key); n == 0 || n > maxTagKey {
			return ErrInvalidTag.because("The TagKey you have provided is invalid", Argument{"TagKey", key})
		}
		if utf8.RuneCountInString(tags[key]) > maxTagValue {
			return ErrInvalidTag.because("The TagValue you have provided is invalid", Argument{"TagKey", key})
		}
	}
	return nil
}

// PutObjectTagging replaces an object's tags: ObjectTagging:Put. At most 10, keys of 1 to 128 and values of up to 256
// characters.
func (b *Bucket) PutObjectTagging(ctx context.Context, key, versionID string, tags map[string]string) error {
	if err := checkTags(tags); err != nil {
		return err
	}
	return b.change(ctx, key, versionID, "ObjectTagging:Put", func(v *version) bool {
		v.tags = maps.Clone(tags)
		return true
	})
}

// DeleteObjectTagging takes all of an object's tags away: ObjectTagging:Delete.
func (b *Bucket) DeleteObjectTagging(ctx context.Context, key, versionID string) error {
	return b.change(ctx, key, versionID, "ObjectTagging:Delete", func(v *version) bool {
		v.tags = nil
		return true
	})
}

// GetObjectTagging returns an object's tags, which the caller owns.
func (b *Bucket) GetObjectTagging(ctx context.Context, key, versionID string) (tags map[string]string, err error) {
	err = b.read(ctx, func(time.Time) error {
		v, err := b.state.find(key, versionID)
		if err == nil {
			tags = maps.Clone(v.tags)
		}
		return err
	})
	return tags, err
}

// change changes a version in place, and tells of it if change says so.
func (b *Bucket) change(ctx context.Context, key, versionID, name string, change func(*version) bool) error {
	return b.write(ctx, func(now time.Time) (*event, error) {
		v, err := b.state.find(key, versionID)
		if err != nil || !change(v) {
			return nil, err
		}
		return b.state.event(name, key, v, now), nil
	})
}
