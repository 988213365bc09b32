// Cron runs a function every night, as an EventBridge rule does: cron(30 2 * * ? *) is half past two, UTC.
//
//	go run ./examples/cron
//
// The program runs in real time, so it does not wait for the night: it says when the rule would fire next, works one
// schedule out across a change of clocks, and lets EventBridge Scheduler fire the same function once, two seconds from
// now. The test beside it runs a whole month of nights in virtual time, and takes a millisecond.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/trigger/eventbridge"
	"github.com/lambdakit/lambdakit/trigger/eventbridge/schedule"
)

// nightly is when the report is made.
const nightly = "cron(30 2 * * ? *)"

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "cron:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, w io.Writer) error {
	made := &reports{w: w}
	svc := invoke.New(invoke.Options{})
	defer svc.Close()
	bus, err := deploy(svc, made)
	if err != nil {
		return err
	}
	defer bus.Close()
	next, _ := bus.NextFiring("nightly")
	fmt.Fprintf(w, "The rule %s fires next at %s.\n", nightly, next.UTC().Format(time.DateTime))
	if err := clocks(w); err != nil {
		return err
	}
	return once(ctx, w, svc, made)
}

// reports is what the function has made: the days that it was called for.
type reports struct {
	w    io.Writer
	mu   sync.Mutex
	days []string
	made chan struct{} // tells who waits for a report; nil for nobody
}

// handler is the function as it would be deployed. Its event is the same from a rule and, but for its source, from a
// schedule.
func (r *reports) handler(_ context.Context, e events.EventBridgeEvent) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.days = append(r.days, e.Time.Format(time.DateOnly))
	fmt.Fprintf(r.w, "report of %s, asked for by %s\n", e.Time.Format(time.DateOnly), e.Source)
	select {
	case r.made <- struct{}{}:
	default: // nobody waits
	}
	return nil
}

// deploy deploys the function and makes the rule.
func deploy(svc *invoke.Service, made *reports) (*eventbridge.Bus, error) {
	if err := svc.Deploy(lambda.Config{Name: "report"}, lambda.Handler(made.handler)); err != nil {
		return nil, err
	}
	bus, err := eventbridge.New(eventbridge.DefaultBus, eventbridge.Options{Invoker: svc})
	if err != nil {
		return nil, err
	}
	if _, err := bus.PutRule(eventbridge.Rule{Name: "nightly", ScheduleExpression: nightly}); err != nil {
		return nil, err
	}
	return bus, bus.PutTargets("nightly", eventbridge.Target{ID: "report", Function: "report"})
}

// clocks works out the same time of day in New York, over the night in 2026 that has no half past two.
func clocks(w io.Writer) error {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		return err
	}
	plan := schedule.Plan{Expression: schedule.MustParse(nightly), Location: zone}
	at := time.Date(2026, 3, 6, 12, 0, 0, 0, zone)
	fmt.Fprintln(w, "In New York, the clocks skip it on 8 March 2026:")
	for range 3 {
		at, _ = plan.Next(at)
		fmt.Fprintln(w, " ", at.Format(time.RFC1123Z))
	}
	return nil
}

// once has a schedule fire two seconds from now.
func once(ctx context.Context, w io.Writer, svc *invoke.Service, made *reports) error {
	made.mu.Lock()
	made.made = make(chan struct{}, 1)
	made.mu.Unlock()
	scheduler := eventbridge.NewScheduler(eventbridge.Options{Invoker: svc})
	defer scheduler.Close()
	at := time.Now().UTC().Add(2 * time.Second)
	if at.Second() == 0 { // a whole minute may be any second of the minute
		at = at.Add(time.Second)
	}
	_, err := scheduler.CreateSchedule(eventbridge.Schedule{
		Name: "now", ScheduleExpression: at.Format("at(2006-01-02T15:04:05)"),
		ActionAfterCompletion: eventbridge.DeleteSchedule, Target: eventbridge.ScheduleTarget{Function: "report"},
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "Once, in two seconds of real time:")
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	select {
	case <-made.made:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
