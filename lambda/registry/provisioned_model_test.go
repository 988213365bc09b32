package registry

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/concurrency"
	"github.com/lambdakit/lambdakit/lambda"
)

// provisionedModel is the rules about qualifiers, told slowly: which one holds which version. Numbers and readiness
// are asked of the accountant.
type provisionedModel struct {
	aliases map[string]modelAlias
	configs map[string]modelConfig // by qualifier
}

type modelConfig struct {
	version, leaving string
	n                int
}

// version is what a qualifier stands for.
func (m *provisionedModel) version(qualifier string) string {
	if a, ok := m.aliases[qualifier]; ok {
		return a.version
	}
	return qualifier
}

// put is the code of a refusal of a config on that qualifier.
func (m *provisionedModel) put(qualifier string) string {
	a, isAlias := m.aliases[qualifier]
	if !isAlias && lambda.IsAlias(qualifier) {
		return rnf
	}
	if a.other != "" {
		return ipv
	}
	for holder, c := range m.configs {
		if v := m.version(qualifier); holder != qualifier && (c.version == v || c.leaving == v) {
			return rce
		}
	}
	if a.version == lambda.Latest {
		return ipv
	}
	return ""
}

// move is the code of a refusal to point an alias elsewhere.
func (m *provisionedModel) move(alias string, to modelAlias) string {
	own, ok := m.configs[alias]
	if !ok || own.version == to.version {
		return ""
	}
	if to.version == lambda.Latest {
		return ipv
	}
	for holder, c := range m.configs {
		if holder != alias && (c.version == to.version || c.leaving == to.version) {
			return rce
		}
	}
	return ""
}

func TestProvisionedConcurrency_isWhatTheModelSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := New(Options{})
		now := t0
		_, err := r.CreateFunction(now, CreateFunctionInput{Config: lambda.Config{Name: "f"}, Code: code})
		require.NoError(t, err)
		for range 3 {
			_, err := r.UpdateFunctionCode(now, "f", UpdateFunctionCodeInput{Code: code, Publish: true})
			require.NoError(t, err)
		}
		m := &provisionedModel{aliases: map[string]modelAlias{}, configs: map[string]modelConfig{}}
		books := func(version string) *concurrency.Version { return r.Account().Function("f").Version(version) }
		call := func(t *rapid.T, run func() error, code string, apply func()) {
			before := world(t, r, now)
			err := run()
			if code == "" {
				require.NoError(t, err)
				apply()
				return
			}
			var e *lambda.Error
			require.True(t, errors.As(err, &e), "want %s, got %v", code, err)
			require.Equal(t, code, e.Code, "%v", err)
			require.Equal(t, before, world(t, r, now))
		}
		qualifier := rapid.SampledFrom([]string{"1", "2", "3", "x", "y"})
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				q, n := qualifier.Draw(t, "qualifier"), rapid.IntRange(1, 3).Draw(t, "n")
				call(t, func() error { _, err := r.PutProvisionedConcurrency(now, "f", q, n); return err }, m.put(q), func() {
					m.configs[q] = modelConfig{m.version(q), m.configs[q].leaving, n}
				})
			},
			"delete": func(t *rapid.T) {
				q := qualifier.Draw(t, "qualifier")
				code := ""
				if _, ok := m.aliases[q]; !ok && lambda.IsAlias(q) {
					code = rnf
				}
				call(t, func() error { return r.DeleteProvisionedConcurrency(now, "f", q) }, code, func() { delete(m.configs, q) })
			},
			"point": func(t *rapid.T) {
				alias := rapid.SampledFrom([]string{"x", "y"}).Draw(t, "alias")
				to := modelAlias{version: rapid.SampledFrom([]string{"1", "2", "3", lambda.Latest}).Draw(t, "to")}
				routing := Routing{Version: to.version}
				if to.version != lambda.Latest && rapid.IntRange(0, 3).Draw(t, "weighted") == 0 {
					to.other = map[string]string{"1": "2", "2": "3", "3": "1"}[to.version]
					routing.Additional = map[string]float64{to.other: 0.5}
				}
				call(t, func() error { _, err := r.PutAlias(now, "f", alias, routing); return err }, m.move(alias, to), func() {
					if c, ok := m.configs[alias]; ok && c.version != to.version {
						if c.leaving == "" {
							c.leaving = c.version
						}
						if c.leaving == to.version {
							c.leaving = ""
						}
						c.version = to.version
						m.configs[alias] = c
					}
					m.aliases[alias] = to
				})
			},
			"delete alias": func(t *rapid.T) {
				alias := rapid.SampledFrom([]string{"x", "y"}).Draw(t, "alias")
				call(t, func() error { return r.DeleteAlias(now, "f", alias) }, "", func() {
					delete(m.aliases, alias)
					delete(m.configs, alias)
				})
			},
			"wait": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(1, 90).Draw(t, "seconds")) * time.Second)
			},
			"": func(t *rapid.T) {
				total := 0
				held := map[string]bool{}
				for q, c := range m.configs {
					state, ok := books(c.version).ProvisionedAt(now)
					require.True(t, ok, "%s holds %s", q, c.version)
					if state.Status == concurrency.Ready {
						c.leaving = ""
						m.configs[q] = c
					}
					shown, err := r.GetProvisionedConcurrency(now, "f", q)
					require.NoError(t, err)
					require.Equal(t, []any{c.n, state.Status.String()}, []any{shown.Requested, shown.Status})
					total += c.n
					held[c.version] = true
				}
				require.Equal(t, 1000-total, r.GetAccountSettings(now).AccountLimit.UnreservedConcurrentExecutions)
				for _, v := range []string{"1", "2", "3"} {
					_, ok := books(v).ProvisionedAt(now)
					require.Equal(t, held[v], ok, "version %s", v)
				}
				items, _, err := r.ListProvisionedConcurrency(now, "f", Page{})
				require.NoError(t, err)
				require.Len(t, items, len(m.configs))
				for name, a := range m.aliases {
					res, err := r.Resolve(now, lambda.Ref{Name: "f", Qualifier: name})
					require.NoError(t, err)
					want := []string{a.version, a.other}
					if leaving := m.configs[name].leaving; a.other == "" && leaving != "" {
						want[1] = leaving
						require.InDelta(t, 1, res.Weight, 0)
					}
					got := []string{res.Deployment.Version, ""}
					if res.Alternative != nil {
						got[1] = res.Alternative.Version
					}
					require.Equal(t, want, got, name)
				}
			},
		})
	})
}
