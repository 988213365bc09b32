package lambdatest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lambdakit/lambdakit/lambda/trace"
)

// Check is a law of Lambda that a finished trace can be held against: what is true of every Service, whatever the
// functions do.
type Check struct {
	// Name identifies the check, as in "runs-within-retries".
	Name string
	// Law says in one sentence what must be true.
	Law string

	verify func(*evidence) error
}

// Verify returns the first breach of the law that it finds, as a [*Violation], or nil. The events need not be sorted,
// but those that tie by [trace.Compare] must be in the order in which they happened. The trace must be finished:
// nothing runs, and no event is pending.
func (c Check) Verify(events []trace.Event, s Settings) error {
	events = slices.Clone(events)
	sortEvents(events)
	return c.on(newEvidence(events, s))
}

func (c Check) on(ev *evidence) error {
	if err := c.verify(ev); err != nil {
		return &Violation{Check: c.Name, Law: c.Law, Breach: err}
	}
	return nil
}

// Violation is the error of a [Check] that failed.
type Violation struct {
	Check, Law string
	Breach     error // what was found
}

// Error names the check, what was found, and the law.
func (v *Violation) Error() string {
	return fmt.Sprintf("lambdatest: %s: %v (law: %s)", v.Check, v.Breach, v.Law)
}

// Unwrap returns Breach.
func (v *Violation) Unwrap() error { return v.Breach }

// Checks lists all checks there are. The slice is the caller's.
func Checks() []Check {
	return slices.Concat(asyncChecks, retryChecks, deliveryChecks, concurrencyChecks, environmentChecks, mappingChecks)
}

// Check holds the trace against all [Checks] and returns the violations, joined; nil if there are none. The trace must
// be finished: wait for the Service's events first, and for its runs.
func (tl *Timeline) Check(s Settings) error {
	ev := newEvidence(tl.happened(), s)
	var errs []error
	for _, c := range Checks() {
		errs = append(errs, c.on(ev))
	}
	return errors.Join(errs...)
}

// Settings tell the checks what a trace does not. They are taken to have held all the time: a trace in which a setting
// changed can break a law that Lambda keeps. The zero value is a default account and default functions, with
// destinations that are not known.
type Settings struct {
	// Async holds the asynchronous settings of functions that Functions does not name.
	Async Async
	// Functions holds those of others, by the target as it is asked for: "orders", "orders:live", "orders:1". As on
	// AWS each qualifier has its own, and none is $LATEST's.
	Functions map[string]Async
	// Mappings holds what event source mappings are set to, by their UUID. Of those that it does not name the settings
	// are not known.
	Mappings map[string]MappingSettings
	// Reserved holds reserved concurrency by function name. Functions that it does not name are not checked for it.
	Reserved map[string]int
	// AccountLimit is the account's concurrency quota; 0 means 1,000.
	AccountLimit int
	// IdleLifetime is how long an idle environment is kept; 0 means 600 s, a negative duration for ever.
	IdleLifetime time.Duration
	// NoScalingRate says that the limit on new environments is off.
	NoScalingRate bool
	// ProactiveInit says that environments may be initialised ahead of the run that gets them.
	ProactiveInit bool
	// AnyDelay says that the delays between attempts are not AWS's exact ones, but jittered or a policy's own. The
	// checks that compute when an attempt is due are then left out.
	AnyDelay bool
	// Duplicates is how many times more than once a control may have run one attempt.
	Duplicates int
	// Tolerance is how late a step may be. Virtual time needs none; real time some milliseconds.
	Tolerance time.Duration
}

// Async is what a function's event-invoke config, and its dead-letter queue, say.
type Async struct {
	MaximumRetryAttempts *int           // nil means 2
	MaximumEventAge      *time.Duration // nil means 6 h
	// Routes are those that have a target: [trace.OnSuccess], [trace.OnFailure], [trace.DeadLetter]. nil means that
	// they are not known: then only what did arrive is checked. Empty means that there are none.
	Routes []string
}

func (a Async) retries() int {
	if a.MaximumRetryAttempts == nil {
		return 2
	}
	return *a.MaximumRetryAttempts
}

func (a Async) age() time.Duration {
	if a.MaximumEventAge == nil {
		return 6 * time.Hour
	}
	return *a.MaximumEventAge
}

// async finds the settings of a target. The qualifier $LATEST and none are the same.
func (s Settings) async(function, qualifier string) Async {
	if qualifier == "" || qualifier == "$LATEST" {
		if a, ok := s.Functions[function]; ok {
			return a
		}
		qualifier = "$LATEST"
	}
	if a, ok := s.Functions[function+":"+qualifier]; ok {
		return a
	}
	return s.Async
}

func (s Settings) accountLimit() int {
	if s.AccountLimit == 0 {
		return 1000
	}
	return s.AccountLimit
}

func (s Settings) idleLifetime() time.Duration {
	if s.IdleLifetime == 0 {
		return 600 * time.Second
	}
	return s.IdleLifetime
}

// The terminal conditions of asynchronous events, as invocation records spell them.
const (
	conditionSuccess             = "Success"
	conditionRetriesExhausted    = "RetriesExhausted"
	conditionEventAgeExceeded    = "EventAgeExceeded"
	conditionZeroReserved        = "ZeroReservedConcurrency"
	conditionRecursiveInvocation = "RecursiveInvocation"
)
