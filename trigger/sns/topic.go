package sns

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"sync"
	"time"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/internal/uuid"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/iam"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/trigger/internal/redeliver"
)

// Invoker is what a topic needs of Lambda: *[invoke.Service] is one.
type Invoker interface {
	Invoke(ctx context.Context, in invoke.Input) (*invoke.Output, error)
}

// Options configures a [Topic]. The zero value is a topic to which only queues can subscribe.
type Options struct {
	// Identity is the topic's account, Region and partition.
	Identity lambda.Identity
	// Invoker is where subscribed functions are; nil refuses to subscribe one.
	Invoker Invoker
	// Seed determines message ids, subscription ARNs and jitter, with the topic's ARN.
	Seed uint64
	// Trace gets every try to hand a message over, as Pushed or PushFailed; nil for none.
	Trace trace.Func
	// FilterPolicyDelay is how long a changed filter policy takes to count; SNS says up to 15 minutes, 0 is none.
	FilterPolicyDelay time.Duration

	_ struct{}
}

// Topic is a standard SNS topic in memory. It is safe for concurrent use, and has neither a goroutine nor a timer, but
// for a timer per message that waits for another try. Inside a testing/synctest bubble its time is the bubble's, and it
// must then be used in that bubble only.
type Topic struct {
	name, arn string
	opts      Options
	seed      uint64
	caller    iam.Caller
	pushes    redeliver.Queue

	mu            sync.Mutex
	messages      uint64
	subscribed    uint64
	subscriptions []*subscription // replaced, never changed, as are its elements
}

// New makes a topic. Its name is 1 to 256 letters, digits, hyphens and underscores. It returns an [*Error] for a name that
// SNS refuses, and for a FIFO topic's.
func New(name string, o Options) (*Topic, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	if o.FilterPolicyDelay < 0 {
		return nil, invalid("FilterPolicyDelay must not be negative")
	}
	o.Identity = o.Identity.WithDefaults()
	t := &Topic{name: name, arn: o.Identity.ARN("sns", name), opts: o}
	h := sha256.Sum256([]byte(t.arn))
	t.seed = o.Seed ^ binary.BigEndian.Uint64(h[:])
	t.caller = iam.Caller{Principal: "sns.amazonaws.com", SourceARN: t.arn, SourceAccount: o.Identity.Account}
	t.pushes.Source, t.pushes.Seed, t.pushes.Trace = t.arn, t.seed, o.Trace
	return t, nil
}

// NewTopic is [New] for tests and examples: it panics where New returns an error.
func NewTopic(name string, o Options) *Topic {
	t, err := New(name, o)
	if err != nil {
		panic("sns: " + err.Error())
	}
	return t
}

// maxName is how long a topic's name may be.
const maxName = 256

func checkName(name string) error {
	base, fifo := strings.CutSuffix(name, ".fifo")
	if fifo {
		return ErrNotModelled.because("FIFO topics are not modelled: " + name)
	}
	ok := base != "" && len(base) <= maxName
	for _, c := range []byte(base) {
		ok = ok && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_')
	}
	if !ok {
		return invalid("Topic Name")
	}
	return nil
}

// Name returns the topic's name.
func (t *Topic) Name() string { return t.name }

// ARN returns the topic's ARN.
func (t *Topic) ARN() string { return t.arn }

// Pending is how many messages wait for another try, counted once for each subscription.
func (t *Topic) Pending() int { return t.pushes.Pending() }

// Wait waits until no message waits for another try, or ctx is done.
func (t *Topic) Wait(ctx context.Context) error { return t.pushes.Wait(ctx) }

// Close drops the messages that wait for another try, each traced as Lost, and waits for tries under way; it must not be
// called from a function or queue that the topic calls. What is published afterwards is dropped. A topic whose subscribers
// never refused anything need not be closed.
func (t *Topic) Close() { t.pushes.Close() }

// id is a UUID of the topic's own.
func (t *Topic) id(number uint64, purpose string) string { return uuid.V4(t.seed, number, purpose) }

var _ destinations.Topic = (*Topic)(nil)
