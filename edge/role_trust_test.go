package edge

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/iam"
)

const roleARN = "arn:aws:iam::123456789012:role/edge"

func TestCheckTrust(t *testing.T) {
	deny := iam.TrustPolicy("lambda.amazonaws.com", "edgelambda.amazonaws.com")
	deny.Statements = append(deny.Statements, iam.Statement{Effect: iam.Deny, Principal: &iam.Principal{Service: []string{"edgelambda.amazonaws.com"}}, Action: []string{"sts:AssumeRole"}})
	for _, c := range []struct {
		name  string
		trust *iam.Policy
		ok    bool
	}{
		{"both", iam.TrustPolicy("lambda.amazonaws.com", "edgelambda.amazonaws.com"), true},
		{"and others", iam.TrustPolicy("edgelambda.amazonaws.com", "scheduler.amazonaws.com", "lambda.amazonaws.com"), true},
		{"Lambda alone", iam.TrustPolicy("lambda.amazonaws.com"), false},
		{"the edge alone", iam.TrustPolicy("edgelambda.amazonaws.com"), false},
		{"what a role has by itself", nil, false},
		{"denied", deny, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			roles := iam.NewRoles()
			require.NoError(t, roles.Put(iam.Role{ARN: roleARN, Trust: c.trust}))
			err := checkTrust(roles, roleARN)
			if c.ok {
				require.NoError(t, err)
				return
			}
			var e *lambda.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, []any{InvalidAssociation, 400}, []any{e.Code, e.StatusCode})
			require.Contains(t, e.Message, "The function execution role must be assumable with edgelambda.amazonaws.com as well as lambda.amazonaws.com principals.")
		})
	}
	require.Error(t, checkTrust(iam.NewRoles(), roleARN), "a role that is not there")
	require.NoError(t, checkTrust(nil, roleARN), "no directory")
	require.NoError(t, checkTrust(iam.NewRoles(), ""), "no role")
}

// TestRolesAreCheckedAtAssociation: a function that is deployed and runs may still not be fit for the edge.
func TestRolesAreCheckedAtAssociation(t *testing.T) {
	roles := iam.NewRoles()
	require.NoError(t, roles.Put(iam.Role{ARN: roleARN}))
	svc := invoke.New(invoke.Options{Roles: roles})
	defer svc.Close()
	require.NoError(t, svc.Deploy(lambda.Config{Name: "f", Role: roleARN}, lambda.Handler(func() {})))
	_, err := svc.PublishVersion("f")
	require.NoError(t, err)
	c := Config{Invoker: svc, Roles: roles, Origin: HandlerOrigin(http.NotFoundHandler()), CacheBehaviors: []CacheBehavior{{PathPattern: "*", OriginRequest: "f:1"}}}
	_, err = NewDistribution(c)
	require.ErrorContains(t, err, "edgelambda.amazonaws.com")
	require.NoError(t, roles.Put(iam.Role{ARN: roleARN, Trust: iam.TrustPolicy("lambda.amazonaws.com", "edgelambda.amazonaws.com")}))
	_, err = NewDistribution(c)
	require.NoError(t, err)
	c.Roles = nil
	_, err = NewDistribution(c)
	require.NoError(t, err)
}
