// Package properties holds ready-made properties of Lambda's retries and concurrency, to be run against one's own
// functions and settings, and the generators that they draw from.
//
// A property deploys the functions, plays a random load on them, and holds what happened against Lambda's laws. It does
// so a hundred times (the flag -rapid.checks says how often), each time in a bubble of virtual time, where hours of
// retries take a millisecond. When a law is broken it looks for the smallest load that breaks it, and prints that and
// its timeline. One line says it all:
//
//	func TestOrdersEndOnce(t *testing.T) {
//		properties.EveryEventEndsOnce(t, func(t *rapid.T, svc *invoke.Service) {
//			lambdatest.Deploy(t, svc, lambda.Config{Name: "orders"}, lambda.Handler(handleOrder))
//		}, properties.Load{})
//	}
//
// The settings that the laws depend on (retries, ages, destinations, dead-letter queues, reserved concurrency) are read
// from the Service once everything is deployed. So they are stated once, and handlers must not change them.
//
// # What a handler must keep
//
// It runs in a bubble of package testing/synctest: it may sleep as long as it likes, but what waits for a network or
// for something made outside of the bubble keeps virtual time from passing. A handler that never returns, not even
// after its deadline, ends the test with a deadlock.
package properties

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/invoke"
)

// Deploy deploys the functions that a property is about, with their settings. It is called for every case with a new
// Service, within the case's bubble, and may draw from t: a timeout, a script, a setting that should not matter.
type Deploy func(t *rapid.T, svc *invoke.Service)

// Load says what a property plays on the functions. The zero Load sends random JSON to the functions and their aliases,
// synchronously and asynchronously, while attempts are throttled, failed, lost and made twice.
type Load struct {
	// Targets are what is invoked: "orders", "orders:live". nil means every function and every alias.
	Targets []string
	// Payload generates the events; nil means [Payload].
	Payload *rapid.Generator[[]byte]
	// Gaps generates the pauses before the calls, and so their number; nil means [Gaps].
	Gaps *rapid.Generator[[]time.Duration]
	// Outcomes generates what the service does to the attempts, in the letters of lambdatest.Outcomes; nil means
	// [Outcomes]. Properties that it would say nothing about do without.
	Outcomes *rapid.Generator[string]
	// Account is the account that the functions live in.
	Account concurrency.Options
	// Service is how the Service is made. Its Account and its Store must be nil: cases must not share them. Its Trace
	// is called beside the property's.
	Service invoke.Options

	_ struct{}
}

func (l Load) payload() *rapid.Generator[[]byte] {
	if l.Payload == nil {
		return Payload()
	}
	return l.Payload
}

func (l Load) gaps() *rapid.Generator[[]time.Duration] {
	if l.Gaps == nil {
		return Gaps()
	}
	return l.Gaps
}

func (l Load) outcomes() *rapid.Generator[string] {
	if l.Outcomes == nil {
		return Outcomes()
	}
	return l.Outcomes
}

// check runs a property in a bubble for every case.
func check(t *testing.T, property func(*rapid.T)) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) { rapid.SyncTest(t, property) })
}
