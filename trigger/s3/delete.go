package s3

import (
	"context"
	"time"
)

// DeleteObjectOutput says what a deletion did.
type DeleteObjectOutput struct {
	// DeleteMarker says that a delete marker was made, or that the version deleted was one.
	DeleteMarker bool
	// VersionID is the version that was made or deleted; "" in a bucket that never had versioning.
	VersionID string
}

// DeleteObject deletes an object. In a bucket without versioning it is gone: ObjectRemoved:Delete. In one with
// versioning, or in which it is suspended, a delete marker hides it: ObjectRemoved:DeleteMarkerCreated. With a versionID
// that version is gone: ObjectRemoved:Delete. What is not there to delete is no error and no event.
func (b *Bucket) DeleteObject(ctx context.Context, key, versionID string) (out DeleteObjectOutput, err error) {
	if err := checkKey(key); err != nil {
		return out, err
	}
	err = b.write(ctx, func(now time.Time) (*event, error) {
		s := &b.state
		if versionID == "" && s.versioning != Unversioned {
			v := s.mark(key, now)
			out = DeleteObjectOutput{DeleteMarker: true, VersionID: v.id}
			return s.event("ObjectRemoved:DeleteMarkerCreated", key, v, now), nil
		}
		id := versionID
		if id == "" {
			id = nullVersion
		}
		v := s.drop(key, id)
		if v == nil {
			return nil, nil
		}
		if s.versioning != Unversioned {
			out = DeleteObjectOutput{DeleteMarker: v.marker, VersionID: v.id}
		}
		return s.event("ObjectRemoved:Delete", key, v, now), nil
	})
	return out, err
}

// mark puts a delete marker in, whose ETag is that of no bytes.
func (s *state) mark(key string, now time.Time) *version {
	v := &version{marker: true, etag: etag(nil)}
	_ = s.put(key, v, now) // no bytes: there is always room
	return v
}

// PutBucketVersioning enables versioning, or suspends it.
func (b *Bucket) PutBucketVersioning(ctx context.Context, status Versioning) error {
	if status != Enabled && status != Suspended {
		return invalidArgument("The versioning status must be Enabled or Suspended", "Status", string(status))
	}
	return b.write(ctx, func(time.Time) (*event, error) {
		b.state.versioning = status
		return nil, nil
	})
}

// GetBucketVersioning returns the state of versioning.
func (b *Bucket) GetBucketVersioning() Versioning {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state.versioning
}
