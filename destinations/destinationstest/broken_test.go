package destinationstest_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/destinations/destinationstest"
)

// broken are targets that break one duty each, by the duty's name.
var broken = map[string]func(b *box) func(context.Context, destinations.Delivery) error{
	"Delivers": func(b *box) func(context.Context, destinations.Delivery) error {
		return func(ctx context.Context, d destinations.Delivery) error {
			d.TraceHeader = ""
			return b.deliver(ctx, d)
		}
	},
	"Exact": func(b *box) func(context.Context, destinations.Delivery) error {
		return func(ctx context.Context, d destinations.Delivery) error {
			if d.Record != nil {
				r := *d.Record
				r.ResponsePayload = nil
				d.Record = &r
			}
			return b.deliver(ctx, d)
		}
	},
	"ExactlyOne": func(b *box) func(context.Context, destinations.Delivery) error {
		return func(ctx context.Context, d destinations.Delivery) error {
			if d.Record != nil {
				d.Batch, d.DeadLetter = nil, nil
			}
			return b.deliver(ctx, d)
		}
	},
	"Size": func(b *box) func(context.Context, destinations.Delivery) error { return b.deliver },
	"Context": func(b *box) func(context.Context, destinations.Delivery) error {
		return func(_ context.Context, d destinations.Delivery) error { return b.deliver(context.Background(), d) }
	},
	"Bytes": func(b *box) func(context.Context, destinations.Delivery) error {
		return func(ctx context.Context, d destinations.Delivery) error {
			err := b.deliver(ctx, d)
			if d.DeadLetter != nil && err == nil {
				b.got[len(b.got)-1].Document = d.DeadLetter.Body
			}
			return err
		}
	},
	"Concurrency": func(b *box) func(context.Context, destinations.Delivery) error {
		return func(ctx context.Context, d destinations.Delivery) error {
			if d.Record != nil && d.Record.RequestContext.RequestID == "request-7" {
				return nil
			}
			return b.deliver(ctx, d)
		}
	},
}

// TestSuiteFindsBrokenTargets runs the suite on each broken target in a process of its own, and wants exactly that
// duty to fail, with its explanation.
func TestSuiteFindsBrokenTargets(t *testing.T) {
	for name := range broken {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.run=^TestBroken$/^"+name+"$", "-test.v")
			cmd.Env = append(os.Environ(), "DESTINATIONSTEST_BROKEN="+name)
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Fatalf("the suite found nothing:\n%s", out)
			}
			if !strings.Contains(string(out), "the duty: ") || !strings.Contains(string(out), "--- FAIL: TestBroken/"+name) {
				t.Errorf("no explanation:\n%s", out)
			}
		})
	}
}

func TestBroken(t *testing.T) {
	name := os.Getenv("DESTINATIONSTEST_BROKEN")
	if name == "" {
		t.Skip("run by TestSuiteFindsBrokenTargets")
	}
	destinationstest.Run(t, destinationstest.Harness{
		New: func(*testing.T) (destinations.Target, func() []destinationstest.Arrival) {
			b := &box{}
			return destinations.Func("arn:aws:sns:eu-west-1:000000000000:broken", broken[name](b)), b.arrived
		},
		MaxBytes: 4096,
	})
}
