package iam

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

const (
	functionARN = "arn:aws:lambda:us-east-1:123456789012:function:f"
	bucketARN   = "arn:aws:s3:::uploads"
)

// grant is a statement as AddPermission makes it.
func grant(principal Principal, action string, conditions ...Condition) Statement {
	return Statement{Effect: Allow, Principal: &principal, Action: []string{action}, Resource: []string{functionARN}, Condition: conditions}
}

func policyOf(statements ...Statement) *Policy {
	return &Policy{Version: version, Statements: statements}
}

func TestCheckInvoke(t *testing.T) {
	const (
		ownRole    = "arn:aws:iam::123456789012:role/service-role/scheduler"
		ownSession = "arn:aws:sts::123456789012:assumed-role/scheduler/x"
		ownUser    = "arn:aws:iam::123456789012:user/u"
		foreign    = "arn:aws:iam::444455556666:user/u"
		theirRole  = "arn:aws:iam::444455556666:role/r"
	)
	s3 := Principal{Service: []string{"s3.amazonaws.com"}}
	everybody := Principal{Everybody: true}
	aws := func(who string) Principal { return Principal{AWS: []string{who}} }
	fromBucket := Condition{Operator: ArnLike, Key: "AWS:SourceArn", Values: []string{bucketARN}}
	fromAccount := Condition{Operator: StringEquals, Key: "AWS:SourceAccount", Values: []string{"123456789012"}}
	ofOrg := Condition{Operator: StringEquals, Key: "aws:PrincipalOrgID", Values: []string{"o-0123456789"}}
	ofSkill := Condition{Operator: StringEquals, Key: "lambda:EventSourceToken", Values: []string{"skill"}}
	unsigned := Condition{Operator: StringEquals, Key: "lambda:FunctionUrlAuthType", Values: []string{"NONE"}}
	viaURL := Condition{Operator: Bool, Key: "lambda:InvokedViaFunctionUrl", Values: []string{"true"}}
	notViaURL := Condition{Operator: Bool, Key: "lambda:InvokedViaFunctionUrl", Values: []string{"false"}}
	bucket := Caller{Principal: "s3.amazonaws.com", SourceARN: bucketARN, SourceAccount: "123456789012"}
	client := Caller{Principal: Anonymous, FunctionURLAuthType: "NONE"}
	no := func(who, action, basedOn string) string {
		return "User: " + who + " is not authorized to perform: lambda:" + action + " on resource: " + functionARN +
			" because no " + basedOn + "-based policy allows the lambda:" + action + " action"
	}
	denied := grant(everybody, "lambda:*")
	denied.Effect = Deny
	other := grant(s3, "lambda:InvokeFunction")
	other.Resource = []string{functionARN + ":live"}
	for _, row := range []struct {
		name   string
		caller Caller
		policy *Policy
		want   string
	}{
		{"no policy", bucket, nil, no("s3.amazonaws.com", "InvokeFunction", "resource")},
		{"a service", bucket, policyOf(grant(s3, "lambda:InvokeFunction")), ""},
		{"all of lambda", bucket, policyOf(grant(s3, "lambda:*")), ""},
		{"everything", bucket, policyOf(grant(s3, "*")), ""},
		{"another action", bucket, policyOf(grant(s3, "lambda:GetFunction")), no("s3.amazonaws.com", "InvokeFunction", "resource")},
		{"another principal", Caller{Principal: "sns.amazonaws.com"}, policyOf(grant(s3, "*")), no("sns.amazonaws.com", "InvokeFunction", "resource")},
		{"another resource", bucket, policyOf(other), no("s3.amazonaws.com", "InvokeFunction", "resource")},
		{"bucket and account", bucket, policyOf(grant(s3, "lambda:InvokeFunction", fromAccount, fromBucket)), ""},
		{"another bucket", Caller{Principal: "s3.amazonaws.com", SourceARN: bucketARN + "2", SourceAccount: "123456789012"},
			policyOf(grant(s3, "lambda:InvokeFunction", fromAccount, fromBucket)), no("s3.amazonaws.com", "InvokeFunction", "resource")},
		{"another's bucket", Caller{Principal: "s3.amazonaws.com", SourceARN: bucketARN, SourceAccount: "444455556666"},
			policyOf(grant(s3, "lambda:InvokeFunction", fromAccount, fromBucket)), no("s3.amazonaws.com", "InvokeFunction", "resource")},
		{"no source", Caller{Principal: "s3.amazonaws.com"}, policyOf(grant(s3, "lambda:InvokeFunction", fromBucket)), no("s3.amazonaws.com", "InvokeFunction", "resource")},
		{"the second statement", bucket, policyOf(grant(aws(foreign), "*"), grant(s3, "lambda:InvokeFunction", fromBucket)), ""},
		{"a deny", bucket, policyOf(grant(s3, "*"), denied), "User: s3.amazonaws.com is not authorized to perform: lambda:InvokeFunction on resource: " +
			functionARN + " with an explicit deny in a resource-based policy"},
		{"a skill", Caller{Principal: "alexa-appkit.amazon.com", EventSourceToken: "skill"}, policyOf(grant(everybody, "lambda:InvokeFunction", ofSkill)), ""},
		{"another skill", Caller{Principal: "alexa-appkit.amazon.com", EventSourceToken: "x"}, policyOf(grant(everybody, "lambda:InvokeFunction", ofSkill)),
			no("alexa-appkit.amazon.com", "InvokeFunction", "resource")},
		{"no URL", bucket, policyOf(grant(s3, "lambda:InvokeFunction", notViaURL)), ""},
		{"only by URL", bucket, policyOf(grant(s3, "lambda:InvokeFunction", viaURL)), no("s3.amazonaws.com", "InvokeFunction", "resource")},

		{"another account", Caller{Principal: foreign}, policyOf(grant(aws("444455556666"), "lambda:InvokeFunction")), ""},
		{"another account, as such", Caller{Principal: "444455556666"}, policyOf(grant(aws("arn:aws:iam::444455556666:root"), "lambda:InvokeFunction")), ""},
		{"another account, not let", Caller{Principal: foreign}, nil, no(foreign, "InvokeFunction", "resource")},
		{"of the organization", Caller{Principal: foreign, OrgID: "o-0123456789"}, policyOf(grant(everybody, "lambda:InvokeFunction", ofOrg)), ""},
		{"of another organization", Caller{Principal: foreign, OrgID: "o-9876543210"}, policyOf(grant(everybody, "lambda:InvokeFunction", ofOrg)),
			no(foreign, "InvokeFunction", "resource")},
		{"another account's role, that may", Caller{Principal: theirRole}, policyOf(grant(aws(theirRole), "*")), no(theirRole, "InvokeFunction", "identity")},

		{"the account", Caller{Principal: "123456789012"}, nil, ""},
		{"its root", Caller{Principal: "arn:aws:iam::123456789012:root"}, nil, ""},
		{"a user of it", Caller{Principal: ownUser}, nil, no(ownUser, "InvokeFunction", "identity")},
		{"a user of it, let", Caller{Principal: ownUser}, policyOf(grant(aws(ownUser), "lambda:InvokeFunction")), ""},
		{"a user of it, let as one of the account", Caller{Principal: ownUser}, policyOf(grant(aws("arn:aws:iam::123456789012:root"), "lambda:InvokeFunction")), ""},
		{"a user of another account, let as such", Caller{Principal: foreign}, policyOf(grant(aws("arn:aws:iam::444455556666:root"), "lambda:InvokeFunction")), ""},
		{"another account's role, let as such", Caller{Principal: theirRole}, policyOf(grant(aws("arn:aws:iam::444455556666:root"), "lambda:InvokeFunction")),
			no(theirRole, "InvokeFunction", "identity")},
		{"its role, that may", Caller{Principal: ownRole}, nil, ""},
		{"its role's session", Caller{Principal: ownSession}, nil, ""},
		{"its role, denied there", Caller{Principal: ownRole}, policyOf(denied),
			"User: " + ownRole + " is not authorized to perform: lambda:InvokeFunction on resource: " + functionARN + " with an explicit deny in a resource-based policy"},
		{"its role, by URL", Caller{Principal: ownRole, FunctionURLAuthType: "AWS_IAM"}, nil,
			"User: " + ownRole + " is not authorized to perform: lambda:InvokeFunctionUrl on resource: " + functionARN + " with an explicit deny in an identity-based policy"},

		{"URL, both", client, policyOf(grant(everybody, "lambda:InvokeFunctionUrl", unsigned), grant(everybody, "lambda:InvokeFunction", viaURL)), ""},
		{"URL, not the function", client, policyOf(grant(everybody, "lambda:InvokeFunctionUrl", unsigned)), no("anonymous", "InvokeFunction", "resource")},
		{"URL, not the URL", client, policyOf(grant(everybody, "lambda:InvokeFunction")), no("anonymous", "InvokeFunctionUrl", "resource")},
		{"URL of the other kind", Caller{Principal: foreign, FunctionURLAuthType: "AWS_IAM"},
			policyOf(grant(everybody, "lambda:InvokeFunctionUrl", unsigned), grant(everybody, "lambda:InvokeFunction")), no(foreign, "InvokeFunctionUrl", "resource")},
		{"nobody", Caller{}, policyOf(grant(s3, "*")), no("", "InvokeFunction", "resource")},
	} {
		t.Run(row.name, func(t *testing.T) {
			roles := NewRoles()
			putRole(t, roles, Role{ARN: ownRole, Policies: []*Policy{allow("lambda:InvokeFunction*", "*"), deny("lambda:InvokeFunctionUrl", "*")}})
			putRole(t, roles, Role{ARN: theirRole, Policies: []*Policy{allow("sqs:*", "*")}})
			err := roles.CheckInvoke(&row.caller, functionARN, row.policy)
			if row.want == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, row.want)
			require.ErrorAs(t, err, new(*DeniedError))
			require.NoError(t, (*Roles)(nil).CheckInvoke(&row.caller, functionARN, row.policy), "no directory")
		})
	}
}

// Invariant 20: a service gets through only by a statement whose principal, SourceArn and SourceAccount fit it, and not
// one moment longer.
func TestCheckInvoke_invariant20(t *testing.T) {
	principals := []string{"s3.amazonaws.com", "sns.amazonaws.com"}
	sources := []string{"", "arn:aws:s3:::a", "arn:aws:s3:::b"}
	accounts := []string{"", "111122223333", "444455556666"}
	likes := []string{"", "arn:aws:s3:::a", "arn:aws:s3:::*", "arn:aws:s3:us-*::a"}
	fits := map[string][]string{"": sources, "arn:aws:s3:::a": {"arn:aws:s3:::a"}, "arn:aws:s3:::*": sources[1:], "arn:aws:s3:us-*::a": nil}
	rapid.Check(t, func(t *rapid.T) {
		type granted struct{ principal, like, account string }
		pick := func(from []string, label string) string { return rapid.SampledFrom(from).Draw(t, label) }
		var grants []granted
		for range rapid.IntRange(0, 4).Draw(t, "grants") {
			grants = append(grants, granted{pick(principals, "principal"), pick(likes, "SourceArn"), pick(accounts, "SourceAccount")})
		}
		c := Caller{Principal: pick(principals, "caller"), SourceARN: pick(sources, "source"), SourceAccount: pick(accounts, "account")}
		for n := len(grants); n >= 0; n-- { // the statements are taken away one by one
			want := false
			var p *Policy
			for _, g := range grants[:n] {
				fit := false
				for _, s := range fits[g.like] {
					fit = fit || s == c.SourceARN
				}
				want = want || g.principal == c.Principal && fit && (g.account == "" || g.account == c.SourceAccount)
				var conditions []Condition
				if g.like != "" {
					conditions = append(conditions, Condition{Operator: ArnLike, Key: "AWS:SourceArn", Values: []string{g.like}})
				}
				if g.account != "" {
					conditions = append(conditions, Condition{Operator: StringEquals, Key: "AWS:SourceAccount", Values: []string{g.account}})
				}
				if p == nil {
					p = policyOf()
				}
				p.Statements = append(p.Statements, grant(Principal{Service: []string{g.principal}}, "lambda:InvokeFunction", conditions...))
			}
			require.Equal(t, want, NewRoles().CheckInvoke(&c, functionARN, p) == nil)
		}
	})
}
