package s3

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"maps"
	"strconv"
	"time"
)

// minPart is the least size of every part but the last, and maxParts the highest number of a part.
const (
	minPart  = 5 << 20
	maxParts = 10_000
)

// upload is a multipart upload that is under way.
type upload struct {
	key   string
	first *version // what the object will be, without its bytes
	parts map[int][]byte
}

// CompletedPart names a part of an upload.
type CompletedPart struct {
	PartNumber int
	ETag       string
}

// CreateMultipartUpload begins an upload and returns its id. in's Body must be nil: the parts bring it. It is no event.
func (b *Bucket) CreateMultipartUpload(ctx context.Context, in PutObjectInput) (uploadID string, err error) {
	if in.Body != nil {
		return "", ErrInvalidRequest.because("The bytes of a multipart upload come with its parts")
	}
	v, err := newVersion(&in)
	if err != nil {
		return "", err
	}
	err = b.write(ctx, func(time.Time) (*event, error) {
		s := &b.state
		s.begun++
		uploadID = s.ids.upload(s.begun)
		s.uploads[uploadID] = &upload{key: in.Key, first: v, parts: map[int][]byte{}}
		return nil, nil
	})
	return uploadID, err
}

// UploadPart uploads a part, in place of one of the same number, and returns its ETag. Part numbers are 1 to 10,000.
// body is copied.
func (b *Bucket) UploadPart(ctx context.Context, uploadID string, partNumber int, body []byte) (string, error) {
	if partNumber < 1 || partNumber > maxParts {
		return "", invalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", strconv.Itoa(partNumber))
	}
	body = bytes.Clone(body)
	sum := etag(body)
	err := b.write(ctx, func(time.Time) (*event, error) {
		u, err := b.state.upload(uploadID)
		if err != nil {
			return nil, err
		}
		old := int64(len(u.parts[partNumber]))
		if err := b.state.room(int64(len(body)), old); err != nil {
			return nil, err
		}
		u.parts[partNumber] = body
		b.state.bytes += int64(len(body)) - old
		return nil, nil
	})
	if err != nil {
		return "", err
	}
	return sum, nil
}

// CompleteMultipartUpload makes the object of the parts named, which must be in ascending order and all but the last of
// 5 MB or more: ObjectCreated:CompleteMultipartUpload. Parts that are not named are thrown away.
func (b *Bucket) CompleteMultipartUpload(ctx context.Context, uploadID string, parts []CompletedPart) (o *Object, err error) {
	err = b.write(ctx, func(now time.Time) (*event, error) {
		s := &b.state
		u, err := s.upload(uploadID)
		if err != nil {
			return nil, err
		}
		v, err := u.assemble(parts)
		if err != nil {
			return nil, err
		}
		held := u.bytes()
		s.bytes -= held
		if err := s.put(u.key, v, now); err != nil {
			s.bytes += held
			return nil, err
		}
		delete(s.uploads, uploadID)
		o = b.object(u.key, v, now)
		return s.event("ObjectCreated:CompleteMultipartUpload", u.key, v, now), nil
	})
	return o, err
}

// AbortMultipartUpload throws an upload away. It is no event.
func (b *Bucket) AbortMultipartUpload(ctx context.Context, uploadID string) error {
	return b.write(ctx, func(time.Time) (*event, error) {
		u, err := b.state.upload(uploadID)
		if err != nil {
			return nil, err
		}
		b.state.bytes -= u.bytes()
		delete(b.state.uploads, uploadID)
		return nil, nil
	})
}

func (s *state) upload(id string) (*upload, error) {
	if u, ok := s.uploads[id]; ok {
		return u, nil
	}
	return nil, ErrNoSuchUpload.because("The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.", Argument{"UploadId", id})
}

func (u *upload) bytes() (n int64) {
	for _, p := range u.parts {
		n += int64(len(p))
	}
	return n
}

func checkOrder(parts []CompletedPart) error {
	if len(parts) == 0 {
		return ErrInvalidRequest.because("You must specify at least one part")
	}
	for i := range len(parts) - 1 {
		if parts[i].PartNumber >= parts[i+1].PartNumber {
			return ErrInvalidPartOrder.because("The list of parts was not in ascending order. Parts must be ordered by part number.")
		}
	}
	return nil
}

// assemble makes the object of the parts. Its ETag is the MD5 of theirs, with their number.
func (u *upload) assemble(parts []CompletedPart) (*version, error) {
	if err := checkOrder(parts); err != nil {
		return nil, err
	}
	v := *u.first
	v.tags = maps.Clone(u.first.tags)
	sums := md5.New()
	for i, p := range parts {
		part, ok := u.parts[p.PartNumber]
		switch {
		case !ok || etag(part) != p.ETag:
			return nil, ErrInvalidPart.because("One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.", Argument{"PartNumber", strconv.Itoa(p.PartNumber)})
		case i < len(parts)-1 && len(part) < minPart:
			return nil, ErrEntityTooSmall.because("Your proposed upload is smaller than the minimum allowed size", Argument{"PartNumber", strconv.Itoa(p.PartNumber)})
		}
		sum := md5.Sum(part)
		sums.Write(sum[:])
		v.body = append(v.body, part...)
	}
	v.etag = hex.EncodeToString(sums.Sum(nil)) + "-" + strconv.Itoa(len(parts))
	return &v, nil
}
