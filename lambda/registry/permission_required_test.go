package registry

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A member that is missing is named once, as missing, whatever form it would have to have.
func TestAddPermission_requiredMembers(t *testing.T) {
	x := newFixture(t)
	_, err := x.AddPermission(x.now, "f", "", AddPermissionInput{})
	require.ErrorContains(t, err, "3 validation errors detected: "+
		"Value null at 'statementId' failed to satisfy constraint: Member must not be null; "+
		"Value null at 'action' failed to satisfy constraint: Member must not be null; "+
		"Value null at 'principal' failed to satisfy constraint: Member must not be null")
}
