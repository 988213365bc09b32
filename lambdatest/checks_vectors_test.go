package lambdatest_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda/trace"
	"github.com/lambdakit/lambdakit/lambdatest"
)

// vector is a row of AWS's behaviour for one asynchronous event: how each dispatch went and when it came, in seconds.
// S succeeds, F fails, H times out, each perhaps followed by the seconds it took; T is throttled, X a system error, N a
// lookup in vain.
type vector struct {
	row        string
	retries    int
	age        int // seconds
	script     string
	dispatches []int
	condition  string
	count, end int
}

var vectors = []vector{
	{"1", 2, 21600, "S", []int{0}, "Success", 1, 0},
	{"2", 2, 21600, "F F F", []int{0, 60, 180}, "RetriesExhausted", 3, 180},
	{"3", 0, 21600, "F", []int{0}, "RetriesExhausted", 1, 0},
	{"4", 1, 21600, "F F", []int{0, 60}, "RetriesExhausted", 2, 60},
	{"5", 2, 21600, "F S", []int{0, 60}, "Success", 1, 60},
	{"6", 2, 21600, "F F S", []int{0, 60, 180}, "Success", 1, 180},
	{"7", 2, 60, "F", []int{0}, "EventAgeExceeded", 1, 0},
	{"8", 2, 90, "F F", []int{0, 60}, "EventAgeExceeded", 2, 60},
	{"9", 2, 180, "F F", []int{0, 60}, "EventAgeExceeded", 2, 60},
	{"10", 2, 181, "F F F", []int{0, 60, 180}, "RetriesExhausted", 3, 180},
	{"11", 0, 60, "F", []int{0}, "RetriesExhausted", 1, 0},
	{"12", 2, 21600, "F5 F5 F5", []int{0, 65, 190}, "RetriesExhausted", 3, 195},
	{"13", 2, 21600, "H3 H3 H3", []int{0, 63, 186}, "RetriesExhausted", 3, 189},
	{"15", 2, 60, "S110", []int{0}, "Success", 1, 110},
	{"16", 2, 60, "F110", []int{0}, "EventAgeExceeded", 1, 110},
	{"17", 0, 60, "F110", []int{0}, "RetriesExhausted", 1, 110},
	{"18", 2, 21600, "", nil, "ZeroReservedConcurrency", 0, 0},
	{"20", 2, 21600, "T T S", []int{0, 1, 3}, "Success", 1, 3},
	{"21", 0, 21600, "T T F", []int{0, 1, 3}, "RetriesExhausted", 1, 3},
	{"22", 2, 60, "T T T T T T", []int{0, 1, 3, 7, 15, 31}, "EventAgeExceeded", 0, 31},
	{"24", 2, 21600, "X X S", []int{0, 1, 3}, "Success", 1, 3},
	{"25", 2, 21600, "F T T F F", []int{0, 60, 61, 63, 183}, "RetriesExhausted", 3, 183},
	{"26", 2, 21600, "T F T S", []int{0, 1, 61, 62}, "Success", 1, 62},
	{"27", 2, 120, "F T T T T T T", []int{0, 60, 61, 63, 67, 75, 91}, "EventAgeExceeded", 1, 91},
	{"28", 2, 21600, "T T T T T T S", []int{0, 1, 3, 7, 15, 31, 63}, "Success", 1, 63},
	{"32", 0, 21600, "N", []int{0}, "RetriesExhausted", 1, 0},
	{"33", 1, 21600, "N N", []int{0, 60}, "RetriesExhausted", 2, 60},
	{"34", 1, 21600, "F N", []int{0, 60}, "RetriesExhausted", 2, 60},
}

// row23 is throttled for six hours.
func row23() vector {
	v := vector{"23", 2, 21600, strings.TrimSpace(strings.Repeat("T ", 80)), nil, "EventAgeExceeded", 0, 21511}
	for at, wait := 0, 1; at <= 21511; at, wait = at+wait, min(2*wait, 300) {
		v.dispatches = append(v.dispatches, at)
	}
	return v
}

func (v vector) settings() lambdatest.Settings {
	return settings(v.retries, time.Duration(v.age)*sec, trace.OnSuccess, trace.OnFailure)
}

// play writes the vector's trace.
func (v vector) play() *story {
	var s story
	x := s.async(0, "f", "1")
	for i, step := range strings.Fields(v.script) {
		took, _ := strconv.Atoi(step[1:])
		at := time.Duration(v.dispatches[i]) * sec
		switch step[0] {
		case 'N':
			x.now = epoch.Add(at)
			x.base.Attempt++
			x.refuse(404, "ResourceNotFoundException")
			continue
		}
		x.dispatch(at)
		switch step[0] {
		case 'T':
			x.throttle()
		case 'X':
			x.refuse(500, "ServiceException")
		default:
			outcome := map[byte]string{'S': trace.Success, 'F': trace.Error, 'H': trace.Timeout}[step[0]]
			if x.runs == 0 {
				x.coldRun("a", 0, time.Duration(took)*sec, outcome, "")
			} else {
				x.run("a", time.Duration(took)*sec, outcome, "")
			}
		}
	}
	route := trace.OnFailure
	if v.condition == "Success" {
		route = trace.OnSuccess
	}
	x.end(v.condition, route)
	return &s
}

func TestVectorsAreLawful(t *testing.T) {
	require.Len(t, row23().dispatches, 80)
	for _, v := range append(vectors, row23()) {
		t.Run("row "+v.row, func(t *testing.T) {
			tl := v.play().timeline()
			require.NoError(t, tl.Check(v.settings()))
			end := tl.Of(trace.Ended)[0]
			require.Equal(t, time.Duration(v.end)*sec, end.Time.Sub(epoch))
			require.Equal(t, v.count, end.Count)
		})
	}
}

// Whatever is changed about a vector, some law notices.
func TestVectorsAreTheOnlyLawfulWay(t *testing.T) {
	changes := map[string]func(v *vector, s *lambdatest.Settings) []trace.Event{
		"a second later": func(v *vector, _ *lambdatest.Settings) []trace.Event {
			if len(v.dispatches) < 2 {
				return nil
			}
			return later(v.play(), 1, sec)
		},
		"another condition": func(v *vector, _ *lambdatest.Settings) []trace.Event {
			return with(v.play(), trace.Ended, func(e *trace.Event) {
				if e.Detail == "Success" {
					e.Detail = "EventAgeExceeded"
				} else {
					e.Detail = "Success"
				}
			})
		},
		"another count": func(v *vector, _ *lambdatest.Settings) []trace.Event {
			return with(v.play(), trace.Ended, func(e *trace.Event) { e.Count++ })
		},
		"no delivery": func(v *vector, _ *lambdatest.Settings) []trace.Event { return without(v.play(), trace.Delivered) },
		"fewer retries": func(v *vector, s *lambdatest.Settings) []trace.Event {
			if strings.Count(v.script, "F")+strings.Count(v.script, "H")+strings.Count(v.script, "N") < 1+v.retries {
				return nil
			}
			s.Async.MaximumRetryAttempts = new(v.retries - 1)
			return v.play().events
		},
	}
	for name, f := range changes {
		for _, v := range append(vectors, row23()) {
			s := v.settings()
			if events := f(&v, &s); events != nil {
				require.Error(t, (&story{events: events}).timeline().Check(s), "%s, row %s", name, v.row)
			}
		}
	}
}
