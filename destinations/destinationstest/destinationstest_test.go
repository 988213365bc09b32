package destinationstest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/destinations/destinationstest"
)

// box is an embedder's destination: it keeps what arrives in a slice.
type box struct {
	mu  sync.Mutex
	got []destinationstest.Arrival
}

func (b *box) deliver(ctx context.Context, d destinations.Delivery) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	a := destinationstest.Arrival{TraceHeader: d.TraceHeader}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	switch {
	case d.Record != nil && d.Batch == nil && d.DeadLetter == nil:
		_ = enc.Encode(d.Record)
		a.Document = bytes.TrimSpace(buf.Bytes())
	case d.Record == nil && d.Batch != nil && d.DeadLetter == nil:
		_ = enc.Encode(d.Batch)
		a.Document = bytes.TrimSpace(buf.Bytes())
	case d.Record == nil && d.Batch == nil && d.DeadLetter != nil:
		a.Document, a.Attributes = bytes.Clone(d.DeadLetter.Body), map[string]string{}
		for _, x := range d.DeadLetter.Attributes() {
			a.Attributes[x.Name] = x.Value
		}
	default:
		return errors.New("box: not exactly one")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.got = append(b.got, a)
	return nil
}

func (b *box) arrived() []destinationstest.Arrival {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.got
}

func TestFunc(t *testing.T) {
	destinationstest.Run(t, destinationstest.Harness{
		New: func(*testing.T) (destinations.Target, func() []destinationstest.Arrival) {
			b := &box{}
			return destinations.Func("arn:aws:sns:eu-west-1:000000000000:theirs", b.deliver), b.arrived
		},
	})
}
