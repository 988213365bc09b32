package registry

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTags(t *testing.T) {
	x := newFixture(t)
	list := func() map[string]string {
		tags, err := x.ListTags(x.now, arnPrefix+"f")
		require.NoError(t, err)
		return tags
	}
	require.Equal(t, "{}", wire(t, list()))
	require.NoError(t, x.TagResource(x.now, arnPrefix+"f", map[string]string{"a": "1", "b": "2"}))
	require.NoError(t, x.TagResource(x.now, arnPrefix+"f", map[string]string{"b": "3"}))
	require.Equal(t, map[string]string{"a": "1", "b": "3"}, list())
	list()["a"] = "changed"
	require.NoError(t, x.UntagResource(x.now, arnPrefix+"f", []string{"a", "unknown"}))
	require.Equal(t, map[string]string{"b": "3"}, list())
}

func TestTags_refused(t *testing.T) {
	x := newFixture(t)
	one, many := map[string]string{"k": "v"}, map[string]string{}
	for i := range 49 {
		many[fmt.Sprint("t", i)] = "v"
	}
	require.NoError(t, x.TagResource(x.now, arnPrefix+"f", many))
	require.NoError(t, x.TagResource(x.now, arnPrefix+"f", map[string]string{"t0": "again", "t49": "v"}), "50")
	tag := func(arn string, tags map[string]string) func() error {
		return func() error { return x.TagResource(x.now, arn, tags) }
	}
	const other = "arn:aws:lambda:us-east-1:123456789012:"
	const mapping = other + "event-source-mapping:01234567-89ab-cdef-0123-456789abcdef"
	form := func(arn string) string {
		return "1 validation error detected: Value '" + arn + "' at 'resource' failed to satisfy constraint: Member must satisfy regular expression pattern: " + tagPattern
	}
	for _, tt := range []struct {
		name          string
		err           func() error
		code, message string
	}{
		{"no ARN", tag("f", one), ve, form("f")},
		{"mapping with a qualifier", tag(mapping+":alias", one), ve, form(mapping + ":alias")},
		{"function missing", tag(arnPrefix+"g", one), rnf, "Function not found: " + arnPrefix + "g"},
		{"mapping missing", tag(mapping, one), rnf, "Event source mapping not found: " + mapping},
		{"capacity provider missing", tag(other+"capacity-provider:c", one), rnf, "Capacity provider not found: " + other + "capacity-provider:c"},
		{"qualified", tag(arnPrefix+"f:$LATEST", one), ipv, "Tags on function aliases and versions are not supported. Please specify a function ARN."},
		{"qualified, function missing", tag(arnPrefix+"g:1", one), ipv, "Tags on function aliases and versions are not supported. Please specify a function ARN."},
		{"51", tag(arnPrefix+"f", one), ipv, "Number of tags exceeds resource tag limit."},
		{"none", tag(arnPrefix+"f", map[string]string{}), ipv, "An error occurred and the request cannot be processed."},
		{"no keys", func() error { return x.UntagResource(x.now, arnPrefix+"f", nil) }, ve,
			"1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null"},
		{"list, function missing", func() error { _, err := x.ListTags(x.now, arnPrefix+"g"); return err }, rnf, "Function not found: " + arnPrefix + "g"},
		{"layer", tag(other+"layer:l", one), rnf, "The resource you requested does not exist."},
		{"code signing config", tag(other+"code-signing-config:csc-0123456789abcdefg", one), rnf,
			"The Lambda code signing configuration " + other + "code-signing-config:csc-0123456789abcdefg can not be found."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := world(t, x.Registry, x.now)
			requireRefused(t, tt.err(), tt.code, tt.message)
			require.Equal(t, before, world(t, x.Registry, x.now))
		})
	}
}
