package properties

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/destinations"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// target is a destination that may refuse what it gets.
func target(name string, err error) destinations.Target {
	return destinations.Func("arn:aws:sqs:us-east-1:123456789012:"+name, func(context.Context, destinations.Delivery) error { return err })
}

// shop deploys functions with every kind of setting: reserved concurrency, an event-invoke config, destinations that
// work and that do not, a dead-letter queue, versions, and an alias with weights.
func shop(t *rapid.T, svc *invoke.Service) {
	work := time.Duration(rapid.IntRange(1, 4000).Draw(t, "work")) * time.Millisecond
	cfg := Config("orders").Draw(t, "config")
	cfg.DeadLetter = target("dead", errors.New("denied"))
	lambdatest.Deploy(t, svc, cfg, lambdatest.Script(Script().Draw(t, "script"), work))
	async := EventInvokeConfig().Draw(t, "async")
	async.OnFailure, async.OnSuccess = target("failures", nil), target("successes", nil)
	must(t, svc.PutEventInvokeConfig("orders", async))
	if n := Reserved(3).Draw(t, "reserved"); n != nil {
		must(t, svc.PutFunctionConcurrency("orders", *n))
	}
	lambdatest.Deploy(t, svc, lambda.Config{Name: "mails", Timeout: 5 * time.Second}, lambdatest.Script(Script().Draw(t, "script"), work))
	_, err := svc.PublishVersion("mails")
	must(t, err)
	lambdatest.Deploy(t, svc, lambda.Config{Name: "mails"}, lambdatest.Script(Script().Draw(t, "script"), work))
	_, err = svc.PublishVersion("mails")
	must(t, err)
	must(t, svc.PutAlias("mails", "live", invoke.Routing{Version: "1", Additional: map[string]float64{"2": 0.5}}))
	must(t, svc.PutEventInvokeConfig("mails:live", EventInvokeConfig().Draw(t, "async")))
}

func must(t *rapid.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v", err)
	}
}

// reservedShop is a shop in which orders has concurrency of its own.
func reservedShop(t *rapid.T, svc *invoke.Service) {
	shop(t, svc)
	must(t, svc.PutFunctionConcurrency("orders", rapid.IntRange(1, 4).Draw(t, "reserved")))
}

func TestEveryEventEndsOnce(t *testing.T) { EveryEventEndsOnce(t, shop, Load{}) }

func TestRetriesObeyPolicy(t *testing.T) { RetriesObeyPolicy(t, shop, Load{}) }

func TestNoLimitExceeded(t *testing.T) {
	NoLimitExceeded(t, shop, Load{Account: concurrency.Options{Limit: 8, MinimumUnreserved: new(1)}})
}

func TestLawful(t *testing.T) { Lawful(t, shop, Load{}) }

func TestLawful_underAPolicyOfOnesOwn(t *testing.T) {
	quick := invoke.RetryPolicy{FunctionError: time.Second, Backoff: time.Millisecond, Jitter: 0.5}
	Lawful(t, shop, Load{Service: invoke.Options{RetryPolicy: quick}})
}

func TestReservedIsNeverStarved(t *testing.T) { ReservedIsNeverStarved(t, reservedShop, Load{}) }

func TestReservedIsNeverStarved_smallAccount(t *testing.T) {
	ReservedIsNeverStarved(t, reservedShop, Load{Account: concurrency.Options{Limit: 5, MinimumUnreserved: new(1)}})
}

func TestRefusedCallChangesNothing(t *testing.T) { RefusedCallChangesNothing(t, shop, Load{}) }

func TestRefusedCallChangesNothing_fullAccount(t *testing.T) {
	RefusedCallChangesNothing(t, shop, Load{Account: concurrency.Options{Limit: 3, MinimumUnreserved: new(0)}})
}

// A load goes where it is told to, and nowhere else.
func TestLoad_isPlayed(t *testing.T) {
	var tl lambdatest.Timeline
	NoLimitExceeded(t, shop, Load{
		Targets:  []string{"mails:live"},
		Payload:  rapid.Just([]byte(`{"n":1}`)),
		Gaps:     rapid.Just([]time.Duration{time.Second, time.Second}),
		Outcomes: rapid.Just("TT"),
		Service:  invoke.Options{Trace: tl.Trace},
	})
	throttled := tl.Of(trace.Throttled)
	require.NotEmpty(t, throttled)
	for _, e := range tl.Of(trace.Accepted, trace.Throttled) {
		require.Equal(t, "live", e.Qualifier)
		if e.Kind == trace.Accepted {
			require.Equal(t, 7, e.Size)
		}
	}
}

// Each law belongs to one property; those about event source mappings need one.
func TestLaws_areChecks(t *testing.T) {
	laws := slices.Concat(endLaws, retryLaws, limitLaws)
	for i, law := range laws {
		require.NotContains(t, laws[i+1:], law)
	}
	var known, left []string
	for _, c := range lambdatest.Checks() {
		if known = append(known, c.Name); !slices.Contains(laws, c.Name) {
			left = append(left, c.Name)
		}
	}
	require.Subset(t, known, laws)
	require.ElementsMatch(t, []string{
		"batches-are-answered", "only-polled-records", "discards-are-recorded", "checkpoints-never-fall", "one-batch-per-request",
		"batch-attempts", "batch-limits", "states-follow", "rest-is-silent",
	}, left)
}

// Properties that must fail, each in a process of its own.
var broken = map[string]struct {
	run  func(*testing.T)
	says string
}{
	"settings that do not hold": {func(t *testing.T) {
		EveryEventEndsOnce(t, func(t *rapid.T, svc *invoke.Service) {
			lambdatest.Deploy(t, svc, lambda.Config{Name: "f", DeadLetter: target("dead", nil)}, func(context.Context, *lambda.Environment) (lambda.Function, error) {
				svc.Deploy(lambda.Config{Name: "f"}, lambdatest.Script("F", 0)) // takes its dead-letter queue away
				return nil, errors.New("no")
			})
		}, Load{Targets: []string{"f"}, Outcomes: rapid.Just("")})
	}, "one-delivery-a-route"},
	"a function that raises its own limit": {func(t *testing.T) {
		NoLimitExceeded(t, func(t *rapid.T, svc *invoke.Service) {
			lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambda.Handler(func() error {
				time.Sleep(time.Second)
				return svc.DeleteFunctionConcurrency("f")
			}))
			must(t, svc.PutFunctionConcurrency("f", 1))
		}, Load{})
	}, "lambdatest: reserved-"},
	"retries raised on the way": {func(t *testing.T) {
		RetriesObeyPolicy(t, func(t *rapid.T, svc *invoke.Service) {
			lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambda.Handler(func() error {
				svc.DeleteEventInvokeConfig("f")
				return errors.New("no")
			}))
			must(t, svc.PutEventInvokeConfig("f", invoke.EventInvokeConfig{MaximumRetryAttempts: new(0)}))
		}, Load{})
	}, "runs-within-retries"},
	"a control that starves": {func(t *testing.T) {
		ReservedIsNeverStarved(t, func(t *rapid.T, svc *invoke.Service) {
			reservedShop(t, svc)
			svc.Control(lambdatest.Throttle)
		}, Load{})
	}, "reserved in use"},
	"nothing reserved": {func(t *testing.T) {
		ReservedIsNeverStarved(t, func(t *rapid.T, svc *invoke.Service) {
			lambdatest.Deploy(t, svc, lambda.Config{Name: "f"}, lambdatest.Script("S", 0))
		}, Load{})
	}, "no function has reserved concurrency"},
	"a refusal that is noted": {func(t *testing.T) {
		var svc *invoke.Service
		RefusedCallChangesNothing(t, func(t *rapid.T, s *invoke.Service) {
			shop(t, s)
			svc = s
		}, Load{Service: invoke.Options{Trace: func(e trace.Event) {
			if e.Kind == trace.Refused {
				svc.PutAlias("mails", "noted", invoke.Routing{Version: "1"})
			}
		}}})
	}, "but it changed"},
	"nothing deployed": {func(t *testing.T) { Lawful(t, func(*rapid.T, *invoke.Service) {}, Load{}) }, "nothing was deployed"},
	"a shared account": {func(t *testing.T) {
		Lawful(t, shop, Load{Service: invoke.Options{Account: concurrency.NewAccount(concurrency.Options{})}})
	}, "cases must not share them"},
}

func TestProperties_fail(t *testing.T) {
	if name := os.Getenv("BROKEN_PROPERTY"); name != "" {
		broken[name].run(t)
		return
	}
	for name, b := range broken {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.run=^TestProperties_fail$", "-rapid.nofailfile", "-rapid.shrinktime=50ms")
			cmd.Env = append(os.Environ(), "BROKEN_PROPERTY="+name)
			out, err := cmd.CombinedOutput()
			require.Error(t, err, "%s", out)
			require.Contains(t, string(out), b.says)
		})
	}
}
