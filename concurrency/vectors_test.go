package concurrency_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/concurrency"
)

// elsewhere lists the vectors, or the parts of them, that need more than the accountant.
var elsewhere = map[int]string{
	14: "the 202 of an Event call and its ZeroReservedConcurrency record belong to the asynchronous queue",
	15: "the 202 and the requeueing of Event B belong to the asynchronous queue",
	19: "which versions an alias points at, and so this 409, is known to the registry",
	20: "which versions an alias points at, and so this 409, is known to the registry",
	21: "the 404 for the config of the bare version belongs to the registry, which knows qualifiers",
	48: "retries inside the visibility lease belong to the SQS pollers",
	49: "alias weights belong to the registry",
}

const (
	tooMuchReserved    = "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100]."
	tooMuchProvisioned = "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100]."
	aboveReserved      = "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function"
)

var vectors = []struct {
	row  int
	play func(t *testing.T)
}{
	{1, func(t *testing.T) {
		w := orangeAndBlue(t)
		require.Equal(t, 200, w.unreservedCap())
	}},
	{2, func(t *testing.T) {
		w := orangeAndBlue(t)
		w.do("+420 orange", "400 R c, 20 !RC")
	}},
	{3, func(t *testing.T) {
		w := orangeAndBlue(t)
		w.do("+420 orange", "400 R c, 20 !RC")
		w.do("+150 x", "150 U c")
		w.do("+90 y", "50 U c, 40 !CC") // blue's idle 400 are of no use to y
	}},
	{4, func(t *testing.T) {
		w := orangeAndBlue(t)
		w.do("+420 orange", "400 R c, 20 !RC")
		w.do("+150 x", "150 U c")
		w.do("+90 y", "50 U c, 40 !CC")
		w.do("-50 orange", "")
		w.do("+10 orange", "10 R w")
		w.do("+1 x", "1 !CC")
	}},
	{5, func(t *testing.T) { orangeProvisioned(t) }},
	{6, func(t *testing.T) {
		w := orangeProvisioned(t)
		w.do("+520 x", "500 U c, 20 !CC")
		require.Equal(t, 1000, w.account.InFlight())
	}},
	{7, func(t *testing.T) {
		w := orangeProvisioned(t)
		w.do("+520 x", "500 U c, 20 !CC")
		w.do("-10 orange@1 PC", "")
		w.do("+1 x", "1 !CC")
		w.do("+1 orange@1", "1 PC w")
	}},
	{8, func(t *testing.T) {
		w := reservedAndProvisioned(t)
		w.do("+450 orange@1", "200 PC w, 200 R c, 50 !RC")
	}},
	{9, func(t *testing.T) {
		w := reservedAndProvisioned(t)
		w.do("+450 orange@1", "200 PC w, 200 R c, 50 !RC")
		w.do("+650 x", "600 U c, 50 !CC")
	}},
	{10, func(t *testing.T) {
		w := reservedAndProvisioned(t)
		w.do("+250 orange", "200 R c, 50 !RC")
	}},
	{11, func(t *testing.T) {
		w := reservedAndProvisioned(t)
		w.do("+250 orange", "200 R c, 50 !RC")
		w.do("+210 orange@1", "200 PC w, 10 !RC")
	}},
	{12, func(t *testing.T) {
		w := newWorld(t, concurrency.Options{})
		require.Empty(t, w.reserve("f", 1))
		w.do("+1 f", "1 R c")
		w.do("-1 f", "")
	}},
	{13, func(t *testing.T) {
		w := newWorld(t, concurrency.Options{})
		require.Empty(t, w.reserve("f", 1))
		w.do("+1 f", "1 R c")
		w.do("-1 f", "")
		w.ready("f@1", 1)
		w.do("+1 f", "1 !RC")
		w.do("+1 f@1", "1 PC w")
		w.do("+1 f", "1 !RC")
	}},
	{14, func(t *testing.T) {
		w := newWorld(t, concurrency.Options{})
		require.Empty(t, w.reserve("f", 0))
		w.do("+1 f", "1 !RC")
		_, err := w.version("f").AcquireAt(w.now())
		var refused *concurrency.ThrottleError
		require.ErrorAs(t, err, &refused)
		require.Equal(t, concurrency.CauseOff, refused.Cause())
	}},
	{15, func(t *testing.T) {
		w := newWorld(t, concurrency.Options{})
		require.Empty(t, w.reserve("f", 1))
		w.do("+1 f", "1 R c") // A
		w.do("+1 f", "1 !RC") // B, which is requeued
		w.do("+1 f", "1 !RC") // the synchronous call
		require.Empty(t, w.reserve("f", 3))
		w.do("+1 f", "1 R c")
		w.do("+1 f", "1 R c") // B
	}},
	{16, func(t *testing.T) {
		w := newWorld(t, concurrency.Options{})
		w.ready("f@1", 1)
		w.do("+1 f@1", "1 PC w")
		w.do("+1 f@1", "1 U c")
		require.True(t, w.held["f@1"][1].Spillover)
		require.False(t, w.held["f@1"][0].Spillover)
	}},
	{17, func(t *testing.T) {
		w := newWorld(t, concurrency.Options{})
		require.Empty(t, w.provision("f@1", 400))
		require.Equal(t, 600, w.unreservedCap())
		w.do("+5 f@1", "5 U c")

		request, ok := w.version("f@1").HoldProvisioned()
		require.True(t, ok)
		require.True(t, w.version("f@1").FailProvisionedAt(w.now(), request, concurrency.FunctionErrorInitFailure))
		w.at = time.Hour
		require.Equal(t, 600, w.unreservedCap())
		w.do("+5 f@1", "5 U c")
	}},
	{18, func(t *testing.T) {
		w := liveAlias(t)
		w.do("+2 f@live", "1 PC w, 1 U c")
		w.do("+1 f", "1 U c")
	}},
	{21, func(t *testing.T) {
		w := liveAlias(t)
		require.NoError(t, w.version("f@1").MoveProvisionedAt(w.now(), w.version("f@2")))
		p, _ := w.version("f@2").ProvisionedAt(w.now())
		require.Equal(t, concurrency.InProgress, p.Status)
		require.Equal(t, []int{1, 1, 1}, []int{p.Requested, p.Allocated, p.Available})
		w.alias["f@live"] = "2"
		w.untilReady("f@2")
		w.do("+1 f@1", "1 U c")
		w.do("+1 f@2", "1 PC w")
		w.do("-1 f@2", "")
		w.do("+1 f@live", "1 PC w")
		_, ok := w.version("f@1").ProvisionedAt(w.now())
		require.False(t, ok)
	}},
	{22, func(t *testing.T) {
		w := newWorld(t, concurrency.Options{})
		require.Empty(t, w.reserve("f", 10))
		require.Empty(t, w.provision("f@1", 6))
		require.Equal(t, aboveReserved, w.provision("f@2", 5))
		require.Empty(t, w.provision("f@2", 4))
	}},
	{23, func(t *testing.T) {
		w := newWorld(t, concurrency.Options{})
		require.Empty(t, w.reserve("f", 10))
		w.ready("f@1", 6)
		w.ready("f@2", 4)
		w.do("+7 f@1", "6 PC w, 1 !RC")
		w.do("+5 f@2", "4 PC w, 1 !RC")
		w.do("+1 f", "1 !RC")
	}},
	{24, func(t *testing.T) {
		w := newWorld(t, concurrency.Options{})
		require.Empty(t, w.provision("f@1", 2))
		require.Equal(t, " ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency [2].", w.reserve("f", 1))
		require.Empty(t, w.reserve("f", 2))
		w.do("+1 f", "1 !RC")
	}},
	{25, func(t *testing.T) {
		w := newWorld(t, concurrency.Options{})
		require.Empty(t, w.provision("f@1", 2))
		require.Empty(t, w.reserve("f", 2))
		require.Equal(t, aboveReserved, w.provision("f@2", 1))
		require.Equal(t, aboveReserved, w.provision("f@1", 3))
	}},
	{26, func(t *testing.T) {
		w := newWorld(t, concurrency.Options{})
		require.Equal(t, tooMuchReserved, w.reserve("f", 901))
		require.Equal(t, tooMuchReserved, w.reserve("f", 1001)) // the same text above the quota
		require.Empty(t, w.reserve("f", 900))
		require.Equal(t, 100, w.unreservedCap())
	}},
	{27, func(t *testing.T) {
		w := newWorld(t, concurrency.Options{})
		require.Empty(t, w.reserve("f", 900))
		require.Empty(t, w.reserve("g", 0))
		require.Equal(t, tooMuchReserved, w.reserve("g", 1))
		require.Empty(t, w.reserve("f", 500))
		require.Empty(t, w.reserve("g", 400))
		require.Equal(t, 100, w.unreservedCap())
	}},
	{28, func(t *testing.T) {
		w := newWorld(t, concurrency.Options{})
		require.Equal(t, "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [1000].", w.provision("f@1", 1001))
		require.Equal(t, tooMuchProvisioned, w.provision("f@1", 1000))
		require.Equal(t, tooMuchProvisioned, w.provision("f@1", 901))
		require.Empty(t, w.provision("f@1", 900))
		require.Equal(t, tooMuchReserved, w.reserve("h", 1))
	}},
	{29, func(t *testing.T) {
		w := newWorld(t, concurrency.Options{Limit: 5000, NoRequestRates: true})
		w.do("+1500 f", "1000 U c, 500 !SC")
	}},
	{30, func(t *testing.T) {
		w := newWorld(t, concurrency.Options{Limit: 5000, NoRequestRates: true})
		w.do("+1500 f", "1000 U c, 500 !SC")
		for _, step := range []struct{ second, admitted int }{{5, 500}, {10, 500}, {20, 1000}, {25, 500}} {
			w.at = time.Duration(step.second) * time.Second
			w.do("+1500 f", fmt.Sprintf("%d U c, %d !SC", step.admitted, 1500-step.admitted))
		}
	}},
	{31, func(t *testing.T) {
		w := newWorld(t, concurrency.Options{Limit: 5000, NoRequestRates: true})
		w.do("+400 f", "400 U c")
		w.at = 3 * time.Second
		w.do("+1200 f", "900 U c, 300 !SC")
		w.at = 3500 * time.Millisecond
		w.do("+100 f", "50 U c, 50 !SC")
	}},
	{32, func(t *testing.T) {
		w := newWorld(t, concurrency.Options{Limit: 5000})
		w.function("f")
		w.at = 100 * time.Second
		w.do("+1200 f", "1000 U c, 200 !SC")
		w.do("+1200 g", "1000 U c, 200 !SC")
	}},
	{33, func(t *testing.T) {
		w := newWorld(t, concurrency.Options{Limit: 5000})
		w.do("+1000 f", "1000 U c")
		w.do("-1000 f", "")
		w.do("+1001 f", "1000 U w, 1 !SC")
	}},
	{34, func(t *testing.T) {
		w := newWorld(t, concurrency.Options{Limit: 1500})
		w.do("+1000 f", "1000 U c")
		w.do("+600 g", "500 U c, 100 !CC")
	}},
	{35, func(t *testing.T) {
		w := newWorld(t, concurrency.Options{})
		require.Empty(t, w.reserve("f", 5))
		require.Equal(t, "1 R c, 51 R w, 8 !RR", w.instant(60, "f", time.Millisecond))
	}},
	{36, func(t *testing.T) {
		w := newWorld(t, concurrency.Options{})
		require.Empty(t, w.reserve("f", 5))
		w.instant(60, "f", time.Millisecond)
		w.at = 510 * time.Millisecond
		require.Equal(t, "23 R w, 37 !RR", w.instant(60, "f", 0))
	}},
	{37, func(t *testing.T) {
		w := newWorld(t, concurrency.Options{})
		w.ready("f@1", 10)
		require.Equal(t, "100 PC w, 1 U c, 19 U w", w.instant(120, "f@1", 0))
	}},
	{38, func(t *testing.T) {
		w := newWorld(t, concurrency.Options{Limit: 10, MinimumUnreserved: new(0)})
		require.Equal(t, "1 U c, 99 U w, 30 !CR", w.instant(130, "f", 0))
	}},
	{39, func(t *testing.T) {
		w := newWorld(t, concurrency.Options{})
		w.do("+1 f", "1 U c")
		w.at = time.Second
		w.do("-1 f", "")
		w.at = 600*time.Second + 900*time.Millisecond
		w.do("+1 f", "1 U w")
		w.at = 601 * time.Second
		w.do("-1 f", "")
		w.at = 1201 * time.Second
		w.do("+1 f", "1 U c") // idle for exactly 600 s
	}},
	{40, func(t *testing.T) {
		w := newWorld(t, concurrency.Options{})
		w.do("+50 f", "50 U c")
		require.Empty(t, w.reserve("f", 20))
		w.do("+1 f", "1 !RC")
		w.do("-31 f", "")
		w.do("+2 f", "1 R w, 1 !RC")
	}},
	{41, func(t *testing.T) {
		w := overfull(t)
		w.do("-500 x", "")
		w.do("+1 x", "1 !CC") // 100 are still in flight
		w.do("-1 x", "")
		w.do("+2 x", "1 U w, 1 !CC")
	}},
	{42, func(t *testing.T) {
		w := overfull(t)
		w.function("f").DeleteReservedAt(w.now())
		require.Equal(t, 1000, w.unreservedCap())
		require.Equal(t, 605, w.snapshot().UnreservedInUse)
		w.do("+500 x", "395 U c, 105 !CC")
	}},
	{43, func(t *testing.T) {
		w := newWorld(t, concurrency.Options{})
		require.Empty(t, w.reserve("A", 400))
		require.Empty(t, w.reserve("B", 400))
		w.ready("C@1", 100)
		for _, f := range []string{"D", "E", "F"} {
			w.do("+20 "+f, "20 U c")
		}
		s := w.snapshot()
		require.Equal(t, 960, s.ClaimedAccountConcurrency())
		w.do("+150 G", "40 U c, 110 !CC")
		s = w.snapshot()
		require.Equal(t, 1000, s.ClaimedAccountConcurrency())
	}},
	{44, func(t *testing.T) {
		w := newWorld(t, concurrency.Options{Limit: 10, MinimumUnreserved: new(0)})
		require.Empty(t, w.reserve("A", 3))
		require.Empty(t, w.reserve("B", 3))
		w.ready("C@1", 2)
		w.do("+1 D", "1 U c")
		s := w.snapshot()
		require.Equal(t, 9, s.ClaimedAccountConcurrency())
		w.do("+2 D", "1 U c, 1 !CC")
	}},
	{45, tenCalls},
	{46, func(t *testing.T) {
		w := newWorld(t, concurrency.Options{Limit: 5100})
		require.Empty(t, w.provision("f@1", 5000))
		available := func(at time.Duration) int {
			p, _ := w.version("f@1").ProvisionedAt(epoch.Add(at))
			return p.Available
		}
		require.Equal(t, 0, available(0))
		require.Equal(t, 0, available(110*time.Second-1))
		require.Equal(t, 5000, available(110*time.Second))
		w.at = 110*time.Second - 1
		w.do("+1 f@1", "1 U c")
		w.at = 110 * time.Second
		w.do("+5001 f@1", "5000 PC w, 1 U c")
	}},
	{47, fiftyMilliseconds},
	{48, func(t *testing.T) {
		w := newWorld(t, concurrency.Options{})
		require.Empty(t, w.reserve("f", 20))
		w.do("+30 f", "20 R c, 10 !RC")
	}},
	{50, func(t *testing.T) {
		w := newWorld(t, concurrency.Options{})
		require.Empty(t, w.reserve("f", 10))
		w.ready("f@1", 6)
		w.do("+6 f@1", "6 PC w")
		w.version("f@1").DeleteProvisionedAt(w.now())
		w.do("+10 f@1", "4 R c, 6 !RC") // what drains still counts
		f := w.snapshot().Function("f")
		require.Equal(t, []int{4, 6}, []int{f.OnDemand, f.Provisioned})
		w.do("-6 f@1 PC", "")
		f = w.snapshot().Function("f")
		require.Equal(t, []int{4, 0}, []int{f.OnDemand, f.Provisioned}) // back to the class they were taken from
		w.do("+6 f@1", "6 R c")
	}},
}

func TestVectors(t *testing.T) {
	seen := map[int]bool{}
	for _, v := range vectors {
		seen[v.row] = true
		t.Run(fmt.Sprintf("row %d", v.row), v.play)
	}
	for row := 1; row <= 50; row++ {
		require.True(t, seen[row] || elsewhere[row] != "", "row %d is neither played nor accounted for", row)
	}
}

func orangeAndBlue(t *testing.T) *world {
	w := newWorld(t, concurrency.Options{})
	require.Empty(t, w.reserve("orange", 400))
	require.Empty(t, w.reserve("blue", 400))
	return w
}

func orangeProvisioned(t *testing.T) *world {
	w := newWorld(t, concurrency.Options{})
	w.ready("orange@1", 400)
	require.Equal(t, 600, w.unreservedCap())
	w.do("+500 orange@1", "400 PC w, 100 U c")
	return w
}

func reservedAndProvisioned(t *testing.T) *world {
	w := newWorld(t, concurrency.Options{})
	require.Empty(t, w.reserve("orange", 400))
	w.ready("orange@1", 200)
	return w
}

func liveAlias(t *testing.T) *world {
	w := newWorld(t, concurrency.Options{})
	w.alias["f@live"] = "1"
	w.ready("f@live", 1)
	return w
}

// overfull has 600 of x in flight when a reservation of 900 leaves it 100.
func overfull(t *testing.T) *world {
	w := newWorld(t, concurrency.Options{})
	w.do("+600 x", "600 U c")
	require.Empty(t, w.reserve("f", 900))
	require.Equal(t, 100, w.unreservedCap())
	w.do("+1 x", "1 !CC")
	w.do("+5 f", "5 R c")
	return w
}

// tenCalls is the guide's figure: when a call arrives while environments are idle, it takes one of them.
func tenCalls(t *testing.T) {
	w := newWorld(t, concurrency.Options{})
	v := w.version("f")
	leases := map[int]concurrency.Lease{}
	begin := func(call int, name string, cold bool) {
		lease, err := v.AcquireAt(w.now())
		require.NoError(t, err)
		require.Equal(t, cold, lease.Cold, "call %d", call)
		if cold {
			require.Nil(t, lease.Attached())
			lease.Attach(name)
		}
		require.Equal(t, name, lease.Attached(), "call %d", call)
		leases[call] = lease
		w.at += time.Second
	}
	end := func(call int) {
		leases[call].ReleaseAt(w.now(), true)
		w.at += time.Second
	}
	for call, name := range []string{"A", "B", "C", "D", "E"} {
		begin(call+1, name, true)
	}
	end(1)
	begin(6, "A", false)
	end(2)
	begin(7, "B", false)
	end(3)
	begin(8, "C", false)
	begin(9, "F", true)
	require.Equal(t, 6, w.account.InFlight())
	end(4)
	begin(10, "D", false)
	require.Equal(t, 6, w.account.InFlight())
}

// fiftyMilliseconds: below 100 ms a call, the request rate binds before concurrency does.
func fiftyMilliseconds(t *testing.T) {
	const perSecond, seconds, duration = 20_000, 5, 50 * time.Millisecond
	v := newWorld(t, concurrency.Options{}).version("f")
	type run struct {
		lease concurrency.Lease
		ends  time.Time
	}
	var running []run
	var admitted, refused [seconds]int
	peak := 0
	for i := range perSecond * seconds {
		now := epoch.Add(time.Duration(i) * time.Second / perSecond)
		for len(running) > 0 && !running[0].ends.After(now) {
			running[0].lease.ReleaseAt(running[0].ends, true)
			running = running[1:]
		}
		lease, err := v.AcquireAt(now)
		if err != nil {
			require.Equal(t, "!CR", outcome(lease, err))
			refused[i/perSecond]++
			continue
		}
		admitted[i/perSecond]++
		running = append(running, run{lease, now.Add(duration)})
		if i/perSecond > 1 {
			peak = max(peak, len(running))
		}
	}
	for second := 1; second < seconds; second++ { // after the burst of the first
		require.InDelta(t, 10_000, admitted[second], 1)
		require.InDelta(t, 10_000, refused[second], 1)
	}
	require.InDelta(t, 500, peak, 1)
}
