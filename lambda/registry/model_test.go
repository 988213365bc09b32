package registry

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/lambda"
)

// The model is the registry as one would tell it: plain maps, every answer computed anew from the story so far.
type (
	modelState struct {
		memory      int
		description string
		code        int
	}
	modelVersion struct {
		modelState
		number int
		source modelState // what $LATEST was
		gone   bool
		until  time.Time // pending until then
	}
	modelAlias struct {
		version, other string
		weight         float64
	}
	modelFunction struct {
		name             string
		latest, serving  modelState
		created, updated time.Time // when the creation and the last update are over
		versions         []*modelVersion
		aliases          map[string]modelAlias
		async            map[string]int
	}
	modelRegistry struct {
		now       time.Time
		functions map[string]*modelFunction
		numbers   map[string]int // the last number of each name, ever
		codes     int
		seen      map[string]bool   // every RevisionId so far
		revisions map[string]string // by name and qualifier
		moved     map[string]bool   // whose RevisionId the last call had to change
	}
)

const modelCreateDelay, modelUpdateDelay = 10 * time.Second, 5 * time.Second

// find is the version of that number, nil for none.
func (f *modelFunction) find(version string) *modelVersion {
	for _, v := range f.versions {
		if strconv.Itoa(v.number) == version && !v.gone {
			return v
		}
	}
	return nil
}

func (f *modelFunction) has(qualifier string) bool {
	_, alias := f.aliases[qualifier]
	return qualifier == "" || qualifier == lambda.Latest || alias || f.find(qualifier) != nil
}

// state is what an invocation of a version or $LATEST runs at now; pending if it cannot.
func (f *modelFunction) state(now time.Time, version string) (state modelState, pending bool) {
	if v := f.find(version); v != nil {
		return v.modelState, now.Before(v.until)
	}
	if now.Before(f.updated) {
		return f.serving, now.Before(f.created)
	}
	return f.latest, now.Before(f.created)
}

func (f *modelFunction) busy(now time.Time) bool {
	return now.Before(f.created) || now.Before(f.updated)
}

// lastPublished is the version that was published last, unless it is gone.
func (f *modelFunction) lastPublished(last int) *modelVersion {
	if n := len(f.versions); n > 0 && !f.versions[n-1].gone && f.versions[n-1].number == last {
		return f.versions[n-1]
	}
	return nil
}

// machine runs one call on both and compares.
type machine struct {
	*rapid.T
	r *Registry
	m *modelRegistry
}

// call runs a call that the model expects to be refused with a code, or to succeed if code is "". apply changes the
// model.
func (s *machine) call(what string, run func() error, code string, apply func()) {
	before := world(s, s.r, s.m.now)
	err := run()
	if code == "" {
		require.NoError(s, err, what)
		apply()
		return
	}
	var e *lambda.Error
	require.True(s, errors.As(err, &e), "%s: want %s, got %v", what, code, err)
	require.Equal(s, code, e.Code, "%s: %v", what, err)
	require.Equal(s, before, world(s, s.r, s.m.now), "refused: %s", what)
}

func (s *machine) pick(label string, from ...string) string {
	return rapid.SampledFrom(from).Draw(s.T, label)
}

// missing is the code of a call about a function that may be missing.
func (s *machine) missing(name string) (*modelFunction, string) {
	if f := s.m.functions[name]; f != nil {
		return f, ""
	}
	return nil, rnf
}

func (s *machine) create() {
	name, publish := s.pick("name", "a", "b"), rapid.Bool().Draw(s.T, "publish")
	expected := ""
	if s.m.functions[name] != nil {
		expected = rce
	}
	s.call("create", func() error {
		_, err := s.r.CreateFunction(s.m.now, CreateFunctionInput{Config: lambda.Config{Name: name, MemorySize: 128}, Code: code, Publish: publish})
		return err
	}, expected, func() {
		s.m.codes++
		ready := s.m.now.Add(modelCreateDelay)
		f := &modelFunction{name: name, latest: modelState{memory: 128, code: s.m.codes}, created: ready, updated: s.m.now,
			aliases: map[string]modelAlias{}, async: map[string]int{}}
		s.m.functions[name] = f
		if publish {
			s.m.publish(f, ready)
		}
		s.m.moved[name+":"+lambda.Latest] = true
	})
}

// publish adds a version unless the last one would be repeated.
func (m *modelRegistry) publish(f *modelFunction, until time.Time) {
	if last := f.lastPublished(m.numbers[f.name]); last != nil && last.source == f.latest {
		return
	}
	m.numbers[f.name]++
	f.versions = append(f.versions, &modelVersion{modelState: f.latest, source: f.latest, number: m.numbers[f.name], until: until})
	m.moved[f.name+":"+lambda.Latest] = true
	m.moved[f.name+":"+strconv.Itoa(m.numbers[f.name])] = true
}

// update is an update of $LATEST by change.
func (s *machine) update(what, name string, run func() error, change func(*modelState), publish bool) {
	f, expected := s.missing(name)
	if f != nil && f.busy(s.m.now) {
		expected = rce
	}
	s.call(what, run, expected, func() {
		f.serving = f.latest
		change(&f.latest)
		f.updated = s.m.now.Add(modelUpdateDelay)
		s.m.moved[name+":"+lambda.Latest] = true
		if publish {
			s.m.publish(f, f.updated)
		}
	})
}

func (s *machine) updateCode() {
	name, publish := s.pick("name", "a", "b"), rapid.Bool().Draw(s.T, "publish")
	s.update("update code", name, func() error {
		_, err := s.r.UpdateFunctionCode(s.m.now, name, UpdateFunctionCodeInput{Code: code, Publish: publish})
		return err
	}, func(state *modelState) { s.m.codes++; state.code = s.m.codes }, publish)
}

func (s *machine) updateConfiguration() {
	name := s.pick("name", "a", "b")
	memory := rapid.SampledFrom([]int{0, 128, 256}).Draw(s.T, "memory")
	description := s.pick("description", "", "one", "two")
	s.update("update configuration", name, func() error {
		_, err := s.r.UpdateFunctionConfiguration(s.m.now, name, UpdateFunctionConfigurationInput{MemorySize: memory, Description: &description})
		return err
	}, func(state *modelState) {
		if memory != 0 {
			state.memory = memory
		}
		state.description = description
	}, false)
}

func (s *machine) publish() {
	name := s.pick("name", "a", "b")
	f, expected := s.missing(name)
	if f != nil && f.busy(s.m.now) {
		expected = rce
	}
	s.call("publish", func() error {
		_, err := s.r.PublishVersion(s.m.now, name, PublishVersionInput{Description: new("published")})
		return err
	}, expected, func() {
		n := len(f.versions)
		if s.m.publish(f, s.m.now); len(f.versions) > n {
			f.versions[n].description = "published"
		}
	})
}

func (s *machine) deleteFunction() {
	name := s.pick("name", "a", "b")
	_, expected := s.missing(name)
	s.call("delete function", func() error { return s.r.DeleteFunction(s.m.now, name, "") }, expected,
		func() { delete(s.m.functions, name) })
}

func (s *machine) deleteVersion() {
	name, version := s.pick("name", "a", "b"), s.pick("version", "1", "2", "3")
	f, expected := s.missing(name)
	if f != nil {
		for _, a := range f.aliases {
			if (a.version == version || a.other == version) && f.find(version) != nil {
				expected = rce
			}
		}
	}
	s.call("delete version", func() error { return s.r.DeleteFunction(s.m.now, name, version) }, expected, func() {
		if v := f.find(version); v != nil {
			v.gone = true
			delete(f.async, version)
		}
	})
}

func (s *machine) putAlias() {
	name, alias, create := s.pick("name", "a", "b"), s.pick("alias", "x", "y"), rapid.Bool().Draw(s.T, "create")
	a := modelAlias{version: s.pick("version", "1", "2", "3", lambda.Latest), other: s.pick("other", "", "1", "2")}
	to := Routing{Version: a.version}
	if a.other != "" {
		a.weight = rapid.Float64Range(0, 1).Draw(s.T, "weight")
		to.Additional = map[string]float64{a.other: a.weight}
	}
	f, expected := s.missing(name)
	switch {
	case a.other != "" && (a.other == a.version || a.version == lambda.Latest):
		expected = ipv
	case f == nil:
	case a.version != lambda.Latest && f.find(a.version) == nil, a.other != "" && f.find(a.other) == nil:
		expected = rnf
	case create && f.aliases[alias].version != "":
		expected = rce
	}
	s.call("put alias", func() error {
		var err error
		if create {
			_, err = s.r.CreateAlias(s.m.now, name, alias, to)
		} else {
			_, err = s.r.PutAlias(s.m.now, name, alias, to)
		}
		return err
	}, expected, func() { f.aliases[alias] = a })
}

func (s *machine) deleteAlias() {
	name, alias := s.pick("name", "a", "b"), s.pick("alias", "x", "y")
	s.call("delete alias", func() error { return s.r.DeleteAlias(s.m.now, name, alias) }, "", func() {
		if f := s.m.functions[name]; f != nil {
			delete(f.aliases, alias)
			delete(f.async, alias)
		}
	})
}

func (s *machine) putEventInvokeConfig() {
	name, qualifier := s.pick("name", "a", "b"), s.pick("qualifier", "", lambda.Latest, "1", "2", "x")
	retries := rapid.IntRange(0, 2).Draw(s.T, "retries")
	f, expected := s.missing(name)
	if f != nil && !f.has(qualifier) {
		expected = rnf
	}
	s.call("put event-invoke config", func() error {
		_, err := s.r.PutEventInvokeConfig(s.m.now, name, qualifier, EventInvokeConfig{MaximumRetryAttempts: &retries})
		return err
	}, expected, func() {
		if qualifier == "" {
			qualifier = lambda.Latest
		}
		f.async[qualifier] = retries
	})
}

func (s *machine) tag() {
	name := s.pick("name", "a", "b")
	_, expected := s.missing(name)
	s.call("tag", func() error { return s.r.TagResource(s.m.now, arnPrefix+name, map[string]string{"k": "v"}) }, expected,
		func() { s.m.moved[name+":"+lambda.Latest] = true })
}

// wait lets time pass; what is over by then gives $LATEST its next RevisionId.
func (s *machine) wait() {
	was := s.m.now
	s.m.now = was.Add(time.Duration(rapid.IntRange(1, 12).Draw(s.T, "seconds")) * time.Second)
	for name, f := range s.m.functions {
		if f.busy(was) && !f.busy(s.m.now) {
			s.m.moved[name+":"+lambda.Latest] = true
		}
	}
}

// check compares all that the registry shows with the model, one page at a time, and the RevisionIds with what the
// last call had to change.
func (s *machine) check() {
	one := 1
	var want []string
	for _, name := range slices.Sorted(maps.Keys(s.m.functions)) {
		f := s.m.functions[name]
		want = append(want, name+":"+lambda.Latest)
		for _, v := range f.versions {
			if !v.gone {
				want = append(want, name+":"+strconv.Itoa(v.number))
			}
		}
	}
	items := walk(s, &one, func(p Page) ([]*FunctionConfiguration, string, error) { return s.r.ListFunctions(s.m.now, true, p) })
	require.Equal(s, want, listed(items))
	s.checkRevisions(items)
	for _, name := range []string{"a", "b"} {
		for _, qualifier := range []string{"", lambda.Latest, "1", "2", "3", "4", "x", "y"} {
			s.checkResolve(name, qualifier)
		}
	}
}

func (s *machine) checkRevisions(items []*FunctionConfiguration) {
	now := map[string]string{}
	for _, c := range items {
		key := c.FunctionName + ":" + c.Version
		now[key] = c.RevisionID
		old, existed := s.m.revisions[key]
		if s.m.moved[key] || !existed {
			require.False(s, s.m.seen[c.RevisionID], "%s has an id that was there before", key)
		} else {
			require.Equal(s, old, c.RevisionID, "%s changed its id", key)
		}
		s.m.seen[c.RevisionID] = true
	}
	s.m.revisions, s.m.moved = now, map[string]bool{}
}

func (s *machine) checkResolve(name, qualifier string) {
	got := fmt.Sprint(resolved(s.r, s.m.now, name, qualifier))
	want := fmt.Sprint(s.expected(name, qualifier))
	require.Equal(s, want, got, "%s:%s", name, qualifier)
}

// expected is what the model says that resolved gives.
func (s *machine) expected(name, qualifier string) any {
	f := s.m.functions[name]
	shown := qualifier
	if shown == "" {
		shown = lambda.Latest
	}
	if f == nil || !f.has(qualifier) {
		return lambda.FunctionNotFound(arnPrefix + name + ":" + shown).Error()
	}
	a, isAlias := f.aliases[qualifier]
	if !isAlias {
		a = modelAlias{version: shown}
	}
	state, pending := f.state(s.m.now, a.version)
	if a.other != "" {
		_, otherPending := f.state(s.m.now, a.other)
		pending = pending || otherPending
	}
	if pending {
		return lambda.FunctionInState("Pending").Error()
	}
	v := []any{a.version, state.description, state.memory, a.weight, Terminate}
	if a.other != "" {
		v = append(v, a.other)
	}
	if retries, ok := f.async[shown]; ok {
		v = append(v, wireConfig(&EventInvokeConfig{MaximumRetryAttempts: &retries}))
	}
	return v
}

// TestRegistry_isWhatTheModelSays runs any story on both.
func TestRegistry_isWhatTheModelSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &machine{
			T: t,
			r: New(Options{CreateDelay: modelCreateDelay, UpdateDelay: modelUpdateDelay}),
			m: &modelRegistry{now: t0, functions: map[string]*modelFunction{}, numbers: map[string]int{}, seen: map[string]bool{},
				revisions: map[string]string{}, moved: map[string]bool{}},
		}
		act := func(action func(*machine)) func(*rapid.T) {
			return func(t *rapid.T) { s.T = t; action(s) }
		}
		t.Repeat(map[string]func(*rapid.T){
			"create":               act((*machine).create),
			"updateCode":           act((*machine).updateCode),
			"updateConfiguration":  act((*machine).updateConfiguration),
			"publish":              act((*machine).publish),
			"deleteFunction":       act((*machine).deleteFunction),
			"deleteVersion":        act((*machine).deleteVersion),
			"putAlias":             act((*machine).putAlias),
			"deleteAlias":          act((*machine).deleteAlias),
			"putEventInvokeConfig": act((*machine).putEventInvokeConfig),
			"tag":                  act((*machine).tag),
			"wait":                 act((*machine).wait),
			"":                     act((*machine).check),
		})
	})
}
