package registry

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/lambda"
)

func TestResolve(t *testing.T) {
	x := newFixture(t)
	x.publish("f")
	x.publish("f")
	x.alias("f", "live", Routing{Version: "1", Additional: map[string]float64{"2": 0.25}})
	x.alias("f", "head", Routing{Version: lambda.Latest})
	require.Same(t, x.resolve("f", ""), x.resolve("f", lambda.Latest), "no qualifier is $LATEST")
	require.Same(t, x.resolve("f", "").Deployment, x.resolve("f", "head").Deployment)
	require.Equal(t, "2", x.resolve("f", "2").Deployment.Version)
	live := x.resolve("f", "live")
	require.Same(t, x.resolve("f", "1").Deployment, live.Deployment)
	require.Same(t, x.resolve("f", "2").Deployment, live.Alternative)
	require.InDelta(t, 0.25, live.Weight, 0)
	require.Equal(t, arnPrefix+"f", live.Deployment.FunctionARN)
	require.Equal(t, Terminate, live.RecursiveLoop)
	require.Equal(t, "f", live.Deployment.Books.Function().Name())
	require.Equal(t, "1", live.Deployment.Books.Name())
}

func TestResolve_refused(t *testing.T) {
	x := newFixture(t)
	for _, tt := range []struct {
		ref           lambda.Ref
		code, message string
	}{
		{lambda.Ref{Name: "g"}, rnf, "Function not found: " + arnPrefix + "g:$LATEST"},
		{lambda.Ref{Name: "g", Qualifier: "q"}, rnf, "Function not found: " + arnPrefix + "g:q"},
		{lambda.Ref{Name: "f", Qualifier: "1"}, rnf, "Function not found: " + arnPrefix + "f:1"},
		{lambda.Ref{Name: "f", Qualifier: "$latest"}, rnf, "Function not found: " + arnPrefix + "f:$latest"},
		{lambda.Ref{Name: "f", Region: "eu-west-1"}, rnf, "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')"},
		{lambda.Ref{Name: "f", Account: "999999999999"}, "AccessDeniedException", ""},
	} {
		_, err := x.Resolve(x.now, tt.ref)
		requireRefused(t, err, tt.code, tt.message)
	}
}

// A change of anything else does not look like a deploy.
func TestResolve_keepsTheDeploymentUntilADeploy(t *testing.T) {
	x := newFixture(t)
	x.publish("f")
	x.alias("f", "live", Routing{Version: "1"})
	latest, version := x.resolve("f", "").Deployment, x.resolve("f", "1").Deployment
	for name, change := range map[string]func() error{
		"tags": func() error { return x.TagResource(x.now, arnPrefix+"f", map[string]string{"a": "b"}) },
		"async": func() error {
			_, err := x.PutEventInvokeConfig(x.now, "f", "", EventInvokeConfig{MaximumRetryAttempts: new(0)})
			return err
		},
		"loop": func() error { return x.PutFunctionRecursionConfig(x.now, "f", Allow) },
		"alias": func() error {
			_, err := x.UpdateAlias(x.now, "f", "live", UpdateAliasInput{Version: "$LATEST"})
			return err
		},
		"publish": func() error { _, err := x.PublishVersion(x.now, "f", PublishVersionInput{}); return err },
	} {
		require.NoError(t, change(), name)
		require.Same(t, latest, x.resolve("f", "").Deployment, name)
		require.Same(t, version, x.resolve("f", "1").Deployment, name)
	}
	_, err := x.UpdateFunctionConfiguration(x.now, "f", UpdateFunctionConfigurationInput{})
	require.NoError(t, err)
	require.NotSame(t, latest, x.resolve("f", "").Deployment)
	require.Same(t, x.resolve("f", "").Deployment, x.resolve("f", "live").Deployment, "an alias of $LATEST follows")
	require.Same(t, version, x.resolve("f", "1").Deployment)
}

func TestPick(t *testing.T) {
	a, b := &Deployment{Version: "1"}, &Deployment{Version: "2"}
	for _, tt := range []struct {
		weight, draw float64
		want         *Deployment
	}{
		{0, 0, a}, {0.25, 0, b}, {0.25, 0.2499, b}, {0.25, 0.25, a}, {0.25, 0.9999, a}, {1, 0, b}, {1, 0.9999999999999999, b},
	} {
		require.Same(t, tt.want, (&Resolution{Deployment: a, Alternative: b, Weight: tt.weight}).Pick(tt.draw), "%v", tt)
	}
	require.Same(t, a, (&Resolution{Deployment: a}).Pick(0), "no alternative")
}

func TestPick_sharesAreTheWeights(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const draws = 1000
		weight := rapid.Float64Range(0, 1).Draw(t, "weight")
		res := &Resolution{Deployment: &Deployment{}, Alternative: &Deployment{}, Weight: weight}
		n := 0.0
		for i := range draws {
			if res.Pick((float64(i)+0.5)/draws) == res.Alternative {
				n++
			}
		}
		require.InDelta(t, weight, n/draws, 1.0/draws)
	})
}

func TestResolve_allocatesNothing(t *testing.T) {
	x := newFixture(t)
	x.publish("f")
	x.alias("f", "live", Routing{Version: "1"})
	for _, q := range []string{"", "$LATEST", "1", "live"} {
		ref := lambda.Ref{Name: "f", Qualifier: q}
		require.Zero(t, testing.AllocsPerRun(100, func() {
			if _, err := x.Resolve(x.now, ref); err != nil {
				t.Fatal(err)
			}
		}), q)
	}
}

// BenchmarkResolve is held to 60 ns and no allocation. The baseline is what a plain table of functions costs.
func BenchmarkResolve(b *testing.B) {
	x := newFixture(b)
	var table sync.Map
	names := make([]string, 64)
	for i := range names {
		names[i] = fmt.Sprintf("orders-service-%d", i)
		x.create(names[i])
		x.publish(names[i])
		x.alias(names[i], "live", Routing{Version: "1"})
		table.Store(names[i], x.lookup(names[i]))
	}
	for _, q := range []string{"", "1", "live"} {
		b.Run("qualifier="+q, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, err := x.Resolve(x.now, lambda.Ref{Name: names[i%len(names)], Qualifier: q}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("baseline=sync.Map", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if f, ok := table.Load(names[i%len(names)]); !ok || f.(*function) == nil {
				b.Fatal("missing")
			}
		}
	})
}
