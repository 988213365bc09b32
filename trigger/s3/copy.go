package s3

import (
	"context"
	"maps"
	"time"
)

// CopyObjectInput is a copy to make.
type CopyObjectInput struct {
	// Source is the bucket to copy from; nil is the one to copy to.
	Source *Bucket
	// SourceKey and SourceVersionID are the object's; "" is the latest version.
	SourceKey, SourceVersionID string
	// Key is the copy's.
	Key string
	// Metadata replaces the source's; nil keeps it (MetadataDirective COPY), but for the storage class: a copy is
	// STANDARD unless Metadata says otherwise.
	Metadata *Metadata

	_ struct{}
}

// CopyObject copies an object with its tags, but without its ACL: ObjectCreated:Copy.
func (b *Bucket) CopyObject(ctx context.Context, in CopyObjectInput) (*Object, error) {
	source := in.Source
	if source == nil {
		source = b
	}
	if source == b && in.SourceKey == in.Key && in.SourceVersionID == "" && in.Metadata == nil {
		return nil, ErrInvalidRequest.because("This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.")
	}
	if err := checkKey(in.Key); err != nil {
		return nil, err
	}
	from, err := source.original(ctx, in.SourceKey, in.SourceVersionID)
	if err != nil {
		return nil, err
	}
	put := PutObjectInput{Key: in.Key, Body: from.body, Metadata: from.about, Tags: from.tags}
	put.StorageClass = ""
	if in.Metadata != nil {
		put.Metadata = *in.Metadata
	}
	return b.create(ctx, "ObjectCreated:Copy", &put)
}

// original is a version to copy, as it is now.
func (b *Bucket) original(ctx context.Context, key, versionID string) (from version, err error) {
	err = b.read(ctx, func(now time.Time) error {
		v, err := b.state.readable(key, versionID, now)
		if err == nil {
			from = *v
			from.tags = maps.Clone(v.tags)
		}
		return err
	})
	return from, err
}
