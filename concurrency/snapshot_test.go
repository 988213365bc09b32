package concurrency_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/concurrency"
)

func TestSnapshot_order(t *testing.T) {
	w := newWorld(t, concurrency.Options{})
	for _, target := range []string{"b@10", "b@9", "a@1", "b", "b@100", "c"} {
		w.version(target)
	}
	var got []string
	for _, f := range w.snapshot().Functions {
		for _, v := range f.Versions {
			got = append(got, f.Name+"@"+v.Version)
		}
	}
	require.Equal(t, []string{"a@1", "b@$LATEST", "b@9", "b@10", "b@100", "c@$LATEST"}, got)
}

func TestSnapshot_unsetIsNotZero(t *testing.T) {
	w := newWorld(t, concurrency.Options{})
	w.function("none")
	require.Empty(t, w.reserve("zero", 0))
	require.Empty(t, w.reserve("three", 3))
	s := w.snapshot()
	require.Nil(t, s.Function("none").Reserved)
	require.Nil(t, s.Function("missing"))
	require.Nil(t, s.Function("none").Version("missing"))
	for name, want := range map[string]string{
		"none":  `{"Name":"none","OnDemand":0,"Provisioned":0,"Versions":null}`,
		"zero":  `{"Name":"zero","ReservedConcurrentExecutions":0,"OnDemand":0,"Provisioned":0,"Versions":null}`,
		"three": `{"Name":"three","ReservedConcurrentExecutions":3,"OnDemand":0,"Provisioned":0,"Versions":null}`,
	} {
		b, err := json.Marshal(s.Function(name))
		require.NoError(t, err)
		require.JSONEq(t, want, string(b))
	}
}

// Looking into the future shows what will have happened and makes nothing happen.
func TestSnapshot_changesNothing(t *testing.T) {
	w := newWorld(t, concurrency.Options{})
	w.do("+2 f@1", "2 U c")
	w.do("-1 f@1", "")
	require.Empty(t, w.provision("f@1", 3))
	before := w.snapshot()
	later := w.account.Snapshot(epoch.Add(time.Hour)).Function("f").Version("1")
	require.Equal(t, []any{0, 1, uint64(1), 3, concurrency.Ready},
		[]any{later.Idle, later.Busy, later.Retired, later.Provisioned.Available, later.Provisioned.Status})
	require.Equal(t, before, w.snapshot())
	require.Equal(t, 1, w.snapshot().Function("f").Version("1").Idle)
	w.do("+1 f@1", "1 U w")
}

func TestSnapshot_isACopy(t *testing.T) {
	w := newWorld(t, concurrency.Options{})
	require.Empty(t, w.reserve("f", 3))
	s := w.snapshot()
	*s.Functions[0].Reserved = 7
	n, _ := w.function("f").Reserved()
	require.Equal(t, 3, n)
}

func TestSnapshot_utilization(t *testing.T) {
	w := newWorld(t, concurrency.Options{})
	require.Empty(t, w.provision("f@1", 4))
	w.do("+1 f@1", "1 U c")
	require.Zero(t, w.snapshot().Function("f").Version("1").Utilization()) // none allocated
	w.untilReady("f@1")
	w.do("+3 f@1", "3 PC w")
	require.InDelta(t, 0.75, w.snapshot().Function("f").Version("1").Utilization(), 1e-9)
	w.do("+1 g@1", "1 U c")
	require.Zero(t, w.snapshot().Function("g").Version("1").Utilization())
}
