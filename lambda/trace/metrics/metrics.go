// Package metrics counts what CloudWatch would count: the metrics of namespace AWS/Lambda, under their own names and
// dimensions, in periods of one minute, computed from the trace.
//
// A [Recorder] is a [trace.Func] by its method Trace:
//
//	var m metrics.Recorder
//	svc := invoke.New(invoke.Options{Trace: m.Trace})
//	…
//	m.Total(metrics.Errors, metrics.Dimensions{FunctionName: "orders"}).Sum
//
// # When things are counted
//
// A run's metrics carry the time at which the run started, however long it took: a function that fails after five
// minutes has its error in the minute of its invocation, as on AWS. Everything else carries the time of its step.
//
// Errors has a sample of 0 for a run that succeeded, and Throttles one for a run that started, so that the Average of
// Errors is the error rate. AsyncEventsDropped has a sample of 0 for an event that ended in success. What is in flight
// (ConcurrentExecutions and its kin) is sampled whenever it changes, and once at the start of every minute in which it
// goes on unchanged: a run of five minutes shows in each of them. How often AWS samples is not published.
//
// # Not modelled
//
// Metrics that no step of the trace carries: PostRuntimeExtensionsDuration, the offset lag and error groups of Kafka,
// ProvisionedPollers, and the metrics of SnapStart. There are no alarms, no units and no resolutions below one minute.
package metrics

import "strings"

// Name is a metric's name, as CloudWatch spells it.
type Name string

// The metrics of a function. The comment says what one sample is. Each is recorded for the Region as a whole, for the
// function, and for the resource that was asked for; those of runs also by executed version when the call went through
// an alias.
const (
	// Invocations: 1 for each run, successful or failed. Throttled calls and lookups of a deleted target are none.
	Invocations Name = "Invocations"
	// Errors: 1 for each run that ended in a function error, a timeout or a crash, else 0.
	Errors Name = "Errors"
	// Throttles: 1 for each call or asynchronous dispatch that was refused with 429, 0 for each that ran. An
	// asynchronous event of a function with reserved concurrency 0 is dropped without any.
	Throttles Name = "Throttles"
	// Duration: milliseconds the handler took, without the Init phase, without rounding.
	Duration Name = "Duration"

	// AsyncEventsReceived: 1 for each accepted asynchronous event, never for its retries.
	AsyncEventsReceived Name = "AsyncEventsReceived"
	// AsyncEventAge: milliseconds from acceptance to dispatch, one sample for each dispatch that ran the function or was
	// throttled. One that met a failure of the service, or no function, has none.
	AsyncEventAge Name = "AsyncEventAge"
	// AsyncEventsDropped: 1 for each event that ended otherwise than in success, whether or not a destination or
	// dead-letter queue got it, and 0 for one that succeeded. An event lost with its Service is not counted.
	AsyncEventsDropped Name = "AsyncEventsDropped"
	// DestinationDeliveryFailures: 1 for each result that did not reach its OnSuccess or OnFailure destination.
	DestinationDeliveryFailures Name = "DestinationDeliveryFailures"
	// DeadLetterErrors: 1 for each event that did not reach its dead-letter queue.
	DeadLetterErrors Name = "DeadLetterErrors"
	// RecursiveInvocationsDropped: 1 for each invocation that recursion detection stopped.
	RecursiveInvocationsDropped Name = "RecursiveInvocationsDropped"
	// IteratorAge: milliseconds, the age of a stream batch's last record when the function was done with the batch.
	IteratorAge Name = "IteratorAge"

	// ConcurrentExecutions: runs in flight, their Init phase included, whatever they are charged to.
	ConcurrentExecutions Name = "ConcurrentExecutions"
	// UnreservedConcurrentExecutions: runs in flight on the unreserved pool. Region only.
	UnreservedConcurrentExecutions Name = "UnreservedConcurrentExecutions"
	// ClaimedAccountConcurrency: UnreservedConcurrentExecutions, plus all reserved concurrency, plus the provisioned
	// concurrency of functions without reserved. Region only.
	ClaimedAccountConcurrency Name = "ClaimedAccountConcurrency"
	// ProvisionedConcurrentExecutions: busy provisioned environments of the version. By resource only.
	ProvisionedConcurrentExecutions Name = "ProvisionedConcurrentExecutions"
	// ProvisionedConcurrencyUtilization: those divided by the allocated ones, 0 to 1. By resource only.
	ProvisionedConcurrencyUtilization Name = "ProvisionedConcurrencyUtilization"
	// ProvisionedConcurrencyInvocations: 1 for each run started on provisioned concurrency.
	ProvisionedConcurrencyInvocations Name = "ProvisionedConcurrencyInvocations"
	// ProvisionedConcurrencySpilloverInvocations: 1 for each run of a version with provisioned concurrency that did
	// not get any.
	ProvisionedConcurrencySpilloverInvocations Name = "ProvisionedConcurrencySpilloverInvocations"
)

// The metrics of an event source mapping, by its UUID only. All count records.
const (
	// PolledEventCount: records read; 0 for an empty poll.
	PolledEventCount Name = "PolledEventCount"
	// FilteredOutEventCount: records that the filter criteria rejected; 0 where all matched.
	FilteredOutEventCount Name = "FilteredOutEventCount"
	// InvokedEventCount: records of each attempt to invoke the function; retries and throttles count again.
	InvokedEventCount Name = "InvokedEventCount"
	// FailedInvokeEventCount: records of each attempt that failed, or whose response listed failed records.
	FailedInvokeEventCount Name = "FailedInvokeEventCount"
	// DroppedEventCount: records given up for their age or number of attempts that no on-failure destination got.
	// Records that expired in their source are not counted.
	DroppedEventCount Name = "DroppedEventCount"
	// OnFailureDestinationDeliveredEventCount: records whose failure reached the on-failure destination.
	OnFailureDestinationDeliveredEventCount Name = "OnFailureDestinationDeliveredEventCount"
	// DeletedEventCount: messages deleted from a queue; 0 where that failed.
	DeletedEventCount Name = "DeletedEventCount"
)

// id is a metric's place in a group's table.
type id uint8

const (
	invocations id = iota
	errorCount
	throttles
	duration
	asyncReceived
	asyncAge
	asyncDropped
	destinationFailures
	deadLetterErrors
	recursiveDropped
	iteratorAge
	concurrent
	unreserved
	claimed
	provisionedConcurrent
	provisionedUtilization
	provisionedInvocations
	spilloverInvocations
	polled
	filteredOut
	invoked
	failedInvoke
	dropped
	delivered
	deleted
	numMetrics
)

// names gives the public name of every id.
var names = [numMetrics]Name{
	Invocations, Errors, Throttles, Duration,
	AsyncEventsReceived, AsyncEventAge, AsyncEventsDropped,
	DestinationDeliveryFailures, DeadLetterErrors, RecursiveInvocationsDropped, IteratorAge,
	ConcurrentExecutions, UnreservedConcurrentExecutions, ClaimedAccountConcurrency,
	ProvisionedConcurrentExecutions, ProvisionedConcurrencyUtilization,
	ProvisionedConcurrencyInvocations, ProvisionedConcurrencySpilloverInvocations,
	PolledEventCount, FilteredOutEventCount, InvokedEventCount, FailedInvokeEventCount,
	DroppedEventCount, OnFailureDestinationDeliveredEventCount, DeletedEventCount,
}

// lookup finds the id of a name.
func lookup(n Name) (id, bool) {
	for i, have := range names {
		if have == n {
			return id(i), true
		}
	}
	return 0, false
}

// Dimensions say what a metric is about. The zero Dimensions are those of the Region as a whole. Only the sets that
// Lambda emits hold anything:
//
//   - none;
//   - FunctionName;
//   - FunctionName and Resource, the target as it was asked for: "orders", "orders:live", "orders:1";
//   - FunctionName, Resource and ExecutedVersion, for runs through an alias;
//   - EventSourceMappingUUID.
type Dimensions struct {
	FunctionName           string
	Resource               string
	ExecutedVersion        string
	EventSourceMappingUUID string
}

// String lists the dimensions that are set as Name=value, separated by commas; it is "" for the Region.
func (d Dimensions) String() string {
	var b strings.Builder
	for _, p := range [...]struct{ name, value string }{
		{"FunctionName", d.FunctionName},
		{"Resource", d.Resource},
		{"ExecutedVersion", d.ExecutedVersion},
		{"EventSourceMappingUUID", d.EventSourceMappingUUID},
	} {
		if p.value == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(p.name + "=" + p.value)
	}
	return b.String()
}

// compare orders dimensions: the Region first, then functions, then mappings.
func (d Dimensions) compare(o Dimensions) int {
	for _, c := range [...]int{
		strings.Compare(d.EventSourceMappingUUID, o.EventSourceMappingUUID),
		strings.Compare(d.FunctionName, o.FunctionName),
		strings.Compare(d.Resource, o.Resource),
		strings.Compare(d.ExecutedVersion, o.ExecutedVersion),
	} {
		if c != 0 {
			return c
		}
	}
	return 0
}

// Metric is a name with its dimensions: what CloudWatch keeps one series of.
type Metric struct {
	Name       Name
	Dimensions Dimensions
}

// String is the name and, in braces, the dimensions.
func (m Metric) String() string { return string(m.Name) + "{" + m.Dimensions.String() + "}" }
