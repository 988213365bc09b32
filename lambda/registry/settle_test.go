package registry

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/lambda"
)

// states is the six members that tell a version's state.
func states(c *FunctionConfiguration) [6]string {
	return [6]string{string(c.State), c.StateReason, c.StateReasonCode,
		string(c.LastUpdateStatus), c.LastUpdateStatusReason, c.LastUpdateStatusReasonCode}
}

var (
	pendingState    = [6]string{"Pending", "The function is being created.", "Creating"}
	inProgressState = [6]string{"Active", "", "", "InProgress", "The function is being created.", "Creating"}
	activeState     = [6]string{"Active", "", "", "Successful"}
)

func TestState_creation(t *testing.T) {
	r := New(Options{CreateDelay: time.Minute})
	c, err := r.CreateFunction(t0, CreateFunctionInput{Config: lambda.Config{Name: "f"}, Code: code})
	require.NoError(t, err)
	require.Equal(t, pendingState, states(c))

	const text = "The operation cannot be performed at this time. The function is currently in the following state: Pending"
	ref := lambda.Ref{Name: "f"}
	early := t0.Add(time.Minute - 1)
	_, err = r.Resolve(early, ref)
	requireRefused(t, err, rce, text)
	_, err = r.UpdateFunctionCode(early, "f", UpdateFunctionCodeInput{Code: code})
	requireRefused(t, err, rce, text)
	_, err = r.UpdateFunctionConfiguration(early, "f", UpdateFunctionConfigurationInput{})
	requireRefused(t, err, rce, text)
	_, err = r.PublishVersion(early, "f", PublishVersionInput{})
	requireRefused(t, err, rce, text)
	_, err = r.PutFunction(early, lambda.Config{Name: "f"}, code)
	requireRefused(t, err, rce, text)
	got, err := r.GetFunctionConfiguration(early, "f", "")
	require.NoError(t, err)
	require.Equal(t, pendingState, states(got))

	res, err := r.Resolve(t0.Add(time.Minute), ref)
	require.NoError(t, err)
	require.Equal(t, lambda.Latest, res.Deployment.Version)
	got, err = r.GetFunctionConfiguration(t0.Add(time.Minute), "f", "")
	require.NoError(t, err)
	require.Equal(t, activeState, states(got))
	_, err = r.Resolve(early, ref)
	require.NoError(t, err, "a clock that goes back changes nothing")
}

func TestState_withoutDelayOnlyTheAnswerWaits(t *testing.T) {
	x := newFixture(t)
	require.Equal(t, pendingState, states(x.create("g")))
	require.Equal(t, activeState, states(x.get("g", "")))
	c, err := x.UpdateFunctionCode(x.now, "g", UpdateFunctionCodeInput{Code: code})
	require.NoError(t, err)
	require.Equal(t, inProgressState, states(c))
	require.Equal(t, activeState, states(x.get("g", "")))
	require.Equal(t, activeState, states(x.get("g", lambda.Latest)))
}

func TestState_update(t *testing.T) {
	x := newFixture(t, Options{UpdateDelay: time.Minute})
	old := x.resolve("f", "").Deployment
	c, err := x.UpdateFunctionConfiguration(x.now, "f", UpdateFunctionConfigurationInput{MemorySize: 256})
	require.NoError(t, err)
	require.Equal(t, inProgressState, states(c))
	require.Equal(t, 256, c.MemorySize)

	const text = "The operation cannot be performed at this time. An update is in progress for resource: " + arnPrefix + "f"
	x.advance(time.Minute - 1)
	require.Same(t, old, x.resolve("f", "").Deployment, "the old code goes on serving")
	_, err = x.UpdateFunctionCode(x.now, "f", UpdateFunctionCodeInput{Code: code})
	requireRefused(t, err, rce, text)
	_, err = x.PublishVersion(x.now, "f", PublishVersionInput{})
	requireRefused(t, err, rce, text)

	x.advance(1)
	require.Equal(t, 256, x.resolve("f", "").Deployment.Config.MemorySize)
	require.Equal(t, activeState, states(x.get("f", "")))
}

func TestState_updateWithPublish(t *testing.T) {
	x := newFixture(t, Options{UpdateDelay: time.Minute})
	c, err := x.UpdateFunctionCode(x.now, "f", UpdateFunctionCodeInput{Code: code, Publish: true})
	require.NoError(t, err)
	require.Equal(t, "1", c.Version)
	require.Equal(t, pendingState, states(c))
	require.Equal(t, inProgressState, states(x.get("f", "")))
	_, err = x.Resolve(x.now, lambda.Ref{Name: "f", Qualifier: "1"})
	requireRefused(t, err, rce, "The operation cannot be performed at this time. The function is currently in the following state: Pending")
	x.alias("f", "live", Routing{Version: "1"})
	_, err = x.Resolve(x.now, lambda.Ref{Name: "f", Qualifier: "live"})
	require.ErrorIs(t, err, lambda.ErrResourceConflict)
	_, err = x.PutProvisionedConcurrency(x.now, "f", "1", 1)
	require.ErrorIs(t, err, lambda.ErrResourceConflict)
	x.advance(time.Minute)
	require.Equal(t, "1", x.resolve("f", "live").Deployment.Version)
	require.Equal(t, activeState, states(x.get("f", "1")))

	x.publish("f")
	x.alias("f", "live", Routing{Version: "1", Additional: map[string]float64{"2": 0.1}})
	_, err = x.Resolve(x.now, lambda.Ref{Name: "f", Qualifier: "live"})
	require.ErrorIs(t, err, lambda.ErrResourceConflict, "one of two versions is pending")
}

// A version that is republished by an update stays what it was.
func TestState_republishedVersionStaysActive(t *testing.T) {
	pkg := archive(t, "one")
	x := newFixture(t, Options{UpdateDelay: time.Minute})
	in := UpdateFunctionCodeInput{Code: code, Package: pkg, Publish: true}
	_, err := x.UpdateFunctionCode(x.now, "f", in)
	require.NoError(t, err)
	x.advance(time.Minute)
	c, err := x.UpdateFunctionCode(x.now, "f", in)
	require.NoError(t, err)
	require.Equal(t, "1", c.Version)
	require.Equal(t, activeState, states(c))
	require.Equal(t, "1", x.resolve("f", "1").Deployment.Version)
	require.Equal(t, inProgressState, states(x.get("f", "")))
}

func TestState_publishedVersionIsActiveAtOnce(t *testing.T) {
	x := newFixture(t, Options{UpdateDelay: time.Minute, CreateDelay: time.Minute})
	c, err := x.PublishVersion(x.now, "f", PublishVersionInput{})
	require.NoError(t, err)
	require.Equal(t, activeState, states(c))
}

func TestSettle_saysWhenTheNextThingIsDue(t *testing.T) {
	r := New(Options{CreateDelay: time.Minute, UpdateDelay: time.Second})
	_, ok := r.Settle(t0)
	require.False(t, ok)
	create := func(at time.Time, name string) {
		_, err := r.CreateFunction(at, CreateFunctionInput{Config: lambda.Config{Name: name}, Code: code})
		require.NoError(t, err)
	}
	create(t0.Add(time.Second), "g")
	create(t0, "f")
	next, ok := r.Settle(t0)
	require.True(t, ok)
	require.Equal(t, t0.Add(time.Minute), next)
	next, ok = r.Settle(next)
	require.True(t, ok)
	require.Equal(t, t0.Add(61*time.Second), next)
	_, ok = r.Settle(next)
	require.False(t, ok)
}

func TestSettle_forgetsWhatWasDeleted(t *testing.T) {
	r := New(Options{CreateDelay: time.Minute})
	_, err := r.CreateFunction(t0, CreateFunctionInput{Config: lambda.Config{Name: "f"}, Code: code})
	require.NoError(t, err)
	require.NoError(t, r.DeleteFunction(t0, "f", ""))
	_, ok := r.Settle(t0)
	require.False(t, ok)
}

// retirer records what the accountant retires.
type retirer struct{ retired []any }

func (r *retirer) Retired(x any) { r.retired = append(r.retired, x) }

func TestUpdate_retiresWarmEnvironmentsWhenItTakesEffect(t *testing.T) {
	owner := &retirer{}
	x := newFixture(t, Options{UpdateDelay: time.Minute, Owner: owner})
	lease, err := x.resolve("f", "").Deployment.Books.AcquireAt(x.now)
	require.NoError(t, err)
	lease.Attach("old")
	lease.ReleaseAt(x.now, true)
	_, err = x.UpdateFunctionCode(x.now, "f", UpdateFunctionCodeInput{Code: code})
	require.NoError(t, err)
	x.Settle(x.now)
	require.Empty(t, owner.retired)
	x.advance(time.Minute)
	x.Settle(x.now)
	require.Equal(t, []any{"old"}, owner.retired)
}

func TestDelete_retiresEnvironmentsOfAVersion(t *testing.T) {
	owner := &retirer{}
	x := newFixture(t, Options{Owner: owner})
	x.publish("f")
	for _, q := range []string{"1", ""} {
		lease, err := x.resolve("f", q).Deployment.Books.AcquireAt(x.now)
		require.NoError(t, err)
		lease.Attach("environment of " + q)
		lease.ReleaseAt(x.now, true)
	}
	books := x.resolve("f", "1").Deployment.Books
	require.NoError(t, x.DeleteFunction(x.now, "f", "1"))
	require.Equal(t, []any{"environment of 1"}, owner.retired)
	_, err := books.AcquireAt(x.now)
	require.ErrorIs(t, err, concurrency.ErrReleased)
	require.NoError(t, x.DeleteFunction(x.now, "f", ""))
	require.Len(t, owner.retired, 2)
}
