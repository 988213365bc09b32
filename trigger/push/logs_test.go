package push_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
	"github.com/lambdakit/lambdakit/trigger/push"
)

// document is the text inside an awslogs event.
func document(t require.TestingT, payload string) string {
	data, err := base64.StdEncoding.DecodeString(member(t, payload, "awslogs", "data"))
	require.NoError(t, err)
	z, err := gzip.NewReader(bytes.NewReader(data))
	require.NoError(t, err)
	text, err := io.ReadAll(z)
	require.NoError(t, err)
	return string(text)
}

func logGroup(t require.TestingT, f *fakeLambda, trace trace.Func, filters ...push.SubscriptionFilter) *push.LogGroup {
	g, err := push.NewLogGroup("/app", push.Options{Invoker: f, Trace: trace})
	require.NoError(t, err)
	for _, filter := range filters {
		filter.Function = "f"
		require.NoError(t, g.PutSubscriptionFilter(context.Background(), filter))
	}
	return g
}

// Invariant 18: what is inside is valid JSON, and all calls one after the other have the matching events, once each, in
// order.
func TestInvariant18(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fake := &fakeLambda{}
		pattern := rapid.SampledFrom([]string{"", "a", `"b c"`, "-a", "?a ?b"}).Draw(t, "pattern")
		g := logGroup(t, fake, nil, push.SubscriptionFilter{Name: "s", FilterPattern: pattern})
		matches := func(m string) bool {
			a, b := strings.Contains(m, "a"), strings.Contains(m, "b")
			return map[string]bool{"": true, "a": a, `"b c"`: strings.Contains(m, "b c"), "-a": !a, "?a ?b": a || b}[pattern]
		}
		var want []string
		for range rapid.IntRange(1, 4).Draw(t, "puts") {
			var list []push.LogEvent
			for range rapid.IntRange(0, 20).Draw(t, "events") {
				m := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"a", "b c", "xbx", ""})).Draw(t, "message")
				if rapid.IntRange(0, 30).Draw(t, "big") == 0 {
					m += strings.Repeat("z", 200<<10)
				}
				list = append(list, push.LogEvent{Timestamp: time.UnixMilli(rapid.Int64Range(0, 1<<41).Draw(t, "time")), Message: m})
				if matches(m) {
					want = append(want, m)
				}
			}
			g.PutLogEvents("stream", list...)
		}
		var got []string
		ids := map[string]bool{}
		for _, in := range fake.real() {
			require.LessOrEqual(t, len(in.Payload), lambda.MaxEventPayload)
			require.True(t, json.Valid([]byte(document(t, string(in.Payload)))))
			var e events.CloudwatchLogsEvent
			require.NoError(t, json.Unmarshal(in.Payload, &e))
			data, err := e.AWSLogs.Parse()
			require.NoError(t, err)
			require.NotEmpty(t, data.LogEvents, "no call without events")
			for _, l := range data.LogEvents {
				got = append(got, l.Message)
				require.Len(t, l.ID, 56)
				require.False(t, ids[l.ID])
				ids[l.ID] = true
			}
		}
		require.Equal(t, want, got)
	})
}

// Invariant 21: even what does not compress fits into an asynchronous invocation.
func TestInvariant21(t *testing.T) {
	fake := &fakeLambda{}
	g := logGroup(t, fake, nil, push.SubscriptionFilter{Name: "s"})
	noise := make([]byte, 1<<20)
	state := uint32(1)
	for i := range noise {
		state = state*1664525 + 1013904223
		noise[i] = 32 + byte(state>>24)%95 // all printable characters, in no order
	}
	var list []push.LogEvent
	for i := 0; i < len(noise); i += 256 << 10 {
		list = append(list, push.LogEvent{Message: string(noise[i : i+256<<10])})
	}
	g.PutLogEvents("s", list...)
	calls := fake.real()
	require.Len(t, calls, 2)
	for _, in := range calls {
		require.LessOrEqual(t, len(in.Payload), lambda.MaxEventPayload)
		require.Greater(t, len(in.Payload), 400<<10, "noise does not compress")
	}
}

// Very many very short events do not fit into one call either: each has an id that does not compress.
func TestManyShortLogEvents(t *testing.T) {
	const n = 150_000
	fake := &fakeLambda{}
	g := logGroup(t, fake, nil, push.SubscriptionFilter{Name: "s"})
	g.PutLogEvents("s", slices.Repeat([]push.LogEvent{{Message: "m"}}, n)...)
	got := 0
	for _, in := range fake.real() {
		require.LessOrEqual(t, len(in.Payload), lambda.MaxEventPayload)
		got += strings.Count(document(t, string(in.Payload)), `"message":"m"`)
	}
	require.Equal(t, n, got)
}

// An event without a time has the time at which it is put.
func TestLogEventTime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := &fakeLambda{}
		g := logGroup(t, fake, nil, push.SubscriptionFilter{Name: "s"})
		time.Sleep(1500 * time.Millisecond)
		g.PutLogEvents("s", push.LogEvent{Message: "now"}, push.LogEvent{Timestamp: time.UnixMilli(7), Message: "then"}, push.LogEvent{Timestamp: time.UnixMilli(-7), Message: "before"})
		var e events.CloudwatchLogsEvent
		require.NoError(t, json.Unmarshal([]byte(fake.last()), &e))
		data, err := e.AWSLogs.Parse()
		require.NoError(t, err)
		for i, want := range []int64{time.Now().UnixMilli(), 7, -7} {
			require.Equal(t, want, data.LogEvents[i].Timestamp)
			require.Regexp(t, `^[0-9]{56}$`, data.LogEvents[i].ID)
		}
	})
}

func TestLogsRetry(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var s steps
		fake := &fakeLambda{}
		g := logGroup(t, fake, s.trace, push.SubscriptionFilter{Name: "s"})
		fake.answer = refusing(throttle)
		start := time.Now()
		g.PutLogEvents("s", push.LogEvent{Message: "m"})
		require.Equal(t, 1, g.Pending())
		require.NoError(t, g.Wait(t.Context()))
		require.Greater(t, time.Since(start), 23*time.Hour)
		require.LessOrEqual(t, time.Since(start), 24*time.Hour)
		failed := s.of(trace.PushFailed)
		require.Greater(t, len(failed), 280)
		require.True(t, failed[len(failed)-1].Due.IsZero())
		require.Equal(t, "TooManyRequestsException", failed[0].Code)
		require.Equal(t, g.ARN(), failed[0].Source)

		// The filter stays on: the next events get through.
		fake.answer = nil
		g.PutLogEvents("s", push.LogEvent{Message: "m"})
		require.Len(t, s.of(trace.Pushed), 1)
		require.Empty(t, s.of(trace.Discarded))
	})
}

// A function or permission that is gone switches the filter off for ten minutes; what is logged meanwhile is passed over.
func TestLogsFilterGoesOff(t *testing.T) {
	for _, refusal := range []error{denied, notFound} {
		t.Run(refusal.(*lambda.Error).Code, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var s steps
				fake := &fakeLambda{}
				g := logGroup(t, fake, s.trace, push.SubscriptionFilter{Name: "s"}, push.SubscriptionFilter{Name: "errors", FilterPattern: "ERROR"})
				fake.answer = refusing(refusal)
				g.PutLogEvents("s", push.LogEvent{Message: "m"})
				fake.answer = nil
				require.Zero(t, g.Pending())
				lambdatest.Advance(10*time.Minute - time.Second)
				before := len(fake.real())
				g.PutLogEvents("s", push.LogEvent{Message: "x"}, push.LogEvent{Message: "y"})
				require.Len(t, fake.real(), before)
				require.Len(t, s.of(trace.Discarded), 1)
				require.Equal(t, 2, s.of(trace.Discarded)[0].Count)
				g.PutLogEvents("s", push.LogEvent{Message: "ERROR"})
				require.Len(t, fake.real(), before+1, "the other filter works")
				lambdatest.Advance(time.Second)
				g.PutLogEvents("s", push.LogEvent{Message: "z"})
				require.Len(t, fake.real(), before+2)
			})
		})
	}
}

func TestLogsClose(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var s steps
		fake := &fakeLambda{}
		g := logGroup(t, fake, s.trace, push.SubscriptionFilter{Name: "s"})
		fake.answer = refusing(throttle)
		g.PutLogEvents("s", push.LogEvent{Message: "m"})
		g.Close()
		require.Len(t, s.of(trace.Lost), 1)
		require.Zero(t, g.Pending())
	})
}

func TestFilterPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern       string
		takes, leaves []string
	}{
		{"", []string{"", "anything"}, nil},
		{"  ", []string{"anything"}, nil},
		{"ERROR", []string{"[ERROR] x", "ERROR"}, []string{"error", ""}},
		{"ERROR disk", []string{"disk ERROR"}, []string{"ERROR", "disk"}},
		{`"disk full"`, []string{"the disk full!"}, []string{"full disk"}},
		{`ERROR -Exit`, []string{"ERROR"}, []string{"ERROR Exit"}},
		{`ERROR -"Exit code"`, []string{"ERROR Exit"}, []string{"ERROR Exit code 1"}},
		{`?ERROR ?WARN`, []string{"ERROR", "WARN"}, []string{"INFO"}},
		{`"a \"b\" \\"`, []string{`a "b" \`}, []string{`a b`}},
		{`"a"b`, []string{"ab", "b a"}, []string{"a"}},
	} {
		t.Run(c.pattern, func(t *testing.T) {
			fake := &fakeLambda{}
			g := logGroup(t, fake, nil, push.SubscriptionFilter{Name: "s", FilterPattern: c.pattern})
			for _, m := range c.takes {
				before := len(fake.real())
				g.PutLogEvents("s", push.LogEvent{Message: m})
				require.Len(t, fake.real(), before+1, m)
			}
			for _, m := range c.leaves {
				before := len(fake.real())
				g.PutLogEvents("s", push.LogEvent{Message: m})
				require.Len(t, fake.real(), before, m)
			}
		})
	}
	g := logGroup(t, &fakeLambda{}, nil)
	for pattern, names := range map[string]string{
		`{ $.level = "ERROR" }`: "JSON", "[ip, user]": "space-delimited", "%ERR[0-9]%": "regular expressions",
		`"open`: "quote", `-`: "empty term", `""`: "empty term", "?a b": "? together", "?a -b": "? together", "-?": "",
	} {
		err := g.PutSubscriptionFilter(t.Context(), push.SubscriptionFilter{Name: "s", FilterPattern: pattern, Function: "f"})
		if names == "" {
			require.NoError(t, err, pattern) // a question mark may be what is looked for
			continue
		}
		require.ErrorIs(t, err, push.ErrInvalidParameter, pattern)
		require.Contains(t, err.Error(), names)
	}
}

func TestLogsRefuses(t *testing.T) {
	for _, name := range []string{"", strings.Repeat("g", 513)} {
		_, err := push.NewLogGroup(name, options(&fakeLambda{}))
		require.ErrorIs(t, err, push.ErrInvalidParameter)
		g := logGroup(t, &fakeLambda{}, nil)
		require.ErrorIs(t, g.PutSubscriptionFilter(t.Context(), push.SubscriptionFilter{Name: name, Function: "f"}), push.ErrInvalidParameter)
	}
	for _, name := range []string{"a:b", "a*", strings.Repeat("ü", 513)} {
		g := logGroup(t, &fakeLambda{}, nil)
		require.ErrorIs(t, g.PutSubscriptionFilter(t.Context(), push.SubscriptionFilter{Name: name, Function: "f"}), push.ErrInvalidParameter, name)
	}
	require.NoError(t, logGroup(t, &fakeLambda{}, nil).PutSubscriptionFilter(t.Context(), push.SubscriptionFilter{Name: strings.Repeat("ü", 512), Function: "f"}))
	_, err := push.NewLogGroup("g", push.Options{})
	require.ErrorIs(t, err, push.ErrInvalidParameter)
	g := logGroup(t, &fakeLambda{}, nil)
	require.ErrorIs(t, g.PutSubscriptionFilter(t.Context(), push.SubscriptionFilter{Name: "s", Function: "a b"}), push.ErrInvalidParameter)
}

// With a policy for the service as a whole and not for the Region's, the second principal gets through.
func TestLogsPrincipals(t *testing.T) {
	fake := &fakeLambda{answer: func(_ context.Context, _ int, in invoke.Input) (*invoke.Output, error) {
		if in.Caller.Principal != "logs.amazonaws.com" {
			return nil, denied
		}
		return nil, nil
	}}
	g := logGroup(t, fake, nil, push.SubscriptionFilter{Name: "s"})
	g.PutLogEvents("s", push.LogEvent{Message: "m"})
	require.Len(t, fake.real(), 2)
	require.Equal(t, "logs.us-east-1.amazonaws.com", fake.real()[0].Caller.Principal)
}

func FuzzFilterPattern(f *testing.F) {
	for _, seed := range []string{"", "ERROR -Exit", `?a ?"b c"`, `"\"`, "{ $.a = 1 }", "-", "a\"b"} {
		f.Add(seed, "ERROR a b c")
	}
	f.Fuzz(func(t *testing.T, pattern, message string) {
		fake := &fakeLambda{}
		g, err := push.NewLogGroup("g", options(fake))
		require.NoError(t, err)
		if err := g.PutSubscriptionFilter(t.Context(), push.SubscriptionFilter{Name: "s", FilterPattern: pattern, Function: "f"}); err != nil {
			require.ErrorIs(t, err, push.ErrInvalidParameter)
			return
		}
		g.PutLogEvents("s", push.LogEvent{Message: message})
		for _, in := range fake.real() {
			require.True(t, json.Valid([]byte(document(t, string(in.Payload)))))
		}
	})
}

// Whatever Lambda answers, each log event that matches reaches the function once, or is traced as passed over, or as given
// up.
func TestLogsNothingIsLost(t *testing.T) {
	answers := []error{nil, nil, nil, throttle, lambda.NewError("ServiceException", ""), denied, notFound}
	rapid.Check(t, func(t *rapid.T) {
		script := rapid.SliceOfN(rapid.SampledFrom(answers), 1, 20).Draw(t, "answers")
		pauses := rapid.SliceOfN(rapid.IntRange(0, 15), 1, 12).Draw(t, "minutes")
		rapid.SyncTest(t, func(t *rapid.T) {
			var s steps
			arrived := map[string]int{}
			fake := &fakeLambda{}
			g := logGroup(t, fake, s.trace, push.SubscriptionFilter{Name: "s"})
			tries := 0
			fake.answer = func(_ context.Context, _ int, in invoke.Input) (*invoke.Output, error) {
				if in.Caller.Principal == "logs.amazonaws.com" {
					return nil, denied // the Region's own principal was asked before, and denied too
				}
				tries++
				if err := script[tries%len(script)]; err != nil {
					return nil, err
				}
				var e events.CloudwatchLogsEvent
				require.NoError(t, json.Unmarshal(in.Payload, &e))
				data, err := e.AWSLogs.Parse()
				require.NoError(t, err)
				for _, l := range data.LogEvents {
					arrived[l.Message]++
				}
				return nil, nil
			}
			for i, minutes := range pauses {
				g.PutLogEvents("s", push.LogEvent{Message: string(rune('a' + i))})
				lambdatest.Advance(time.Duration(minutes) * time.Minute)
			}
			require.NoError(t, g.Wait(context.Background()))
			givenUp := 0
			for _, e := range s.of(trace.PushFailed) {
				if e.Due.IsZero() {
					givenUp++
				}
			}
			require.Equal(t, len(pauses), len(arrived)+givenUp+len(s.of(trace.Discarded)))
			for message, n := range arrived {
				require.Equal(t, 1, n, message)
			}
		})
	})
}
