package registry

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/lambda"
)

// settingsModel is what one function, its version 1 and its alias x are set to, as plain maps. Both come and go.
type settingsModel struct {
	targets  map[string]bool     // qualifiers that exist, "" for the function
	policies map[string][]string // statement ids in the order of adding
	urls     map[string]AuthType
	tags     map[string]string
}

// gone removes a qualifier with all that is set for it.
func (m *settingsModel) gone(qualifier string) {
	delete(m.targets, qualifier)
	delete(m.policies, qualifier)
	delete(m.urls, qualifier)
}

// settingsMachine runs calls on both and compares.
type settingsMachine struct {
	*rapid.T
	r         *Registry
	m         *settingsModel
	policyIDs map[string]string // the RevisionId of each policy
	urlIDs    map[string]string // the URL of each config
	latest    string            // $LATEST's RevisionId
	changed   map[string]bool   // what the last call had to give a new id: "policy:x", "latest"
}

// call runs a call that is refused with a code, or succeeds if that is "".
func (s *settingsMachine) call(run func() error, code string, apply func()) {
	before := world(s, s.r, t0)
	err := run()
	if code == "" {
		require.NoError(s, err)
		apply()
		return
	}
	var e *lambda.Error
	require.True(s, errors.As(err, &e), "want %s, got %v", code, err)
	require.Equal(s, code, e.Code, "%v", err)
	require.Equal(s, before, world(s, s.r, t0))
}

func (s *settingsMachine) draw(label string, from ...string) string {
	return rapid.SampledFrom(from).Draw(s.T, label)
}

func (s *settingsMachine) qualifier() string { return s.draw("qualifier", "", "1", "x") }

func (s *settingsMachine) toggleVersion() {
	if s.m.targets["1"] {
		s.call(func() error { return s.r.DeleteFunction(t0, "f", "1") }, "", func() { s.m.gone("1") })
		return
	}
	// The number 1 is given out once only: a function that is made anew starts over in everything but that.
	s.Skip("the version is gone for good")
}

func (s *settingsMachine) toggleAlias() {
	if s.m.targets["x"] {
		s.call(func() error { return s.r.DeleteAlias(t0, "f", "x") }, "", func() { s.m.gone("x") })
		return
	}
	s.call(func() error { _, err := s.r.CreateAlias(t0, "f", "x", Routing{Version: "$LATEST"}); return err }, "",
		func() { s.m.targets["x"] = true })
}

func (s *settingsMachine) addPermission() {
	q, sid := s.qualifier(), s.draw("sid", "a", "b", "c")
	code := ""
	switch {
	case !s.m.targets[q]:
		code = rnf
	case slices.Contains(s.m.policies[q], sid):
		code = rce
	}
	s.call(func() error {
		_, err := s.r.AddPermission(t0, "f", q, AddPermissionInput{StatementID: sid, Action: "lambda:InvokeFunction", Principal: "*"})
		return err
	}, code, func() {
		s.m.policies[q] = append(s.m.policies[q], sid)
		s.changed["policy:"+q] = true
	})
}

func (s *settingsMachine) removePermission() {
	q, sid := s.qualifier(), s.draw("sid", "a", "b", "c")
	code := ""
	if !slices.Contains(s.m.policies[q], sid) {
		code = rnf
	}
	s.call(func() error { return s.r.RemovePermission(t0, "f", q, sid, "") }, code, func() {
		left := slices.DeleteFunc(slices.Clone(s.m.policies[q]), func(x string) bool { return x == sid })
		if s.m.policies[q] = left; len(left) == 0 {
			delete(s.m.policies, q)
		}
		s.changed["policy:"+q] = true
	})
}

func (s *settingsMachine) createURL() {
	q, auth := s.draw("alias", "", "x"), AuthType(s.draw("auth", "NONE", "AWS_IAM"))
	code := ""
	switch {
	case !s.m.targets[q]:
		code = rnf
	case s.m.urls[q] != "":
		code = rce
	}
	s.call(func() error {
		_, err := s.r.CreateFunctionURLConfig(t0, "f", q, FunctionURLInput{AuthType: auth})
		return err
	}, code, func() {
		s.m.urls[q] = auth
		s.changed["url:"+q] = true
	})
}

func (s *settingsMachine) updateURL() {
	q, auth := s.draw("alias", "", "x"), AuthType(s.draw("auth", "", "NONE", "AWS_IAM"))
	code := ""
	if s.m.urls[q] == "" {
		code = rnf
	}
	s.call(func() error {
		_, err := s.r.UpdateFunctionURLConfig(t0, "f", q, FunctionURLInput{AuthType: auth})
		return err
	}, code, func() {
		if auth != "" {
			s.m.urls[q] = auth
		}
	})
}

func (s *settingsMachine) deleteURL() {
	q := s.draw("alias", "", "x")
	code := ""
	if s.m.urls[q] == "" {
		code = rnf
	}
	s.call(func() error { return s.r.DeleteFunctionURLConfig(t0, "f", q) }, code, func() { delete(s.m.urls, q) })
}

func (s *settingsMachine) tag() {
	key, value := s.draw("key", "k", "l"), s.draw("value", "1", "2")
	s.call(func() error { return s.r.TagResource(t0, arnPrefix+"f", map[string]string{key: value}) }, "", func() {
		s.m.tags[key] = value
		s.changed["latest"] = true
	})
}

func (s *settingsMachine) untag() {
	key := s.draw("key", "k", "l")
	s.call(func() error { return s.r.UntagResource(t0, arnPrefix+"f", []string{key}) }, "", func() {
		delete(s.m.tags, key)
		s.changed["latest"] = true
	})
}

// check compares what is shown with the model, and which ids changed with which had to.
func (s *settingsMachine) check() {
	for _, q := range []string{"", "1", "x"} {
		s.checkPolicy(q)
	}
	urls := map[string]AuthType{}
	items := walk(s, new(1), func(p Page) ([]*FunctionURLConfig, string, error) { return s.r.ListFunctionURLConfigs(t0, "f", p) })
	for _, c := range items {
		q := strings.TrimPrefix(strings.TrimPrefix(c.FunctionARN, arnPrefix+"f"), ":")
		urls[q] = c.AuthType
		require.Equal(s, s.changed["url:"+q], s.urlIDs[q] != c.FunctionURL, "URL of %q", q)
		s.urlIDs[q] = c.FunctionURL
		id, _, _ := strings.Cut(strings.TrimPrefix(c.FunctionURL, "https://"), ".")
		ref, _, ok := s.r.ResolveURL(t0, id)
		require.True(s, ok)
		require.Equal(s, lambda.Ref{Name: "f", Qualifier: q}, ref)
	}
	require.Equal(s, s.m.urls, urls)
	tags, err := s.r.ListTags(t0, arnPrefix+"f")
	require.NoError(s, err)
	require.Equal(s, s.m.tags, tags)
	c, err := s.r.GetFunctionConfiguration(t0, "f", "")
	require.NoError(s, err)
	require.Equal(s, s.changed["latest"], s.latest != c.RevisionID, "$LATEST's RevisionId")
	s.latest = c.RevisionID
	clear(s.changed)
}

func (s *settingsMachine) checkPolicy(q string) {
	document, revision, err := s.r.GetPolicy(t0, "f", q)
	if s.m.policies[q] == nil {
		require.ErrorIs(s, err, lambda.ErrResourceNotFound)
		delete(s.policyIDs, q)
		return
	}
	require.NoError(s, err)
	var p struct {
		Statement []struct{ Sid, Resource string }
	}
	require.NoError(s, json.Unmarshal([]byte(document), &p))
	var sids []string
	for _, statement := range p.Statement {
		sids = append(sids, statement.Sid)
		require.Equal(s, qualified(arnPrefix+"f", q), statement.Resource)
	}
	require.Equal(s, s.m.policies[q], sids)
	require.Equal(s, s.changed["policy:"+q], s.policyIDs[q] != revision, "RevisionId of the policy of %q", q)
	for other, id := range s.policyIDs {
		require.True(s, other == q || id != revision, "%q and %q share a RevisionId", q, other)
	}
	s.policyIDs[q] = revision
}

// TestSettings_areWhatTheModelSays runs any story of permissions, URLs and tags on both.
func TestSettings_areWhatTheModelSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := New(Options{})
		c, err := r.CreateFunction(t0, CreateFunctionInput{Config: lambda.Config{Name: "f"}, Code: code, Publish: true})
		require.NoError(t, err)
		require.Equal(t, "1", c.Version)
		latest, err := r.GetFunctionConfiguration(t0, "f", "")
		require.NoError(t, err)
		s := &settingsMachine{
			T: t, r: r, latest: latest.RevisionID,
			m: &settingsModel{targets: map[string]bool{"": true, "1": true}, policies: map[string][]string{},
				urls: map[string]AuthType{}, tags: map[string]string{}},
			policyIDs: map[string]string{}, urlIDs: map[string]string{}, changed: map[string]bool{},
		}
		actions := map[string]func(*settingsMachine){
			"toggleVersion": (*settingsMachine).toggleVersion, "toggleAlias": (*settingsMachine).toggleAlias,
			"addPermission": (*settingsMachine).addPermission, "removePermission": (*settingsMachine).removePermission,
			"createURL": (*settingsMachine).createURL, "updateURL": (*settingsMachine).updateURL,
			"deleteURL": (*settingsMachine).deleteURL, "tag": (*settingsMachine).tag, "untag": (*settingsMachine).untag,
			"": (*settingsMachine).check,
		}
		repeat := map[string]func(*rapid.T){}
		for name, action := range actions {
			repeat[name] = func(t *rapid.T) { s.T = t; action(s) }
		}
		t.Repeat(repeat)
	})
}
