package destinationstest

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/lambdakit/lambdakit/destinations"
)

var duties = []duty{
	{"ARN", "ARN names the target, is constant, and is the same for all its life.", checkARN},
	{"Delivers", "What Deliver was given arrives once, as the record's JSON or the dead letter's bytes and attributes, with its trace header.", checkDelivers},
	{"Exact", "Payloads arrive as they were: no HTML escapes, no lost digits, a null that stays null, a dead letter byte for byte even if it is no JSON.", checkExact},
	{"Refuses", "What the target takes never fails with an error and does not arrive.", checkRefuses},
	{"ExactlyOne", "A delivery of nothing, or of two things, is an error and does not arrive.", checkExactlyOne},
	{"Size", "A document over the target's limit is an error and does not arrive: nothing is trimmed. One within the limit arrives.", checkSize},
	{"Context", "A context that is done already is an error, and nothing arrives.", checkContext},
	{"Bytes", "Deliver does not change the bytes that it was given and does not keep them: the caller may use them again.", checkBytes},
	{"Concurrency", "Deliver may be called concurrently, and all of it arrives.", checkConcurrency},
}

func checkARN(t *testing.T, h Harness) {
	target, _ := h.New(t)
	arn := target.ARN()
	if !strings.HasPrefix(arn, "arn:") || strings.Count(arn, ":") < 5 {
		t.Errorf("ARN() = %q, which is no ARN", arn)
	}
	h.each(t, func(t *testing.T, k Kind) {
		if err := target.Deliver(t.Context(), delivery(k, "1", "a")); err != nil {
			t.Fatalf("Deliver: %v", err)
		}
		if got := target.ARN(); got != arn {
			t.Errorf("ARN() was %q and is %q after a delivery", arn, got)
		}
	})
}

func checkDelivers(t *testing.T, h Harness) {
	h.each(t, func(t *testing.T, k Kind) {
		target, arrived := h.New(t)
		d := delivery(k, "1", "hello")
		if err := target.Deliver(t.Context(), d); err != nil {
			t.Fatalf("Deliver: %v", err)
		}
		compare(t, arrived(), d)
	})
}

func checkExact(t *testing.T, h Harness) {
	h.each(t, func(t *testing.T, k Kind) {
		target, arrived := h.New(t)
		d := delivery(k, "1", "<b>&amp; \u2028 ü 🙂")
		if k == DeadLetter {
			d.DeadLetter.Body = []byte("no JSON: \"<b>\" \\ {")
		}
		if err := target.Deliver(t.Context(), d); err != nil {
			t.Fatalf("Deliver: %v", err)
		}
		got := arrived()
		compare(t, got, d)
		if d.Record == nil || len(got) != 1 {
			return
		}
		for _, want := range [][]byte{d.Record.RequestPayload, []byte(`"n":12345678901234567890`), []byte(`"responsePayload":null`)} {
			if !bytes.Contains(got[0].Document, want) {
				t.Errorf("%s\ndoes not hold\n%s", got[0].Document, want)
			}
		}
	})
}

func checkRefuses(t *testing.T, h Harness) {
	for _, k := range h.Refuses {
		target, arrived := h.New(t)
		if err := target.Deliver(t.Context(), delivery(k, "1", "a")); err == nil {
			t.Errorf("a %s was taken", k)
		}
		nothing(t, arrived())
	}
}

func checkExactlyOne(t *testing.T, h Harness) {
	target, arrived := h.New(t)
	two := delivery(FailureRecord, "1", "a")
	two.DeadLetter = delivery(DeadLetter, "1", "a").DeadLetter
	three := two
	three.Batch = delivery(BatchRecord, "1", "a").Batch
	for _, d := range []destinations.Delivery{{Function: "f"}, two, three} {
		if err := target.Deliver(t.Context(), d); err == nil {
			t.Errorf("taken: record %t, batch %t, dead letter %t", d.Record != nil, d.Batch != nil, d.DeadLetter != nil)
		}
	}
	nothing(t, arrived())
}

func checkSize(t *testing.T, h Harness) {
	if h.MaxBytes == 0 {
		t.Skip("any size is taken")
	}
	const envelope = 2048 // more than a record without its payload, or what a target wraps around it
	h.each(t, func(t *testing.T, k Kind) {
		if k == BatchRecord {
			t.Skip("a batch record has no payload that could be large")
		}
		target, arrived := h.New(t)
		if err := target.Deliver(t.Context(), delivery(k, "1", strings.Repeat("x", h.MaxBytes+1))); err == nil {
			t.Errorf("a document of over %d bytes was taken", h.MaxBytes)
		}
		nothing(t, arrived())
		if err := target.Deliver(t.Context(), delivery(k, "2", strings.Repeat("x", h.MaxBytes-envelope))); err != nil {
			t.Errorf("a document of about %d bytes was not taken: %v", h.MaxBytes-envelope, err)
		}
		if n := len(arrived()); n != 1 {
			t.Errorf("%d documents arrived, want 1", n)
		}
	})
}

func checkContext(t *testing.T, h Harness) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	h.each(t, func(t *testing.T, k Kind) {
		target, arrived := h.New(t)
		if err := target.Deliver(ctx, delivery(k, "1", "a")); err == nil {
			t.Error("Deliver succeeded")
		}
		nothing(t, arrived())
	})
}

func checkBytes(t *testing.T, h Harness) {
	h.each(t, func(t *testing.T, k Kind) {
		target, arrived := h.New(t)
		d, want := delivery(k, "1", "hello"), delivery(k, "1", "hello")
		if err := target.Deliver(t.Context(), d); err != nil {
			t.Fatalf("Deliver: %v", err)
		}
		for i, b := range payloads(&d) {
			if !bytes.Equal(b, payloads(&want)[i]) {
				t.Errorf("Deliver changed its argument to %s", b)
			}
			clear(b)
		}
		compare(t, arrived(), want)
	})
}

func checkConcurrency(t *testing.T, h Harness) {
	const senders, each = 8, 25
	h.each(t, func(t *testing.T, k Kind) {
		target, arrived := h.New(t)
		var wg sync.WaitGroup
		for s := range senders {
			wg.Go(func() {
				for i := range each {
					if err := target.Deliver(t.Context(), delivery(k, strconv.Itoa(s*each+i), "a")); err != nil {
						t.Errorf("Deliver: %v", err)
					}
				}
			})
		}
		wg.Wait()
		seen := map[string]int{}
		for _, a := range arrived() {
			seen[string(a.Document)]++
		}
		if len(seen) != senders*each || len(arrived()) != senders*each {
			t.Errorf("%d documents arrived, %d of them different; want %d", len(arrived()), len(seen), senders*each)
		}
	})
}
