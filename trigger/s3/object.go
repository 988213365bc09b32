package s3

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"time"
)

// The storage classes that make a difference here: what is archived must be restored before it can be read.
const (
	Standard    = "STANDARD"
	Glacier     = "GLACIER"
	DeepArchive = "DEEP_ARCHIVE"
)

// classes are the storage classes that S3 knows and that an object can be written to.
var classes = []string{Standard, "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", Glacier, DeepArchive}

// Metadata is what is known of an object beside its bytes.
type Metadata struct {
	// ContentType is binary/octet-stream unless set.
	ContentType string
	// StorageClass is STANDARD unless set.
	StorageClass string
	// UserMetadata are the x-amz-meta- headers, names in lower case.
	UserMetadata map[string]string
}

func (m Metadata) settle() (Metadata, error) {
	if m.ContentType == "" {
		m.ContentType = "binary/octet-stream"
	}
	if m.StorageClass == "" {
		m.StorageClass = Standard
	}
	if !slices.Contains(classes, m.StorageClass) {
		return m, invalidArgument("The storage class you specified is not valid", "x-amz-storage-class", m.StorageClass)
	}
	user := m.UserMetadata
	m.UserMetadata = nil
	for _, name := range slices.Sorted(maps.Keys(user)) { // of names that differ in case, the last counts
		if m.UserMetadata == nil {
			m.UserMetadata = map[string]string{}
		}
		m.UserMetadata[strings.ToLower(name)] = user[name]
	}
	return m, nil
}

// Object is an object as it is answered. The caller owns it.
type Object struct {
	Key string
	// VersionID is "" in a bucket that never had versioning, and null for what was written without it.
	VersionID string
	// ETag is the MD5 of the bytes, without quotes; that of a multipart upload ends in the number of parts.
	ETag         string
	Size         int64
	LastModified time.Time
	Metadata
	// Body is the object's bytes in the answer of [Bucket.GetObject], else nil.
	Body []byte
	// Restoring says that the object is being restored, and RestoredUntil until when it has been.
	Restoring     bool
	RestoredUntil time.Time
}

// PutObjectInput is an object to write.
type PutObjectInput struct {
	Key string
	// Body is copied.
	Body []byte
	Metadata
	// Tags are at most 10. To write them with the object is no tagging event.
	Tags map[string]string
	// ACL is a canned one; "" is private.
	ACL string

	_ struct{}
}

// newVersion checks an input and makes a version of it.
func newVersion(in *PutObjectInput) (*version, error) {
	if err := checkKey(in.Key); err != nil {
		return nil, err
	}
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	acl, err := settleACL(in.ACL)
	if err != nil {
		return nil, err
	}
	about, err := in.Metadata.settle()
	if err != nil {
		return nil, err
	}
	return &version{body: bytes.Clone(in.Body), etag: etag(in.Body), about: about, tags: maps.Clone(in.Tags), acl: acl}, nil
}

func etag(body []byte) string {
	sum := md5.Sum(body)
	return hex.EncodeToString(sum[:])
}

// PutObject writes an object with a content type ("" for binary/octet-stream): ObjectCreated:Put. body is copied. When it
// returns, the notification has been handed over, or waits for another try.
func (b *Bucket) PutObject(ctx context.Context, key, contentType string, body []byte) error {
	_, err := b.Put(ctx, PutObjectInput{Key: key, Body: body, Metadata: Metadata{ContentType: contentType}})
	return err
}

// Put is [Bucket.PutObject] with everything that may go with an object.
func (b *Bucket) Put(ctx context.Context, in PutObjectInput) (*Object, error) {
	return b.create(ctx, "ObjectCreated:Put", &in)
}

// PostObject writes an object as a browser's form does: ObjectCreated:Post.
func (b *Bucket) PostObject(ctx context.Context, in PutObjectInput) (*Object, error) {
	return b.create(ctx, "ObjectCreated:Post", &in)
}

func (b *Bucket) create(ctx context.Context, name string, in *PutObjectInput) (*Object, error) {
	v, err := newVersion(in)
	if err != nil {
		return nil, err
	}
	return b.add(ctx, name, in.Key, v)
}

// add puts a version in and tells of it.
func (b *Bucket) add(ctx context.Context, name, key string, v *version) (o *Object, err error) {
	err = b.write(ctx, func(now time.Time) (*event, error) {
		if err := b.state.put(key, v, now); err != nil {
			return nil, err
		}
		o = b.object(key, v, now)
		return b.state.event(name, key, v, now), nil
	})
	return o, err
}

// object answers a version, without its bytes.
func (b *Bucket) object(key string, v *version, now time.Time) *Object {
	o := &Object{Key: key, ETag: v.etag, Size: int64(len(v.body)), LastModified: v.modified, Metadata: v.about, Restoring: v.restore.ongoing}
	o.UserMetadata = maps.Clone(v.about.UserMetadata)
	if b.state.versioning != Unversioned {
		o.VersionID = v.id
	}
	if v.restore.until.After(now) {
		o.RestoredUntil = v.restore.until
	}
	return o
}

// GetObject reads an object: its latest version for versionID "". What is archived must have been restored.
func (b *Bucket) GetObject(ctx context.Context, key, versionID string) (o *Object, err error) {
	err = b.read(ctx, func(now time.Time) error {
		v, err := b.state.readable(key, versionID, now)
		if err != nil {
			return err
		}
		o = b.object(key, v, now)
		o.Body = bytes.Clone(v.body)
		return nil
	})
	return o, err
}

// HeadObject is [Bucket.GetObject] without the bytes, also of what is archived.
func (b *Bucket) HeadObject(ctx context.Context, key, versionID string) (o *Object, err error) {
	err = b.read(ctx, func(now time.Time) error {
		v, err := b.state.find(key, versionID)
		if err == nil {
			o = b.object(key, v, now)
		}
		return err
	})
	return o, err
}

// ListObjects lists the latest versions whose keys begin with prefix, in the order of the bytes of their keys, without
// their bytes. What a delete marker hides is left out.
func (b *Bucket) ListObjects(ctx context.Context, prefix string) (list []*Object, err error) {
	err = b.read(ctx, func(now time.Time) error {
		for key, versions := range b.state.objects {
			if v := versions[len(versions)-1]; !v.marker && strings.HasPrefix(key, prefix) {
				list = append(list, b.object(key, v, now))
			}
		}
		return nil
	})
	slices.SortFunc(list, func(a, b *Object) int { return strings.Compare(a.Key, b.Key) })
	return list, err
}
