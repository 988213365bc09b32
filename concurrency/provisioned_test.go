package concurrency_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/concurrency"
)

func TestPutProvisionedAt_refusals(t *testing.T) {
	w := newWorld(t, concurrency.Options{})
	require.Empty(t, w.reserve("r", 3))
	require.Empty(t, w.reserve("other", 100))
	w.version("f@1")
	w.version("f")
	w.version("r@1")
	before := w.snapshot()
	for _, row := range []struct {
		target string
		n      int
		want   refusal
	}{
		{"f@1", 0, refusal{"ValidationException", 400, "1 validation error detected: Value '0' at 'provisionedConcurrentExecutions' " +
			"failed to satisfy constraint: Member must have value greater than or equal to 1", true}},
		{"r@1", 4, refusal{"InvalidParameterValueException", 400, aboveReserved, false}},
		{"f@1", 898, refusal{"InvalidParameterValueException", 400,
			"Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [897].", true}},
		{"f@1", 897, refusal{"InvalidParameterValueException", 400, tooMuchProvisioned, true}},
		{"f", 1, refusal{"InvalidParameterValueException", 400,
			"Provisioned Concurrency Configs cannot be applied to unpublished function versions.", false}},
	} {
		require.Equal(t, row.want, refused(t, w.version(row.target).PutProvisionedAt(w.now(), row.n)), row)
	}
	require.Equal(t, before, w.snapshot())
	require.Empty(t, w.provision("f@1", 797))
	require.Empty(t, w.provision("f@1", 797)) // what it had is free for what it gets
	require.Empty(t, w.provision("r@1", 3))
}

func TestProvisionedAt_life(t *testing.T) {
	w := newWorld(t, concurrency.Options{})
	v := w.version("f@1")
	_, ok := v.ProvisionedAt(w.now())
	require.False(t, ok)
	v.DeleteProvisionedAt(w.now()) // nothing to delete is no error

	require.Empty(t, w.provision("f@1", 150))
	got, _ := v.ProvisionedAt(w.now())
	require.Equal(t, concurrency.ProvisionedConcurrency{Requested: 150, Status: concurrency.InProgress,
		LastModified: epoch, ReadyAt: epoch.Add(62 * time.Second)}, got)
	got, _ = v.ProvisionedAt(epoch.Add(62*time.Second - 1))
	require.Equal(t, concurrency.InProgress, got.Status)
	got, _ = v.ProvisionedAt(epoch.Add(62 * time.Second))
	require.Equal(t, concurrency.ProvisionedConcurrency{Requested: 150, Allocated: 150, Available: 150, Status: concurrency.Ready,
		LastModified: epoch, ReadyAt: epoch.Add(62 * time.Second)}, got)

	w.at = 2 * time.Minute
	require.Empty(t, w.provision("f@1", 151)) // one more: the ramp is about what is new
	got, _ = v.ProvisionedAt(w.now())
	require.Equal(t, concurrency.ProvisionedConcurrency{Requested: 151, Allocated: 150, Available: 150, Status: concurrency.InProgress,
		LastModified: w.now(), ReadyAt: w.now().Add(61 * time.Second)}, got)
	v.DeleteProvisionedAt(w.now())
	_, ok = v.ProvisionedAt(w.now())
	require.False(t, ok)
}

// A put during allocation replaces the request, and its time starts anew.
func TestPutProvisionedAt_overwrites(t *testing.T) {
	w := newWorld(t, concurrency.Options{})
	require.Empty(t, w.provision("f@1", 5))
	w.at = 60 * time.Second
	require.Empty(t, w.provision("f@1", 3))
	require.Equal(t, 997, w.unreservedCap())
	w.at = 61 * time.Second
	w.do("+1 f@1", "1 U c")
	w.at = 121 * time.Second
	w.do("+4 f@1", "3 PC w, 1 U c")
}

func TestHoldProvisioned(t *testing.T) {
	put := func(t *testing.T) (*world, *concurrency.Version, uint64) {
		w := newWorld(t, concurrency.Options{})
		_, ok := w.version("f@1").HoldProvisioned()
		require.False(t, ok)
		require.Empty(t, w.provision("f@1", 2))
		request, ok := w.version("f@1").HoldProvisioned()
		require.True(t, ok)
		return w, w.version("f@1"), request
	}
	status := func(w *world) concurrency.ProvisionedStatus {
		p, _ := w.version("f@1").ProvisionedAt(w.now())
		return p.Status
	}
	t.Run("inits end before the ramp", func(t *testing.T) {
		w, v, request := put(t)
		w.at = 10 * time.Second
		require.True(t, v.ReadyProvisionedAt(w.now(), request))
		require.False(t, v.ReadyProvisionedAt(w.now(), request))
		require.Equal(t, concurrency.InProgress, status(w))
		w.at = 61 * time.Second
		require.Equal(t, concurrency.Ready, status(w))
	})
	t.Run("inits end after the ramp", func(t *testing.T) {
		w, v, request := put(t)
		w.at = 90 * time.Second
		w.do("+1 f@1", "1 U c")
		require.Equal(t, concurrency.InProgress, status(w))
		require.True(t, v.ReadyProvisionedAt(w.now(), request))
		p, _ := v.ProvisionedAt(w.now())
		require.Equal(t, []any{concurrency.Ready, w.now()}, []any{p.Status, p.ReadyAt})
		w.do("+1 f@1", "1 PC w")
		_, ok := v.HoldProvisioned() // too late
		require.False(t, ok)
	})
	t.Run("inits fail", func(t *testing.T) {
		w, v, request := put(t)
		require.True(t, v.FailProvisionedAt(w.now(), request, concurrency.FunctionErrorInitFailure))
		require.False(t, v.ReadyProvisionedAt(w.now(), request))
		w.at = time.Hour
		p, _ := v.ProvisionedAt(w.now())
		require.Equal(t, []any{2, 0, 0, concurrency.Failed, "FUNCTION_ERROR_INIT_FAILURE"},
			[]any{p.Requested, p.Allocated, p.Available, p.Status, p.StatusReason})
		require.Equal(t, 0, v.ProvisionedNeeds())
		require.Equal(t, 998, w.unreservedCap())
		require.Empty(t, w.provision("f@1", 2)) // another try
		require.Equal(t, 2, v.ProvisionedNeeds())
		w.at += 61 * time.Second
		require.Equal(t, concurrency.Ready, status(w))
	})
	t.Run("an increase fails", func(t *testing.T) {
		w := newWorld(t, concurrency.Options{})
		w.ready("f@1", 2)
		require.Empty(t, w.provision("f@1", 5))
		request, _ := w.version("f@1").HoldProvisioned()
		require.True(t, w.version("f@1").FailProvisionedAt(w.now(), request, "why"))
		p, _ := w.version("f@1").ProvisionedAt(w.now())
		require.Equal(t, []int{5, 2}, []int{p.Requested, p.Available})
		w.do("+3 f@1", "2 PC w, 1 U c")
	})
	t.Run("a later put makes the word void", func(t *testing.T) {
		w, v, request := put(t)
		require.Empty(t, w.provision("f@1", 3))
		require.False(t, v.ReadyProvisionedAt(w.now(), request))
		require.False(t, v.FailProvisionedAt(w.now(), request, "old"))
		again, ok := v.HoldProvisioned()
		require.True(t, ok)
		require.NotEqual(t, request, again)
		require.False(t, v.ReadyProvisionedAt(w.now(), request))
		require.False(t, v.FailProvisionedAt(w.now(), request, "old"))
		v.DeleteProvisionedAt(w.now())
		require.False(t, v.ReadyProvisionedAt(w.now(), request+1))
	})
	t.Run("a ramp of no length", func(t *testing.T) {
		w := newWorld(t, concurrency.Options{ProvisionPrep: new(time.Duration(0))})
		w.ready("f@1", 100)
		require.Equal(t, time.Second, w.at)
		require.Empty(t, w.provision("f@1", 99))
		require.Equal(t, concurrency.Ready, status(w))
	})
}

// A service initialises environments ahead and hangs one on every slot.
func TestAttachProvisioned(t *testing.T) {
	n := newNamed(t, concurrency.Options{})
	require.False(t, n.v.AttachProvisioned("none needed"))
	require.NoError(t, n.v.PutProvisionedAt(n.now(), 3))
	require.Equal(t, 3, n.v.ProvisionedNeeds())
	require.False(t, n.v.AttachProvisioned(nil))
	for _, name := range []string{"A", "B"} {
		require.True(t, n.v.AttachProvisioned(name))
	}
	require.Equal(t, 1, n.v.ProvisionedNeeds())
	n.at = time.Hour
	require.Equal(t, "B", n.start("")) // those that are initialised first
	require.Equal(t, "A", n.start(""))
	lease, err := n.v.AcquireAt(n.now())
	require.NoError(t, err)
	require.False(t, lease.Cold)
	require.Nil(t, lease.Attached()) // counts as initialised; whoever runs it may do it now
	lease.Attach("C")
	lease.ReleaseAt(n.now(), true)
	require.Equal(t, "C", n.start(""))

	n.end("A", false) // crashed: the number of ready ones is held
	require.Equal(t, []string{"A"}, n.retired)
	require.Equal(t, 1, n.v.ProvisionedNeeds())
	require.True(t, n.v.AttachProvisioned("A2"))
	n.end("B", true)

	n.v.Function().RenewAt(n.now(), "1") // idle ones go at once, C when it is released
	require.ElementsMatch(t, []string{"A", "A2", "B"}, n.retired)
	require.Equal(t, 2, n.v.ProvisionedNeeds())
	n.end("C", true)
	require.Equal(t, 3, n.v.ProvisionedNeeds())
	require.Len(t, n.retired, 4)
	p, _ := n.v.ProvisionedAt(n.now())
	require.Equal(t, 3, p.Available)

	for _, name := range []string{"X", "Y", "Z"} {
		require.True(t, n.v.AttachProvisioned(name))
	}
	n.start("")
	require.NoError(t, n.v.PutProvisionedAt(n.now(), 1)) // less: free ones go, busy ones drain
	require.Len(t, n.retired, 6)
	require.NotContains(t, n.retired, "Z")
	n.v.DeleteProvisionedAt(n.now())
	n.end("Z", true)
	require.Contains(t, n.retired, "Z")
	s := n.account.Snapshot(n.now()).Function("f").Version("1")
	require.Equal(t, s.Created, s.Retired)
}

// Only provisioned environments that nobody has initialised are given up first when fewer are wanted.
func TestPutProvisionedAt_keepsInitialisedOnes(t *testing.T) {
	n := newNamed(t, concurrency.Options{})
	require.NoError(t, n.v.PutProvisionedAt(n.now(), 3))
	n.v.AttachProvisioned("A")
	require.NoError(t, n.v.PutProvisionedAt(n.now(), 1))
	require.Empty(t, n.retired)
	require.Equal(t, 0, n.v.ProvisionedNeeds())
}

func TestMoveProvisionedAt(t *testing.T) {
	w := newWorld(t, concurrency.Options{})
	require.Empty(t, w.reserve("f", 4))
	w.ready("f@1", 4)
	one, two := w.version("f@1"), w.version("f@2")
	require.NoError(t, one.MoveProvisionedAt(w.now(), one)) // nowhere
	require.NoError(t, one.MoveProvisionedAt(w.now(), two)) // counted once: two times four would not fit
	p, ok := two.ProvisionedAt(w.now())
	require.True(t, ok)
	require.Equal(t, []any{4, 4, 4, concurrency.InProgress}, []any{p.Requested, p.Allocated, p.Available, p.Status})
	_, ok = one.ProvisionedAt(w.now())
	require.False(t, ok)
	w.do("+1 f@2", "1 !RC") // not ready
	w.do("+3 f@1", "3 PC w")
	w.untilReady("f@2")
	s := w.snapshot().Function("f")
	require.Equal(t, []int{3, 0}, []int{s.Version("1").ProvisionedBusy, s.Version("1").ProvisionedIdle})
	w.do("+1 f@1", "1 !RC") // on demand from now on, and all is provisioned
	w.do("+5 f@2", "4 PC w, 1 !RC")
	w.do("-3 f@1", "")
	s = w.snapshot().Function("f")
	require.Equal(t, s.Version("1").Created, s.Version("1").Retired)
}

func TestMoveProvisionedAt_againBeforeReady(t *testing.T) {
	w := newWorld(t, concurrency.Options{})
	w.ready("f@1", 2)
	move := func(from, to string) {
		require.NoError(t, w.version(from).MoveProvisionedAt(w.now(), w.version(to)))
	}
	move("f@1", "f@2")
	move("f@2", "f@3") // 1 serves until 3 is ready
	require.Equal(t, 0, w.version("f@2").ProvisionedNeeds())
	w.do("+1 f@1", "1 PC w")
	move("f@3", "f@1") // back: everything is still there
	require.Equal(t, 0, w.version("f@3").ProvisionedNeeds())
	w.do("+1 f@1", "1 PC w")
	p, _ := w.version("f@1").ProvisionedAt(w.now())
	require.Equal(t, []int{2, 2}, []int{p.Requested, p.Available})
	require.Equal(t, 998, w.unreservedCap())
	w.do("-2 f@1", "")
	move("f@1", "f@3")
	require.Empty(t, w.provision("f@3", 3)) // changed on the way
	w.do("+1 f@1", "1 PC w")
	w.untilReady("f@3")
	w.do("+4 f@3", "3 PC w, 1 U c")
	w.do("+1 f@1", "1 U c")
}

func TestMoveProvisionedAt_ended(t *testing.T) {
	for name, end := range map[string]func(w *world){
		"deleted":         func(w *world) { w.version("f@2").DeleteProvisionedAt(w.now()) },
		"version deleted": func(w *world) { w.version("f@2").Release() },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, concurrency.Options{})
			w.ready("f@1", 2)
			require.NoError(t, w.version("f@1").MoveProvisionedAt(w.now(), w.version("f@2")))
			end(w)
			w.do("+1 f@1", "1 U c")
			require.Equal(t, 1000, w.unreservedCap())
		})
	}
	t.Run("failed: the old version serves on", func(t *testing.T) {
		w := newWorld(t, concurrency.Options{})
		w.ready("f@1", 2)
		require.NoError(t, w.version("f@1").MoveProvisionedAt(w.now(), w.version("f@2")))
		request, ok := w.version("f@2").HoldProvisioned()
		require.True(t, ok)
		require.True(t, w.version("f@2").FailProvisionedAt(w.now(), request, "why"))
		w.at += time.Hour
		w.do("+3 f@1", "2 PC w, 1 U c")
		w.do("+1 f@2", "1 U c")
	})
	t.Run("put on the old version: it has its own again", func(t *testing.T) {
		w := newWorld(t, concurrency.Options{})
		w.ready("f@1", 2)
		require.NoError(t, w.version("f@1").MoveProvisionedAt(w.now(), w.version("f@2")))
		require.Empty(t, w.provision("f@1", 1))
		w.untilReady("f@2")
		w.do("+2 f@1", "1 PC w, 1 U c")
		require.Equal(t, 997, w.unreservedCap())
	})
}

// A version may serve in one move and be the goal of another: then it stays.
func TestMoveProvisionedAt_toAVersionThatIsLeft(t *testing.T) {
	w := newWorld(t, concurrency.Options{})
	w.ready("f@1", 2)
	w.ready("f@3", 1)
	require.NoError(t, w.version("f@1").MoveProvisionedAt(w.now(), w.version("f@2")))
	require.NoError(t, w.version("f@3").MoveProvisionedAt(w.now(), w.version("f@1")))
	w.do("+2 f@1", "1 PC w, 1 U c") // one of its two is wanted still
	w.at += time.Hour
	w.do("+3 f@2", "2 PC w, 1 U c")
	w.do("+1 f@3", "1 U c")
	w.do("-2 f@1", "")
	w.do("+2 f@1", "1 PC w, 1 U w")
	require.Equal(t, 997, w.unreservedCap())
}

// The higher request rate holds from the moment the request is ready, not from the next call.
func TestProvisioned_rateSinceReady(t *testing.T) {
	w := newWorld(t, concurrency.Options{})
	w.ready("f@1", 1)
	w.at = time.Hour
	require.Empty(t, w.provision("f@1", 10))
	w.at += 61*time.Second - 1
	require.Equal(t, "10 PC w, 1 U c, 4 U w", w.instant(15, "f@1", 0))
	w.at += 50*time.Millisecond + 1
	require.Equal(t, "95 PC w, 5 U w", w.instant(100, "f@1", 0))
}

func TestMoveProvisionedAt_refusals(t *testing.T) {
	w := newWorld(t, concurrency.Options{})
	w.ready("f@1", 2)
	w.ready("f@2", 2)
	require.Equal(t, refusal{"ResourceConflictException", 409,
		"Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version", false},
		refused(t, w.version("f@1").MoveProvisionedAt(w.now(), w.version("f@2"))))
	require.Equal(t, refusal{"ProvisionedConcurrencyConfigNotFoundException", 404,
		"No Provisioned Concurrency Config found for this function", false},
		refused(t, w.version("f@3").MoveProvisionedAt(w.now(), w.version("f@4"))))
	require.Equal(t, "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
		text(w.version("f@1").MoveProvisionedAt(w.now(), w.version("f"))))
	require.EqualError(t, w.version("f@1").MoveProvisionedAt(w.now(), w.version("g@1")),
		`concurrency: provisioned concurrency cannot move from function "f" to function "g"`)
}

func TestProvisionedConcurrency_JSON(t *testing.T) {
	w := newWorld(t, concurrency.Options{})
	require.Empty(t, w.provision("f@1", 5))
	p, _ := w.version("f@1").ProvisionedAt(w.now())
	b, err := json.Marshal(p)
	require.NoError(t, err)
	require.JSONEq(t, `{"RequestedProvisionedConcurrentExecutions":5,"AllocatedProvisionedConcurrentExecutions":0,
		"AvailableProvisionedConcurrentExecutions":0,"Status":"IN_PROGRESS","LastModified":"2026-01-02T03:04:05Z"}`, string(b))
	require.Equal(t, "READY FAILED ProvisionedStatus(9)", concurrency.Ready.String()+" "+concurrency.Failed.String()+" "+
		concurrency.ProvisionedStatus(9).String())
}
