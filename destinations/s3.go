package destinations

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/lambdakit/lambdakit/internal/stamp"
	"github.com/lambdakit/lambdakit/internal/uuid"
)

// objectType is the content type of the objects that Lambda writes.
const objectType = "application/octet-stream"

// Bucket is what [S3] needs of a bucket.
//
// PutObject writes one object; body is the callee's from then on. It must be safe for concurrent use. [TraceHeader] of
// ctx is the trace header.
type Bucket interface {
	ARN() string
	PutObject(ctx context.Context, key, contentType string, body []byte) error
}

// S3 makes a [Target] of a bucket. It takes failures only: Lambda refuses a bucket as on-success destination. The object
// is the record's JSON; that of a batch also holds the event, as the string payload. See [ObjectKey] for its key.
func S3(b Bucket) Target { return &bucketTarget{b} }

type bucketTarget struct{ bucket Bucket }

func (t *bucketTarget) ARN() string { return t.bucket.ARN() }

func (t *bucketTarget) Deliver(ctx context.Context, d Delivery) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	body, err := t.object(&d)
	if err != nil {
		return err
	}
	key, err := ObjectKey(d, body)
	if err != nil {
		return err
	}
	return t.bucket.PutObject(WithTraceHeader(ctx, d.TraceHeader), key, objectType, body)
}

// object returns what the bucket gets, and refuses what Lambda does not put into one.
func (t *bucketTarget) object(d *Delivery) ([]byte, error) {
	switch kind := d.kind(); {
	case kind == "":
		return nil, ErrDelivery
	case kind == deadLetterKind:
		return nil, &UnsupportedError{ARN: t.ARN(), Kind: kind}
	case kind == recordKind && d.Record.RequestContext.Condition == Success:
		return nil, &UnsupportedError{ARN: t.ARN(), Kind: "success record"}
	}
	body, err := d.document()
	if err != nil || d.Batch == nil {
		return body, err
	}
	payload, err := marshal(string(d.Batch.Event))
	if err != nil {
		return nil, err
	}
	body = append(body[:len(body)-1], `,"payload":`...)
	return append(append(body, payload...), '}'), nil
}

// ObjectKey returns the key of the object that holds a record: the record's time in UTC, with dots, behind
// aws/lambda/async/ and the function's name, or for a batch behind aws/lambda/, the mapping's UUID and the shard. Lambda
// ends it in a random UUID. Here the UUID is taken from a hash of the document, so that a run repeats and two
// documents never share a key.
func ObjectKey(d Delivery, document []byte) (string, error) {
	prefix, created := ObjectPrefix(d), ""
	switch d.kind() {
	case recordKind:
		created = d.Record.Timestamp
	case batchKind:
		prefix, created = prefix+d.Batch.shard()+"/", d.Batch.Timestamp
	default:
		return "", ErrDelivery
	}
	at, err := time.Parse(time.RFC3339, created)
	if err != nil {
		return "", fmt.Errorf("destinations: the record's timestamp: %w", err)
	}
	h := sha256.Sum256(document)
	id := uuid.Format(binary.BigEndian.Uint64(h[:]), binary.BigEndian.Uint64(h[8:]))
	return prefix + stamp.ObjectKey(at) + "-" + id, nil
}

// ObjectPrefix returns what all keys begin with of the objects that a function's asynchronous invocations put into a
// bucket, or those of a mapping if d names one. Permissions to put them are asked for by it.
func ObjectPrefix(d Delivery) string {
	if d.Mapping != "" {
		return "aws/lambda/" + d.Mapping + "/"
	}
	return "aws/lambda/async/" + d.Function + "/"
}
