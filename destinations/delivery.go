package destinations

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// ErrDelivery is what a [Target] of this package answers to a [Delivery] that does not hold exactly one of Record,
// Batch and DeadLetter. It is the sender's mistake.
var ErrDelivery = errors.New("destinations: a delivery holds exactly one of Record, Batch and DeadLetter")

// UnsupportedError is a [Delivery] of a kind that Lambda never sends to this kind of target: a dead letter to anything
// but a queue or a topic, a batch to a function or a bus, a success to a bucket.
type UnsupportedError struct {
	// ARN is the target's.
	ARN string
	// Kind says what was to be delivered: "record", "success record", "batch record" or "dead letter".
	Kind string
}

// Error names the target and what it does not take.
func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("destinations: %s takes no %s", e.ARN, e.Kind)
}

// The kinds of delivery, as errors call them.
const (
	recordKind     = "record"
	batchKind      = "batch record"
	deadLetterKind = "dead letter"
)

// kind returns the one that d holds, "" if it does not hold exactly one.
func (d *Delivery) kind() string {
	switch {
	case d.Record != nil && d.Batch == nil && d.DeadLetter == nil:
		return recordKind
	case d.Record == nil && d.Batch != nil && d.DeadLetter == nil:
		return batchKind
	case d.Record == nil && d.Batch == nil && d.DeadLetter != nil:
		return deadLetterKind
	}
	return ""
}

// document returns the bytes that a queue or a topic gets as its message.
func (d *Delivery) document() ([]byte, error) {
	switch d.kind() {
	case recordKind:
		return marshal(d.Record)
	case batchKind:
		return marshal(d.Batch)
	case deadLetterKind:
		return d.DeadLetter.Body, nil
	}
	return nil, ErrDelivery
}

// only returns the record of a delivery to a target that takes nothing else.
func (d *Delivery) only(arn string) (*Record, error) {
	switch kind := d.kind(); kind {
	case recordKind:
		return d.Record, nil
	case "":
		return nil, ErrDelivery
	default:
		return nil, &UnsupportedError{ARN: arn, Kind: kind}
	}
}

// marshal encodes without escaping HTML: the bytes <, > and & stand in a record as they stood in the payload.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("destinations: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
