package invoke_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/lambdatest/properties"
)

// chain deploys functions that call each other: front queues events for back and calls helper, back's failures go to
// front, so that loops arise and are stopped, and one of them has concurrency of its own. front itself does not fail: if
// each run of a loop were tried three times and called on, as Lambda would have it, 16 rounds were 43 million.
func chain(t *rapid.T, svc *invoke.Service) {
	work := func() time.Duration { return time.Duration(rapid.IntRange(1, 4000).Draw(t, "work")) * time.Millisecond }
	pause := work()
	lambdatest.Deploy(t, svc, lambda.Config{Name: "front", Timeout: 30 * time.Second}, code(func(ctx context.Context, p []byte) ([]byte, error) {
		svc.Invoke(ctx, invoke.Input{FunctionName: "back", InvocationType: invoke.Event, Payload: p})
		time.Sleep(pause)
		svc.Invoke(ctx, invoke.Input{FunctionName: "helper", Payload: p})
		return p, nil
	}))
	lambdatest.Deploy(t, svc, lambda.Config{Name: "back"}, lambdatest.Script(properties.Script().Draw(t, "back"), work()))
	lambdatest.Deploy(t, svc, lambda.Config{Name: "helper"}, lambdatest.Script(properties.Script().Draw(t, "helper"), work()))
	require.NoError(t, svc.PutEventInvokeConfig("back", invoke.EventInvokeConfig{
		MaximumRetryAttempts: new(rapid.IntRange(0, 2).Draw(t, "retries")),
		OnFailure:            destinations.Lambda(svc.Identity().FunctionARN("front", ""), svc),
	}))
	require.NoError(t, svc.PutFunctionConcurrency("helper", rapid.IntRange(1, 2).Draw(t, "reserved")))
}

// ready deploys a function with versions, of which an alias has environments held ready, ready or not yet, and
// whose init may take its time or fail.
func ready(t *rapid.T, svc *invoke.Service) {
	script := properties.Script().Draw(t, "script")
	work := time.Duration(rapid.IntRange(1, 4000).Draw(t, "work")) * time.Millisecond
	slow := time.Duration(rapid.IntRange(0, 11_000).Draw(t, "init")) * time.Millisecond
	broken := rapid.IntRange(0, 4).Draw(t, "init fails") == 4
	inner := lambdatest.Script(script, work)
	lambdatest.Deploy(t, svc, lambda.Config{Name: "f", Timeout: 20 * time.Second}, func(ctx context.Context, env *lambda.Environment) (lambda.Function, error) {
		time.Sleep(slow)
		if broken {
			return nil, errors.New("init failed")
		}
		return inner(ctx, env)
	})
	_, err := svc.PublishVersion("f")
	require.NoError(t, err)
	require.NoError(t, svc.PutAlias("f", "live", invoke.Routing{Version: "1"}))
	if rapid.Bool().Draw(t, "is reserved") {
		require.NoError(t, svc.PutFunctionConcurrency("f", 4))
	}
	require.NoError(t, svc.PutProvisionedConcurrency("f:live", rapid.IntRange(1, 3).Draw(t, "provisioned")))
	lambdatest.Advance(time.Duration(rapid.IntRange(0, 120).Draw(t, "ramp")) * time.Second)
}

// guarded is a chain and a provisioned function, both with concurrency of their own.
func guarded(t *rapid.T, svc *invoke.Service) {
	chain(t, svc)
	ready(t, svc)
	require.NoError(t, svc.PutFunctionConcurrency("f", 4))
}

var narrow = concurrency.Options{Limit: 9, MinimumUnreserved: new(1)}

func TestProperty_chainsAreLawful(t *testing.T) { properties.Lawful(t, chain, properties.Load{}) }

func TestProperty_chainsAreLawfulInANarrowAccount(t *testing.T) {
	properties.Lawful(t, chain, properties.Load{Account: narrow})
}

func TestProperty_provisionedIsLawful(t *testing.T) {
	properties.Lawful(t, ready, properties.Load{Account: narrow})
}

func TestProperty_reservedIsNeverStarved(t *testing.T) {
	properties.ReservedIsNeverStarved(t, guarded, properties.Load{Account: narrow})
}

func TestProperty_refusedCallsChangeNothing(t *testing.T) {
	properties.RefusedCallChangesNothing(t, guarded, properties.Load{Account: narrow})
}

// A lease taken from a live account beside the engine, and given back as often as one likes, leaves the engine's books
// alone: what is in flight is counted once, and in the end nothing is.
func TestProperty_releasesAreIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rapid.SyncTest(t, func(t *rapid.T) {
			svc := lambdatest.NewService(t, invoke.Options{Account: smallAccount(5)})
			lambdatest.Deploy(t, svc, lambda.Config{Name: "f", Timeout: time.Minute}, lambdatest.Script("SFH", 10*time.Second))
			books := svc.Account().Function("f").Version("$LATEST")
			var leases []concurrency.Lease
			for range rapid.IntRange(1, 20).Draw(t, "steps") {
				lambdatest.Advance(time.Duration(rapid.IntRange(0, 20).Draw(t, "gap")) * time.Second)
				before := svc.Account().InFlight()
				switch rapid.IntRange(0, 2).Draw(t, "step") {
				case 0:
					svc.Start(context.Background(), invoke.Input{FunctionName: "f"}, func(*invoke.Output, error) {})
					synctest.Wait()
				case 1:
					lease, err := books.AcquireAt(time.Now())
					require.Equal(t, before == 5, err != nil)
					leases = append(leases, lease)
				case 2:
					for _, lease := range leases {
						lease.ReleaseAt(time.Now(), false)
					}
					freed := svc.Account().InFlight()
					for _, lease := range leases {
						lease.ReleaseAt(time.Now(), true)
					}
					require.Equal(t, freed, svc.Account().InFlight())
				}
				require.LessOrEqual(t, svc.Account().InFlight(), 5)
			}
			for _, lease := range leases {
				lease.ReleaseAt(time.Now(), false)
			}
			svc.Close()
			require.Zero(t, svc.Account().InFlight())
		})
	})
}
