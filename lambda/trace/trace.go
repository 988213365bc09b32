// Package trace says what happened: one flat [Event] for every step of every invocation, handed to one function.
//
// Metrics, log lines, timelines and checks are consumers of the trace; the library has no other side channel.
// Package trace imports nothing else of this module.
package trace

import "time"

// Func receives every event of whoever was configured with it.
//
// It is called synchronously, from the goroutine in which the step happened, and concurrently when steps are
// concurrent: it must be safe for concurrent use, must return soon and must not call back into the library. Events
// of one invocation arrive in order, save that Accepted may come late where a Store was given: an event may be
// dispatched before that says that it has it. Order between invocations is not defined within one instant; consumers
// sort by (Time, Number, Attempt), as [Compare] does.
type Func func(Event)

// Tee calls each non-nil f in order. It returns nil if there is none, so that an untraced path stays free.
func Tee(fs ...Func) Func {
	var live []Func
	for _, f := range fs {
		if f != nil {
			live = append(live, f)
		}
	}
	switch len(live) {
	case 0:
		return nil
	case 1:
		return live[0]
	}
	return func(e Event) {
		for _, f := range live {
			f(e)
		}
	}
}

// Kind is the step that an [Event] reports.
type Kind uint8

// The steps. The comment says which fields are set beyond Kind, Time, Number, RequestID, Function, Qualifier, Type.
const (
	// Accepted: an asynchronous event got its 202 (AsyncEventsReceived). Size.
	Accepted Kind = iota + 1
	// Dispatched: the asynchronous queue tries to start the function (AsyncEventAge, if it runs or is throttled).
	// Attempt, Age.
	Dispatched
	// Throttled: admission, or the acceptance of an event, refused with 429 (Throttles). Attempt, Status, Code, Reason,
	// Version. An event that was not accepted has no Number.
	Throttled
	// Refused: the call or dispatch failed with another API error. Attempt, Status, Code, Detail is the message.
	Refused
	// InitStarted: an execution environment begins its Init phase. Version, Environment, Pool, Phase.
	InitStarted
	// InitEnded: that phase ended. Version, Environment, Pool, Phase, Duration, Outcome, ErrorType.
	InitEnded
	// Started: the handler is about to run, or the init that runs in its place (Invocations).
	// Attempt, Version, Environment, Pool, Cold, Spillover, InFlight.
	Started
	// Finished: that run ended, or the deadline ended it (Duration, Errors).
	// Attempt, Version, Environment, Pool, Cold, Duration, Billed, Init, Outcome, ErrorType, Status, Size, InFlight,
	// MemorySize, MaxMemoryUsed.
	Finished
	// Abandoned: a handler whose run the deadline had ended has returned at last. Attempt, Version, Environment.
	Abandoned
	// Retrying: an asynchronous event waits for its next dispatch. Attempt is the one that failed, Due, Detail says why.
	Retrying
	// Ended: an asynchronous event reached its one terminal condition, in Detail (AsyncEventsDropped unless Success).
	// Attempt, Count, Age.
	Ended
	// Delivered: a result reached a destination or dead-letter queue. Route, Target.
	Delivered
	// DeliveryFailed: it did not (DestinationDeliveryFailures, DeadLetterErrors). Route, Target, Detail is the error.
	DeliveryFailed
	// LoopStopped: recursion detection ended the chain (RecursiveInvocationsDropped). Attempt.
	LoopStopped
	// Lost: an accepted event was given up without reaching a terminal condition, because the Service closed or
	// because a Control chose so. Detail says why.
	Lost
	// EnvironmentEnded: an execution environment shut down. Version, Environment, Detail is the reason.
	EnvironmentEnded
	// ConcurrencyChanged: a reserved, provisioned or account setting changed, or a run ended that held on to provisioned
	// concurrency that is configured no more. Version for provisioned, Detail names the setting, Allocated, Claimed. Of
	// reserved, Pool is what the function's runs on demand count on from now on, those in flight too.
	ConcurrencyChanged
	// Log: the function wrote a line. Attempt, Version, Environment, Detail is the line without its newline.
	Log
	// Polled, Filtered, BatchFormed, BatchEnded, Checkpointed and Discarded are an event source mapping's steps.
	// Source is the mapping's UUID, Shard the shard or message group, Count the number of records. BatchEnded also
	// has Outcome; Discarded has Detail, the condition.
	Polled
	// Filtered: records were rejected by the filter criteria.
	Filtered
	// BatchFormed: a batch is about to be sent to the function.
	BatchFormed
	// BatchEnded: that invoke's verdict is in.
	BatchEnded
	// Deleted: messages were deleted from a queue.
	Deleted
	// Checkpointed: a stream position moved. Detail is the position.
	Checkpointed
	// Discarded: records were passed over unprocessed.
	Discarded
	// MappingState: a mapping's state changed; Detail is the new state, Reason its StateTransitionReason.
	MappingState
	// Pushed: a service handed an event over to a function or another target. Attempt, Target, Source is the ARN of
	// the topic, rule, bucket or the like.
	Pushed
	// PushFailed: such a try failed. Attempt, Target, Source, Code, Detail is the error; Due is the next try, zero if
	// the service gives up.
	PushFailed
)

var kindNames = [...]string{
	Accepted: "Accepted", Dispatched: "Dispatched", Throttled: "Throttled", Refused: "Refused",
	InitStarted: "InitStarted", InitEnded: "InitEnded", Started: "Started", Finished: "Finished",
	Abandoned: "Abandoned", Retrying: "Retrying", Ended: "Ended", Delivered: "Delivered",
	DeliveryFailed: "DeliveryFailed", LoopStopped: "LoopStopped", Lost: "Lost", EnvironmentEnded: "EnvironmentEnded",
	ConcurrencyChanged: "ConcurrencyChanged", Log: "Log", Polled: "Polled", Filtered: "Filtered",
	BatchFormed: "BatchFormed", BatchEnded: "BatchEnded", Deleted: "Deleted", Checkpointed: "Checkpointed",
	Discarded: "Discarded", MappingState: "MappingState", Pushed: "Pushed", PushFailed: "PushFailed",
}

// String is the constant's name, or "" for a value that is none.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return ""
}

// Outcomes of a run or an init, as Lambda's REPORT line and telemetry name them.
const (
	Success = "success" // it returned
	Error   = "error"   // the function failed: an error, a panic, an exit
	Failure = "failure" // the platform failed
	Timeout = "timeout" // its deadline passed
)

// Routes of a delivery.
const (
	OnSuccess  = "OnSuccess"
	OnFailure  = "OnFailure"
	DeadLetter = "DeadLetter"
)

// Event is one step. It holds no pointers into live state: a consumer may keep it.
type Event struct {
	Kind Kind
	Time time.Time

	// Number counts invocations accepted by one Service from 1; all steps of one invocation share it. 0 means that
	// the step belongs to no invocation.
	Number uint64
	// Attempt counts dispatches of one invocation from 1; it stays 1 for synchronous calls.
	Attempt   int
	RequestID string

	Function    string // the function's name
	Qualifier   string // as requested; "" for none
	Version     string // the version that ran: "$LATEST" or a number
	Type        string // RequestResponse, Event or DryRun
	Environment string // the execution environment's log stream name
	Pool        string // what the run was charged to when it began: Provisioned, Reserved or Unreserved
	Phase       string // of an init: "init", or "invoke" for one that runs inside the first invocation
	Cold        bool   // the run began with an Init phase
	Spillover   bool   // the version has provisioned concurrency, and this run did not get any of it

	Status    int    // HTTP status
	Code      string // API exception name
	Reason    string // throttle reason
	Outcome   string // Success, Error, Failure or Timeout
	ErrorType string // errorType of a failed run or init
	Route     string // OnSuccess, OnFailure or DeadLetter
	Target    string // ARN of a destination or dead-letter queue
	Source    string // UUID of an event source mapping
	Shard     string // shard or message group
	Detail    string

	Due      time.Time     // when the next dispatch is due
	Age      time.Duration // since acceptance
	Duration time.Duration // of the handler or of the init
	Billed   time.Duration // whole milliseconds
	Init     time.Duration // the Init phase that preceded the run; 0 when warm

	MemorySize    int // MB configured, of a Finished
	MaxMemoryUsed int // MB that the function said it used, of a Finished

	Size      int // bytes of payload or response
	Count     int // approximateInvokeCount, or a number of records
	InFlight  int // runs of this function now, this one included (Started) or gone (Finished)
	Claimed   int // ClaimedAccountConcurrency after the step
	Allocated int // provisioned concurrency allocated after the step
}

// Compare orders events by time, then number, then attempt: the order of timelines. Events that tie keep the order in
// which they happened if the sort is stable.
func Compare(a, b Event) int {
	if c := a.Time.Compare(b.Time); c != 0 {
		return c
	}
	if a.Number != b.Number {
		if a.Number < b.Number {
			return -1
		}
		return 1
	}
	return a.Attempt - b.Attempt
}
