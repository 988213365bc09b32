package registry

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambda/iam"
)

// TestAddPermission_statement is the table of inputs and the statements they become.
func TestAddPermission_statement(t *testing.T) {
	x := newFixture(t)
	x.alias("f", "live", Routing{Version: "$LATEST"})
	const head = `{"Sid":"s","Effect":"Allow","Principal":`
	rest := func(arn string) string { return `,"Action":"lambda:InvokeFunction","Resource":"` + arn + `"` }
	for _, tt := range []struct {
		name, qualifier string
		in              AddPermissionInput
		want            string
	}{
		{"everybody", "", AddPermissionInput{Principal: "*"}, head + `"*"` + rest(arnPrefix+"f") + "}"},
		{"a service", "", AddPermissionInput{Principal: "s3.amazonaws.com"}, head + `{"Service":"s3.amazonaws.com"}` + rest(arnPrefix+"f") + "}"},
		{"Alexa", "", AddPermissionInput{Principal: "alexa-appkit.amazon.com", EventSourceToken: "skill"}, head + `{"Service":"alexa-appkit.amazon.com"}` + rest(arnPrefix+"f") +
			`,"Condition":{"StringEquals":{"lambda:EventSourceToken":"skill"}}}`},
		{"Alexa's smart home", "", AddPermissionInput{Principal: "alexa-connectedhome.amazon.com"}, head + `{"Service":"alexa-connectedhome.amazon.com"}` + rest(arnPrefix+"f") + "}"},
		{"an account", "", AddPermissionInput{Principal: "111122223333"}, head + `{"AWS":"arn:aws:iam::111122223333:root"}` + rest(arnPrefix+"f") + "}"},
		{"a role", "live", AddPermissionInput{Principal: "arn:aws:iam::111122223333:role/r"}, head + `{"AWS":"arn:aws:iam::111122223333:role/r"}` + rest(arnPrefix+"f:live") + "}"},
		{"a session", "", AddPermissionInput{Principal: "arn:aws:sts::111122223333:assumed-role/r/s"}, head + `{"AWS":"arn:aws:sts::111122223333:assumed-role/r/s"}` + rest(arnPrefix+"f") + "}"},
		{"a source", "", AddPermissionInput{Principal: "s3.amazonaws.com", SourceARN: "arn:aws:s3:::b&c", SourceAccount: "111122223333"},
			head + `{"Service":"s3.amazonaws.com"}` + rest(arnPrefix+"f") +
				`,"Condition":{"StringEquals":{"AWS:SourceAccount":"111122223333"},"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::b&c"}}}`},
		{"all the rest", "", AddPermissionInput{Principal: "*", FunctionURLAuthType: AuthNone, PrincipalOrgID: "o-0123456789", EventSourceToken: "t",
			InvokedViaFunctionURL: new(true)}, head + `"*"` + rest(arnPrefix+"f") +
			`,"Condition":{"StringEquals":{"lambda:FunctionUrlAuthType":"NONE","aws:PrincipalOrgID":"o-0123456789","lambda:EventSourceToken":"t"},` +
			`"Bool":{"lambda:InvokedViaFunctionUrl":"true"}}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.in.StatementID, tt.in.Action = "s", "lambda:InvokeFunction"
			got, err := x.AddPermission(x.now, "f", tt.qualifier, tt.in)
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
			document, _, err := x.GetPolicy(x.now, "f", tt.qualifier)
			require.NoError(t, err)
			require.Equal(t, `{"Version":"2012-10-17","Id":"default","Statement":[`+tt.want+`]}`, document)
			require.True(t, json.Valid([]byte(document)))
			require.NoError(t, x.RemovePermission(x.now, "f", tt.qualifier, "s", ""))
			_, _, err = x.GetPolicy(x.now, "f", tt.qualifier)
			requireRefused(t, err, rnf, "The resource you requested does not exist.")
		})
	}
}

func TestPolicy_keepsTheOrderAndTheTarget(t *testing.T) {
	x := newFixture(t)
	x.publish("f")
	for _, sid := range []string{"b", "a", "c"} {
		_, err := x.AddPermission(x.now, "f", "", AddPermissionInput{StatementID: sid, Action: "*", Principal: "*"})
		require.NoError(t, err)
	}
	_, err := x.AddPermission(x.now, "f:1", "", AddPermissionInput{StatementID: "v", Action: "lambda:*", Principal: "*"})
	require.NoError(t, err)
	sids := func(qualifier string) (got []string) {
		document, _, err := x.GetPolicy(x.now, "f", qualifier)
		require.NoError(t, err)
		var p struct{ Statement []struct{ Sid string } }
		require.NoError(t, json.Unmarshal([]byte(document), &p))
		for _, s := range p.Statement {
			got = append(got, s.Sid)
		}
		return got
	}
	require.Equal(t, []string{"b", "a", "c"}, sids(""))
	require.NoError(t, x.RemovePermission(x.now, "f", "", "a", ""))
	require.Equal(t, []string{"b", "c"}, sids(""))
	require.Equal(t, []string{"v"}, sids("1"))
}

func TestPermission_refused(t *testing.T) {
	x := newFixture(t)
	x.publish("f")
	good := AddPermissionInput{StatementID: "s", Action: "lambda:InvokeFunction", Principal: "*"}
	_, err := x.AddPermission(x.now, "f", "", good)
	require.NoError(t, err)
	add := func(name, q string, change func(*AddPermissionInput)) func() error {
		return func() error {
			in := good
			change(&in)
			_, err := x.AddPermission(x.now, name, q, in)
			return err
		}
	}
	same := func(*AddPermissionInput) {}
	remove := func(name, q, sid string) func() error {
		return func() error { return x.RemovePermission(x.now, name, q, sid, "") }
	}
	get := func(name, q string) func() error {
		return func() error { _, _, err := x.GetPolicy(x.now, name, q); return err }
	}
	const principalText = "The provided principal was invalid. Please check the principal and try again."
	form := func(value, path, pattern string) string {
		return "1 validation error detected: Value '" + value + "' at '" + path + "' failed to satisfy constraint: Member must satisfy regular expression pattern: " + pattern
	}
	for _, tt := range []struct {
		name          string
		err           func() error
		code, message string
	}{
		{"$LATEST", add("f", "$LATEST", same), ipv, "We currently do not support adding policies for $LATEST."},
		{"$LATEST in the name", add("g:$LATEST", "", same), ipv, "We currently do not support adding policies for $LATEST."},
		{"principal", add("f", "", func(in *AddPermissionInput) { in.Principal = "invalid.nonaws.com" }), ipv, principalText},
		{"principal of Amazon's, no service", add("f", "", func(in *AddPermissionInput) { in.Principal = "www.amazon.com" }), ipv, principalText},
		{"principal of another service", add("f", "", func(in *AddPermissionInput) { in.Principal = "arn:aws:s3:::b" }), ipv, principalText},
		{"alias missing", add("f", "live", same), rnf, "Cannot find alias arn: " + arnPrefix + "f:live"},
		{"version missing", add("f", "9", same), rnf, "Function not found: " + arnPrefix + "f:9"},
		{"qualifier with a dollar", add("f", "live$", same), rnf, "Function not found: " + arnPrefix + "f:live$"},
		{"function missing", add("g", "", same), rnf, "Function not found: " + arnPrefix + "g"},
		{"function missing, with an alias", add("g", "live", same), rnf, "Function not found: " + arnPrefix + "g"},
		{"statement exists", add("f", "", same), rce, "The statement id (s) provided already exists. Please provide a new statement id, or remove the existing statement."},
		{"statement id", add("f", "", func(in *AddPermissionInput) { in.StatementID = "example.com" }), ve, form("example.com", "statementId", "([a-zA-Z0-9-_]+)")},
		{"action", add("f", "", func(in *AddPermissionInput) { in.Action = "s3:Get" }), ve, form("s3:Get", "action", "(lambda:[*]|lambda:[a-zA-Z]+|[*])")},
		{"source account", add("f", "", func(in *AddPermissionInput) { in.SourceAccount = "1" }), ve, form("1", "sourceAccount", `\d{12}`)},
		{"organization", add("f", "", func(in *AddPermissionInput) { in.PrincipalOrgID = "o" }), ve, form("o", "principalOrgID", "o-[a-z0-9]{10,32}")},
		{"auth type", add("f", "", func(in *AddPermissionInput) { in.FunctionURLAuthType = "x" }), ve,
			"1 validation error detected: Value 'x' at 'functionUrlAuthType' failed to satisfy constraint: Member must satisfy enum value set: [NONE, AWS_IAM]"},
		{"get, function missing", get("g", ""), rnf, "The resource you requested does not exist."},
		{"get, version missing", get("f", "9"), rnf, "The resource you requested does not exist."},
		{"get, no policy", get("f", "1"), rnf, "The resource you requested does not exist."},
		{"remove, function missing", remove("g", "", "s"), rnf, "No policy found for: " + arnPrefix + "g"},
		{"remove, alias missing", remove("f", "live", "s"), rnf, "Cannot find alias arn: " + arnPrefix + "f:live"},
		{"remove, no policy", remove("f", "1", "s"), rnf, "No policy is associated with the given resource."},
		{"remove, unknown statement", remove("f", "", "s.t"), rnf, "Statement s.t is not found in resource policy."},
		{"remove, statement id", remove("f", "", "s t"), ve, form("s t", "statementId", "([a-zA-Z0-9-_.]+)")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := world(t, x.Registry, x.now)
			requireRefused(t, tt.err(), tt.code, tt.message)
			require.Equal(t, before, world(t, x.Registry, x.now))
		})
	}
}

func TestPolicy_length(t *testing.T) {
	x := newFixture(t)
	var size int
	for i := 0; ; i++ {
		in := AddPermissionInput{StatementID: fmt.Sprint("s", i), Action: "*", Principal: "arn:aws:iam::123456789012:role/" + strings.Repeat("r", 1000)}
		_, err := x.AddPermission(x.now, "f", "", in)
		document, _, getErr := x.GetPolicy(x.now, "f", "")
		require.NoError(t, getErr)
		if err != nil {
			statement, err2 := in.statement(&iam.Principal{AWS: []string{in.Principal}}, arnPrefix+"f")
			require.NoError(t, err2)
			one := statement.String()
			requireRefused(t, err, "PolicyLengthExceededException",
				fmt.Sprintf("The final policy size (%d) is bigger than the limit (20480).", size+len(one)+1))
			require.Len(t, document, size)
			require.Greater(t, i, 10)
			return
		}
		size = len(document)
		require.LessOrEqual(t, size, 20480)
	}
}

// A policy of exactly the limit is accepted, and of a byte more not.
func TestPolicy_lengthBound(t *testing.T) {
	for _, tt := range []struct {
		over int
		ok   bool
	}{{0, true}, {1, false}} {
		x := newFixture(t)
		add := func(sid string, padding int) error {
			_, err := x.AddPermission(x.now, "f", "", AddPermissionInput{StatementID: sid, Action: "*",
				Principal: "arn:aws:iam::123456789012:role/" + strings.Repeat("r", padding)})
			return err
		}
		require.NoError(t, add("a", 0))
		document, _, err := x.GetPolicy(x.now, "f", "")
		require.NoError(t, err)
		one := len(document) - len(`{"Version":"2012-10-17","Id":"default","Statement":[]}`)
		padding := 20480 - len(document) - len(",") - one + tt.over
		require.Equal(t, tt.ok, add("b", padding) == nil)
	}
}

func FuzzPrincipal(f *testing.F) {
	for _, s := range []string{"*", "s3.amazonaws.com", "123456789012", "arn:aws:iam::123456789012:role/r", "", "arn:"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		who, ok := principal(s, "aws")
		require.Equal(t, ok, who != nil)
		if ok {
			policy := documentOf([]iam.Statement{{Effect: iam.Allow, Principal: who, Action: []string{"*"}}})
			parsed, err := iam.ParsePolicy(policy.String())
			require.NoError(t, err)
			require.Equal(t, policy.String(), parsed.String())
		}
	})
}
