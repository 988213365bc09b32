package concurrency

import (
	"errors"
	"fmt"
)

// ErrThrottled matches, with errors.Is, every [*ThrottleError].
var ErrThrottled = errors.New("concurrency: throttled")

// Reason is why a call was throttled, as the Reason of the service's TooManyRequestsException (HTTP 429) says it.
type Reason string

// The reasons that the service knows.
const (
	// ReservedFunctionConcurrentInvocationLimitExceeded: the function's reservation is used up, or is 0.
	ReservedFunctionConcurrentInvocationLimitExceeded Reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
	// ReservedFunctionInvocationRateLimitExceeded: more than 10 requests a second for each reserved unit.
	ReservedFunctionInvocationRateLimitExceeded Reason = "ReservedFunctionInvocationRateLimitExceeded"
	// ConcurrentInvocationLimitExceeded: the unreserved pool, or the function's scaling rate, is used up.
	ConcurrentInvocationLimitExceeded Reason = "ConcurrentInvocationLimitExceeded"
	// FunctionInvocationRateLimitExceeded: a function without a reservation is over its request rate. The accountant
	// does not give this reason; it is here for callers that map it.
	FunctionInvocationRateLimitExceeded Reason = "FunctionInvocationRateLimitExceeded"
	// CallerRateLimitExceeded: more than 10 requests a second for each unit of the account's quota.
	CallerRateLimitExceeded Reason = "CallerRateLimitExceeded"
	// ConcurrentSnapshotCreateLimitExceeded: too many SnapStart snapshots at once. The accountant does not count
	// snapshots; it is here for callers that map it.
	ConcurrentSnapshotCreateLimitExceeded Reason = "ConcurrentSnapshotCreateLimitExceeded"
)

// AWS does not say which reason these two refusals carry. Each is stated here and nowhere else.
const (
	scalingRateReason = ConcurrentInvocationLimitExceeded
	accountRateReason = CallerRateLimitExceeded
)

// Cause is what refused a call, whatever [Reason] the service would give for it.
type Cause uint8

// The causes, in the order in which they are checked.
const (
	// CauseOff: the function's reserved concurrency is 0.
	CauseOff Cause = iota + 1
	// CauseRate: too many requests a second.
	CauseRate
	// CausePool: no concurrency left, of the function's reservation or of the unreserved pool.
	CausePool
	// CauseScale: concurrency left, but too many new environments too fast.
	CauseScale
)

// String returns off, rate, pool or scale.
func (c Cause) String() string {
	switch c {
	case CauseOff:
		return "off"
	case CauseRate:
		return "rate"
	case CausePool:
		return "pool"
	case CauseScale:
		return "scale"
	}
	return fmt.Sprintf("Cause(%d)", uint8(c))
}

// ThrottleError is the refusal of a call. Its values are shared by all refusals of their kind, so that refusing
// allocates nothing; they must not be changed.
type ThrottleError struct {
	// Reason is what the service would answer.
	Reason Reason
	cause  Cause
}

// The refusals.
var (
	errOff            = &ThrottleError{ReservedFunctionConcurrentInvocationLimitExceeded, CauseOff}
	errReservedRate   = &ThrottleError{ReservedFunctionInvocationRateLimitExceeded, CauseRate}
	errAccountRate    = &ThrottleError{accountRateReason, CauseRate}
	errReservedPool   = &ThrottleError{ReservedFunctionConcurrentInvocationLimitExceeded, CausePool}
	errUnreservedPool = &ThrottleError{ConcurrentInvocationLimitExceeded, CausePool}
	errScalingRate    = &ThrottleError{scalingRateReason, CauseScale}
)

// Cause returns what refused the call. Tests that must not hang on the reasons AWS leaves open look at it.
func (e *ThrottleError) Cause() Cause { return e.cause }

// Error returns the reason and the cause.
func (e *ThrottleError) Error() string {
	return fmt.Sprintf("concurrency: throttled: %s (%s)", e.Reason, e.cause)
}

// Is reports whether target is [ErrThrottled].
func (e *ThrottleError) Is(target error) bool { return target == ErrThrottled }
