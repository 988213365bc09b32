package eventbridge

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/internal/entrysize"
	"github.com/lambdakit/lambdakit/internal/validation"
)

// Entry is one event to put on a bus.
type Entry struct {
	// Source says who sends the event, and must not begin with aws. as those of AWS's services do.
	Source string
	// DetailType says what Detail is about, and Detail is a JSON object. All three are required.
	DetailType, Detail string
	// Resources are ARNs that the event is about; none is fine.
	Resources []string
	// Time is when it happened, in whole seconds; zero is now.
	Time time.Time
	// TraceHeader is the X-Ray trace header; "" takes that of the calling handler.
	TraceHeader string

	_ struct{}
}

// Result is what became of one entry: its id, or why it was refused.
type Result struct {
	EventID string
	// ErrorCode and ErrorMessage are EventBridge's; both are "" for an entry that was taken.
	ErrorCode, ErrorMessage string
}

// PutEvents puts up to ten entries, 1 MB together, on the bus, and says of each whether it was taken. When it returns,
// each event has been tried once at each target; what failed is tried again later. A request that is refused as a
// whole is an [*Error], and puts nothing.
func (b *Bus) PutEvents(ctx context.Context, entries ...Entry) ([]Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	list := make([]events.EventBridgeEvent, len(entries))
	size := 0
	for i := range entries {
		e := &entries[i]
		list[i] = events.EventBridgeEvent{
			Source: e.Source, DetailType: e.DetailType, Detail: []byte(e.Detail), Resources: e.Resources, Time: e.Time,
		}
		size += entrysize.Of(&list[i])
	}
	if err := checkRequest(len(entries), size); err != nil {
		return nil, err
	}
	results := make([]Result, len(entries))
	for i := range list {
		results[i] = b.putEntry(ctx, list[i], entries[i].TraceHeader)
	}
	return results, nil
}

// maxEntries is how many entries a request may have.
const maxEntries = 10

// checkRequest refuses a request as a whole.
func checkRequest(entries, size int) error {
	var found validation.Findings
	switch {
	case entries == 0:
		found.AddHidden("entries", validation.MinLength(1))
	case entries > maxEntries:
		found.AddHidden("entries", validation.MaxLength(maxEntries))
	case size > entrysize.Max:
		return ErrValidation.because(entrysize.TooLarge)
	default:
		return nil
	}
	return ErrValidation.because(found.Text())
}

func (b *Bus) putEntry(ctx context.Context, e events.EventBridgeEvent, header string) Result {
	if strings.HasPrefix(e.Source, "aws.") {
		return refusedEntry(ErrNotAuthorizedForSource.because("Not authorized for the source."))
	}
	if err := checkEntry(&e); err != nil {
		return refusedEntry(err)
	}
	id := b.put(destinations.WithTraceHeader(ctx, header), e)
	return Result{EventID: id}
}

func refusedEntry(err *Error) Result { return Result{ErrorCode: err.Code, ErrorMessage: err.Message} }

// checkEntry refuses an entry that lacks something, and compacts the detail of one that does not.
func checkEntry(e *events.EventBridgeEvent) *Error {
	for _, p := range []struct{ name, value string }{
		{"Source", e.Source}, {"DetailType", e.DetailType}, {"Detail", string(e.Detail)},
	} {
		if p.value == "" {
			return ErrInvalidArgument.because("Parameter " + p.name + " is not valid. Reason: " + p.name + " is a required argument.")
		}
	}
	detail, ok := compact(e.Detail)
	if !ok {
		return ErrMalformedDetail.because("Detail is malformed.")
	}
	e.Detail = detail
	return nil
}

// PutEvent puts one event on the bus: e's Source, DetailType, Resources, Time and Detail. It is how other services and
// buses reach it, so a source of AWS's is fine. The trace header is [destinations.TraceHeader]'s. e's slices are not
// kept.
func (b *Bus) PutEvent(ctx context.Context, e events.EventBridgeEvent) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := checkRequest(1, entrysize.Of(&e)); err != nil {
		return err
	}
	if err := checkEntry(&e); err != nil {
		return err
	}
	b.put(ctx, e)
	return nil
}

var _ destinations.Bus = (*Bus)(nil)

// forwardedKey is the context key under which a bus tells another that it forwards.
type forwardedKey struct{}

// put completes an entry that was found right and hands it to the rules. An event that another bus forwards keeps its
// id, account and Region.
func (b *Bus) put(ctx context.Context, e events.EventBridgeEvent) (id string) {
	now := time.Now()
	forwarded := ctx.Value(forwardedKey{}) != nil
	if e.Time.IsZero() {
		e.Time = now
	}
	if !forwarded || e.ID == "" {
		e.ID, e.AccountID, e.Region = b.nextID(), b.identity.Account, b.identity.Region
	}
	e.Resources = slices.Clone(e.Resources)
	ev := newEvent(e, now)
	ev.forwarded = forwarded
	ev.trace = destinations.TraceHeader(ctx)
	b.route(ev)
	return ev.id
}
