package lambdatest

import (
	"sync/atomic"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
)

// Throttle is a control that throttles every attempt, as a function whose reserved concurrency is used up does.
func Throttle(*invoke.Attempt, func() invoke.Outcome) invoke.Outcome {
	return invoke.Throttle(string(concurrency.ReservedFunctionConcurrentInvocationLimitExceeded))
}

// SystemError is a control that fails every attempt as the service does when it is at fault: with a 500.
func SystemError(*invoke.Attempt, func() invoke.Outcome) invoke.Outcome {
	return invoke.Outcome{Err: lambda.NewError("ServiceException", "")}
}

// Lose is a control under which the service forgets every attempt.
func Lose(*invoke.Attempt, func() invoke.Outcome) invoke.Outcome { return invoke.Lose() }

// Duplicate is a control that makes every attempt twice, as a queue that delivers at least once may. The second outcome
// counts, unless the second attempt was refused: then it is as if it had not been made.
func Duplicate(_ *invoke.Attempt, next func() invoke.Outcome) invoke.Outcome {
	first := next()
	if second := next(); second.Err == nil {
		return second
	}
	return first
}

// Nth applies a control to the n-th attempt that it sees, counted from 1, and leaves all others alone.
func Nth(n int, c invoke.Control) invoke.Control {
	var seen atomic.Int64
	return func(a *invoke.Attempt, next func() invoke.Outcome) invoke.Outcome {
		if int(seen.Add(1)) == n {
			return c(a, next)
		}
		return next()
	}
}

// Outcomes is a control that follows a script, one letter for each attempt that it sees:
//
//	T  throttled
//	E  system error (5xx)
//	L  lost
//	D  made twice
//
// Any other letter, and every attempt after the script's end, is left alone.
func Outcomes(steps string) invoke.Control {
	var seen atomic.Int64
	return func(a *invoke.Attempt, next func() invoke.Outcome) invoke.Outcome {
		n := int(seen.Add(1)) - 1
		if n >= len(steps) {
			return next()
		}
		switch steps[n] {
		case 'T':
			return Throttle(a, next)
		case 'E':
			return SystemError(a, next)
		case 'L':
			return Lose(a, next)
		case 'D':
			return Duplicate(a, next)
		}
		return next()
	}
}

// For applies a control to the attempts of one function only.
func For(function string, c invoke.Control) invoke.Control {
	return func(a *invoke.Attempt, next func() invoke.Outcome) invoke.Outcome {
		if a.FunctionName == function {
			return c(a, next)
		}
		return next()
	}
}
