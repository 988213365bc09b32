package registry

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda"
)

// TestRegistry_concurrentUse resolves while everything changes: an invocation sees whole states only, and never an
// older one after a newer one.
func TestRegistry_concurrentUse(t *testing.T) {
	x := newFixture(t)
	x.publish("f")
	x.alias("f", "live", Routing{Version: "1"})
	const deploys = 200
	var over atomic.Bool
	var readers, writers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			last := 0
			for !over.Load() {
				res, err := x.Resolve(x.now, lambda.Ref{Name: "f"})
				if err != nil {
					t.Error(err)
					return
				}
				if n := res.Deployment.Config.MemorySize; n < last {
					t.Errorf("memory went back from %d to %d", last, n)
				} else {
					last = n
				}
				live, err := x.Resolve(x.now, lambda.Ref{Name: "f", Qualifier: "live"})
				if err != nil {
					t.Error(err)
					return
				}
				if live.Alternative != nil && live.Alternative.Version != strconv.Itoa(mustAtoi(live.Deployment.Version)-1) {
					t.Errorf("live is %s and %s", live.Deployment.Version, live.Alternative.Version)
				}
				world(t, x.Registry, x.now)
			}
		})
	}
	writers.Go(func() {
		for i := range deploys {
			if _, err := x.UpdateFunctionConfiguration(x.now, "f", UpdateFunctionConfigurationInput{MemorySize: 128 + i}); err != nil {
				t.Error(err)
			}
		}
	})
	writers.Go(func() {
		for i := range deploys / 10 {
			c, err := x.UpdateFunctionCode(x.now, "f", UpdateFunctionCodeInput{Code: code, Publish: true})
			if err != nil {
				t.Error(err)
				return
			}
			_, err = x.PutAlias(x.now, "f", "live", Routing{Version: c.Version, Additional: map[string]float64{strconv.Itoa(i + 1): 0.5}})
			if err != nil {
				t.Error(err)
			}
		}
	})
	writers.Go(func() {
		for range deploys {
			if _, err := x.PutFunctionConcurrency(x.now, "f", 5); err != nil {
				t.Error(err)
			}
			if err := x.TagResource(x.now, arnPrefix+"f", map[string]string{"a": "b"}); err != nil {
				t.Error(err)
			}
		}
	})
	writers.Wait()
	over.Store(true)
	readers.Wait()
	require.Equal(t, 128+deploys-1, x.resolve("f", "").Deployment.Config.MemorySize)
}

func mustAtoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err)
	}
	return n
}
