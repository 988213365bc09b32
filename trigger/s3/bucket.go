package s3

import (
	"context"
	"io/fs"
	"sync"
	"time"

	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/iam"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/trigger/internal/redeliver"
)

// Invoker is what a bucket needs of Lambda: *[invoke.Service] is one.
type Invoker interface {
	Invoke(ctx context.Context, in invoke.Input) (*invoke.Output, error)
}

// Options configures a [Bucket]. The zero value is a bucket whose events can go anywhere but to a function.
type Options struct {
	// Identity is the bucket's account, Region and partition.
	Identity lambda.Identity
	// Invoker is where the functions of a notification configuration are; nil refuses such configurations.
	Invoker Invoker
	// Objects are the objects that are there from the start, one for each regular file, under its path as its key; nil is
	// none. They are read by [New] and are no events.
	Objects fs.FS
	// Seed determines ids, version ids and jitter, with the bucket's name.
	Seed uint64
	// Trace gets every try to hand an event over, as Pushed or PushFailed; nil for none.
	Trace trace.Func
	// MaxObjectSize bounds one object in bytes; 0 is S3's 5 GB for one request.
	MaxObjectSize int64
	// MaxBytes bounds all versions and uploads together, because they are in memory; 0 is 1 GB.
	MaxBytes int64

	_ struct{}
}

func (o Options) withDefaults() Options {
	o.Identity = o.Identity.WithDefaults()
	if o.MaxObjectSize == 0 {
		o.MaxObjectSize = 5 << 30
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 1 << 30
	}
	return o
}

// Bucket is an S3 bucket in memory. It is safe for concurrent use, has no goroutine while nothing is sent, and one timer
// while an event waits for another try or an object is being restored. What is due in one instant is done in a fixed order:
// restores as they were begun, then tries as their events came. Inside a testing/synctest bubble its time is the bubble's,
// and it must then be used in that bubble only.
type Bucket struct {
	name, arn string
	opts      Options
	ids       ids
	caller    iam.Caller
	pushes    redeliver.Queue

	mu            sync.Mutex
	state         state
	notifications *notifications // replaced, never changed
	restores      []*restoring
	restored      uint64 // restores so far
	closed        bool
}

// New makes a bucket. It returns an [*Error] for a name that S3 refuses and for Objects that are too large or that S3
// would refuse, and the error of an Options.Objects that cannot be read.
func New(name string, o Options) (*Bucket, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	b := &Bucket{name: name, opts: o.withDefaults(), notifications: &notifications{}}
	b.arn = "arn:" + b.opts.Identity.Partition + ":s3:::" + name
	b.ids = newIDs(o.Seed, name)
	b.caller = iam.Caller{Principal: "s3.amazonaws.com", SourceARN: b.arn, SourceAccount: b.opts.Identity.Account}
	b.pushes.Source, b.pushes.Seed, b.pushes.Trace = b.arn, uint64(b.ids), o.Trace
	b.state = newState(b.ids, b.opts.MaxObjectSize, b.opts.MaxBytes, b.forgetRestore)
	if err := b.load(); err != nil {
		return nil, err
	}
	return b, nil
}

// NewBucket is [New] for tests and examples: it panics where New returns an error.
func NewBucket(name string, o Options) *Bucket {
	b, err := New(name, o)
	if err != nil {
		panic("s3: " + err.Error())
	}
	return b
}

// Name returns the bucket's name.
func (b *Bucket) Name() string { return b.name }

// ARN returns the bucket's ARN, which holds neither Region nor account.
func (b *Bucket) ARN() string { return b.arn }

// Pending is how many notifications wait for another try.
func (b *Bucket) Pending() int { return b.pushes.Pending() }

// Wait waits until no notification waits for another try, or ctx is done.
func (b *Bucket) Wait(ctx context.Context) error { return b.pushes.Wait(ctx) }

// Close stops what is being restored, drops the notifications that wait for another try, each traced as Lost, and waits for
// tries under way; it must not be called from a function or target that the bucket calls. Objects stay readable and
// writable; nothing is pushed any more. A bucket that was never refused anything need not be closed.
func (b *Bucket) Close() {
	b.mu.Lock()
	b.closed = true
	for _, r := range b.restores {
		b.pushes.Agenda.Unset(&r.entry)
	}
	b.restores = nil
	b.mu.Unlock()
	b.pushes.Close()
}

// write runs one step on the state at the present instant, and then, without the lock, sends the event that the step
// brought about, if any, with the trace header of ctx.
func (b *Bucket) write(ctx context.Context, step func(now time.Time) (*event, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	header := destinations.TraceHeader(ctx)
	b.mu.Lock()
	e, err := step(time.Now())
	list := b.notifications
	b.mu.Unlock()
	if err != nil || e == nil {
		return err
	}
	b.notify(list, e, header)
	return nil
}

// read runs one step on the state that changes nothing.
func (b *Bucket) read(ctx context.Context, step func(now time.Time) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return step(time.Now())
}

var _ destinations.Bucket = (*Bucket)(nil)
