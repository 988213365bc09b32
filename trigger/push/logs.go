package push

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/lambdakit/lambdakit/internal/backoff"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/trigger/internal/redeliver"
)

// LogGroup is a group of CloudWatch Logs with its subscription filters. Log events that match a filter go to its
// function, compressed, all of one call in as few events as fit.
//
// When Lambda refuses for a time the events are sent again for up to 24 hours. When it refuses for good, because the
// function or the permission is gone, the filter is off for ten minutes and what is logged meanwhile does not reach
// the function. As long as nothing fails, events arrive in the order in which they were put.
//
// It is safe for concurrent use, and has a timer only while events wait to be sent again.
type LogGroup struct {
	name string
	line *line
	sent redeliver.Queue

	mu      sync.Mutex
	filters []*subscription // replaced, never changed
	logged  uint64
}

// SubscriptionFilter sends the events of a group that match a pattern to a function.
type SubscriptionFilter struct {
	// Name is 1 to 512 characters without : and *.
	Name string
	// FilterPattern is "" for all events, or terms: ERROR, "disk full", -Exit, ?ERROR ?WARN. See the package comment for
	// what is refused.
	FilterPattern string
	// Function is a function's name or ARN (wire name destinationArn).
	Function string

	_ struct{}
}

// LogEvent is one event to log.
type LogEvent struct {
	Timestamp time.Time // with milliseconds; zero is now
	Message   string
}

// The bounds of groups.
const (
	maxFilters    = 2
	maxFilterName = 512
	// filterOff is how long a filter is off after Lambda refused for good: up to 10 minutes, taken as 10.
	filterOff = 10 * time.Minute
)

// The delays between tries; AWS tells only the 24 hours.
const (
	firstLogRetry = time.Second
	lastLogRetry  = 5 * time.Minute
	logRetryPart  = 0.1
)

// subscription is a filter at work. The group's mutex guards off.
type subscription struct {
	set     SubscriptionFilter
	pattern filterPattern
	off     time.Time // until when it does not work
}

// NewLogGroup makes a group.
func NewLogGroup(name string, o Options) (*LogGroup, error) {
	if name == "" || len(name) > 512 {
		return nil, ErrInvalidParameter.because("A log group's name has 1 to 512 characters.")
	}
	l, err := newLine(logs, o.Identity.ARN("logs", "log-group:"+name+":*"), &o)
	if err != nil {
		return nil, err
	}
	g := &LogGroup{name: name, line: l}
	g.sent.Source, g.sent.Seed, g.sent.Trace = l.source, o.Seed, o.Trace
	return g, nil
}

// ARN is the group's ARN, with the :* behind it that policies have.
func (g *LogGroup) ARN() string { return g.line.source }

// PutSubscriptionFilter adds a filter, or replaces the one of that name; a group has at most two. It asks Lambda whether
// CloudWatch Logs may call the function. An [*Error] says why it was refused; nothing has changed then.
func (g *LogGroup) PutSubscriptionFilter(ctx context.Context, set SubscriptionFilter) error {
	if set.Name == "" || utf8.RuneCountInString(set.Name) > maxFilterName || strings.ContainsAny(set.Name, ":*") {
		return ErrInvalidParameter.because("A subscription filter's name has 1 to 512 characters, and neither : nor *.")
	}
	pattern, reason := parsePattern(set.FilterPattern)
	if reason != "" {
		return ErrInvalidParameter.because("Invalid filter pattern: not supported: " + reason)
	}
	var err error
	if set.Function, err = g.line.functionARN(set.Function); err != nil {
		return err
	}
	if err := g.mayInvoke(ctx, set.Function); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	made, list := &subscription{set: set, pattern: pattern}, slices.Clone(g.filters)
	switch i := g.find(set.Name); {
	case i >= 0:
		list[i] = made
	case len(list) == maxFilters:
		return ErrLimitExceeded.because("Resource limit exceeded.")
	default:
		list = append(list, made)
	}
	g.filters = list
	return nil
}

// mayInvoke asks Lambda, and says what it answers in CloudWatch Logs' words.
func (g *LogGroup) mayInvoke(ctx context.Context, function string) error {
	if arn, _ := lambda.ParseARN(function); arn.Account != g.line.identity.Account {
		return ErrAccessDenied.because("Cross-account lambda invocation passing is not allowed. You must use DestinationPolicies to create cross account lambda triggers.")
	}
	err := g.line.probe(ctx, function)
	if redeliver.Classify(err) == redeliver.ClientError {
		return ErrInvalidParameter.over("Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.", err)
	}
	return err
}

// find is where a filter is, -1 for nowhere. g.mu is held.
func (g *LogGroup) find(name string) int {
	return slices.IndexFunc(g.filters, func(s *subscription) bool { return s.set.Name == name })
}

// DeleteSubscriptionFilter deletes a filter. What waits to be sent again is sent.
func (g *LogGroup) DeleteSubscriptionFilter(name string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := g.find(name)
	if i < 0 {
		return ErrResourceNotFound.because("The specified subscription filter does not exist.")
	}
	g.filters = slices.Delete(slices.Clone(g.filters), i, i+1)
	return nil
}

// PutLogEvents logs events to a stream of the group and sends them to the functions of the filters that they match. When
// it returns, each function has been tried once.
func (g *LogGroup) PutLogEvents(stream string, events ...LogEvent) {
	now := time.Now()
	g.mu.Lock()
	list := make([]logEvent, len(events))
	for i, e := range events {
		g.logged++
		at := e.Timestamp
		if at.IsZero() {
			at = now
		}
		ms := at.UnixMilli()
		list[i] = logEvent{logEventID(g.line.seed, g.logged, ms), ms, e.Message}
	}
	filters := g.filters
	g.mu.Unlock()
	for _, s := range filters {
		matching := slices.DeleteFunc(slices.Clone(list), func(e logEvent) bool { return !s.pattern.matches(e.message) })
		for _, batch := range batches(matching) {
			if g.isOff(s, now) {
				g.skip(s, len(batch), now)
				continue
			}
			g.push(s, logsMessage("DATA_MESSAGE", g.line.identity.Account, g.name, stream, []string{s.set.Name}, batch))
		}
	}
}

// Probe sends a CONTROL_MESSAGE to the function of a filter, as CloudWatch Logs does to see whether a destination can be
// reached. It has no log of the group's; functions must pass over it.
func (g *LogGroup) Probe(filter string) error {
	now := time.Now()
	g.mu.Lock()
	filters, i := g.filters, g.find(filter)
	g.mu.Unlock()
	if i < 0 {
		return ErrResourceNotFound.because("The specified subscription filter does not exist.")
	}
	g.push(filters[i], logsMessage("CONTROL_MESSAGE", "CloudwatchLogs", "", "", []string{}, []logEvent{
		{"", now.UnixMilli(), "CWL CONTROL MESSAGE: Checking health of destination Lambda."},
	}))
	return nil
}

func (g *LogGroup) isOff(s *subscription, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return now.Before(s.off)
}

// skip traces events that a filter passes over because it is off.
func (g *LogGroup) skip(s *subscription, n int, now time.Time) {
	if g.line.trace != nil {
		g.line.trace(trace.Event{
			Kind: trace.Discarded, Time: now, Source: g.line.source, Target: s.set.Function, Count: n,
			Detail: "subscription filter " + s.set.Name + " is off",
		})
	}
}

// push sends a document to a filter's function.
func (g *LogGroup) push(s *subscription, document []byte) {
	payload := logsPayload(document)
	g.sent.Push(redeliver.Event{
		Target: s.set.Function, Rule: g.line.row.logRule,
		Try: func(ctx context.Context) error {
			_, err := g.line.invoke(ctx, invoke.Input{FunctionName: s.set.Function, InvocationType: invoke.Event, Payload: payload})
			if errors.Is(err, lambda.ErrAccessDenied) || errors.Is(err, lambda.ErrResourceNotFound) {
				g.mu.Lock()
				s.off = time.Now().Add(filterOff)
				g.mu.Unlock()
			}
			return err
		},
	})
}

// logRule says whether a batch is sent again.
func (p *Producer) logRule(f redeliver.Failure) (time.Duration, bool) {
	delay := f.Spread(backoff.Doubling(firstLogRetry, lastLogRetry, f.Tries), logRetryPart)
	return delay, f.Class != redeliver.ClientError && f.Age+delay <= p.Redelivers
}

// Pending is how many batches wait to be sent again.
func (g *LogGroup) Pending() int { return g.sent.Pending() }

// Wait waits until none does, or ctx is done.
func (g *LogGroup) Wait(ctx context.Context) error { return g.sent.Wait(ctx) }

// Close drops what waits to be sent again and traces it as lost.
func (g *LogGroup) Close() { g.sent.Close() }
