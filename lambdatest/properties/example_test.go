package properties_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/lambdatest/properties"
)

// t stands for the parameter of a test.
var t *testing.T

type order struct{ ID string }

func handleOrder(o order) (string, error) { return "got " + o.ID, nil }

// The function, as it is deployed, neither loses an event nor ends one twice.
func ExampleEveryEventEndsOnce() {
	properties.EveryEventEndsOnce(t, func(t *rapid.T, svc *invoke.Service) {
		lambdatest.Deploy(t, svc, lambda.Config{Name: "orders"}, lambda.Handler(handleOrder))
	}, properties.Load{})
}

// A payload generator of one's own gets beyond the decoding.
func ExampleRetriesObeyPolicy() {
	events := rapid.Map(rapid.IntRange(1, 99), func(n int) []byte { return fmt.Appendf(nil, `{"ID":"%d"}`, n) })
	properties.RetriesObeyPolicy(t, func(t *rapid.T, svc *invoke.Service) {
		lambdatest.Deploy(t, svc, lambda.Config{Name: "orders"}, lambda.Handler(handleOrder))
		svc.PutEventInvokeConfig("orders", invoke.EventInvokeConfig{MaximumEventAge: new(90 * time.Second)})
	}, properties.Load{Payload: events})
}

// A small account, and a function that takes as long as it likes.
func ExampleNoLimitExceeded() {
	properties.NoLimitExceeded(t, func(t *rapid.T, svc *invoke.Service) {
		work := time.Duration(rapid.IntRange(0, 60).Draw(t, "seconds")) * time.Second
		lambdatest.Deploy(t, svc, lambda.Config{Name: "orders", Timeout: 30 * time.Second}, lambdatest.Script("S", work))
	}, properties.Load{Account: concurrency.Options{Limit: 10, MinimumUnreserved: new(0)}})
}

// Whatever else the account runs, three orders at once get through.
func ExampleReservedIsNeverStarved() {
	properties.ReservedIsNeverStarved(t, func(t *rapid.T, svc *invoke.Service) {
		lambdatest.Deploy(t, svc, lambda.Config{Name: "orders"}, lambda.Handler(handleOrder))
		svc.PutFunctionConcurrency("orders", 3)
	}, properties.Load{})
}

// A refusal leaves no mark.
func ExampleRefusedCallChangesNothing() {
	properties.RefusedCallChangesNothing(t, func(t *rapid.T, svc *invoke.Service) {
		lambdatest.Deploy(t, svc, lambda.Config{Name: "orders"}, lambda.Handler(handleOrder))
	}, properties.Load{})
}

// All laws at once, for a function that fails at random.
func ExampleLawful() {
	properties.Lawful(t, func(t *rapid.T, svc *invoke.Service) {
		lambdatest.Deploy(t, svc, properties.Config("orders").Draw(t, "config"), lambdatest.Script(properties.Script().Draw(t, "script"), time.Second))
	}, properties.Load{})
}

// Generators draw what goes into a property of one's own.
func ExampleScript() {
	for seed := range 3 {
		fmt.Printf("%q\n", properties.Script().Example(seed))
	}
	// Output:
	// "SPXFHSHSSSHF"
	// "SSSSFSSX"
	// "SFSPSFSHFS"
}

func ExampleGaps() {
	fmt.Println(properties.Gaps().Example(3))
	// Output: [561ms 14s 0s 22ms 5s 1ms 19ms 0s 1m0s]
}

func ExamplePayload() {
	for seed := 1; seed <= 4; seed++ {
		fmt.Printf("%s\n", properties.Payload().Example(seed))
	}
	// Output:
	// true
	// null
	// 22973756520
	// 9
}
