package registry

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/lambda"
)

// newMove is an alias live with two provisioned environments of version 1, ready, on its way to version 2, whose inits
// a shell is to report about under the returned number.
func newMove(t *testing.T) (x *fixture, request uint64) {
	x = newFixture(t, Options{OnProvision: func(_ time.Time, d *Deployment, _ int) {
		if d.Version == "2" {
			request, _ = d.Books.HoldProvisioned()
		}
	}})
	x.publish("f")
	x.publish("f")
	x.alias("f", "live", Routing{Version: "1"})
	_, err := x.PutProvisionedConcurrency(x.now, "f", "live", 2)
	require.NoError(t, err)
	x.advance(2 * time.Minute)
	x.alias("f", "live", Routing{Version: "2"})
	return x, request
}

func (x *fixture) status() string {
	c, err := x.GetProvisionedConcurrency(x.now, "f", "live")
	require.NoError(x, err)
	return c.Status
}

func TestMove_waitsForTheInits(t *testing.T) {
	x, request := newMove(t)
	_, err := x.PutProvisionedConcurrency(x.now, "f", "1", 1)
	requireRefused(t, err, rce, "Version is pointed by a Provisioned Concurrency alias")
	next, ok := x.Settle(x.now)
	require.True(t, ok)
	x.now = next.Add(time.Hour)
	_, ok = x.Settle(x.now)
	require.False(t, ok, "the ramp is over; what is awaited now is told")
	require.Equal(t, "1", x.resolve("f", "live").Pick(0.5).Version)
	require.Equal(t, "IN_PROGRESS", x.status())
	require.True(t, x.resolve("f", "2").Deployment.Books.ReadyProvisionedAt(x.now, request))
	require.Equal(t, "2", x.resolve("f", "live").Pick(0.5).Version)
	require.Equal(t, "READY", x.status())
}

func TestMove_thatFailsLeavesTheOldVersionServing(t *testing.T) {
	x, request := newMove(t)
	x.advance(time.Hour)
	require.True(t, x.resolve("f", "2").Deployment.Books.FailProvisionedAt(x.now, request, concurrency.FunctionErrorInitFailure))
	require.Equal(t, "FAILED", x.status())
	require.Equal(t, "1", x.resolve("f", "live").Pick(0.5).Version)
	lease, err := x.resolve("f", "1").Deployment.Books.AcquireAt(x.now)
	require.NoError(t, err)
	require.Equal(t, concurrency.Provisioned, lease.Pool)
	lease.ReleaseAt(x.now, true)

	x.alias("f", "live", Routing{Version: "1"})
	require.Nil(t, x.resolve("f", "live").Alternative, "going back ends it")
}

func TestMove_toAPendingVersion(t *testing.T) {
	x := newFixture(t, Options{UpdateDelay: time.Minute})
	x.publish("f")
	x.advance(time.Minute)
	x.alias("f", "live", Routing{Version: "1"})
	_, err := x.PutProvisionedConcurrency(x.now, "f", "live", 2)
	require.NoError(t, err)
	x.publish("f")
	_, err = x.PutAlias(x.now, "f", "live", Routing{Version: "2"})
	require.ErrorIs(t, err, lambda.ErrResourceConflict)
	x.advance(time.Minute)
	x.alias("f", "live", Routing{Version: "2"})
}
