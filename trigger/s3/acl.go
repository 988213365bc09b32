package s3

import (
	"context"
	"slices"
	"time"
)

// private is the ACL of an object that was given none.
const private = "private"

// acls are the canned ACLs of objects.
var acls = []string{
	private, "public-read", "public-read-write", "authenticated-read", "aws-exec-read", "bucket-owner-read",
	"bucket-owner-full-control",
}

func settleACL(acl string) (string, error) {
	if acl == "" {
		return private, nil
	}
	if !slices.Contains(acls, acl) {
		return "", invalidArgument("The canned ACL is not valid", "x-amz-acl", acl)
	}
	return acl, nil
}

// PutObjectACL gives an object a canned ACL ("" is private): ObjectAcl:Put, unless the object has it already. It is kept
// and not enforced.
func (b *Bucket) PutObjectACL(ctx context.Context, key, versionID, acl string) error {
	acl, err := settleACL(acl)
	if err != nil {
		return err
	}
	return b.change(ctx, key, versionID, "ObjectAcl:Put", func(v *version) bool {
		changed := v.acl != acl
		v.acl = acl
		return changed
	})
}

// GetObjectACL returns the canned ACL that an object has.
func (b *Bucket) GetObjectACL(ctx context.Context, key, versionID string) (acl string, err error) {
	err = b.read(ctx, func(time.Time) error {
		v, err := b.state.find(key, versionID)
		if err == nil {
			acl = v.acl
		}
		return err
	})
	return acl, err
}
