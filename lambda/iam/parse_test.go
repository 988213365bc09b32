package iam

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// document is a policy of one statement with these members.
func document(members string) string {
	return `{"Version":"2012-10-17","Statement":[{` + members + `}]}`
}

func TestParsePolicy(t *testing.T) {
	p, err := ParsePolicy(`{
		"Version": "2012-10-17", "Id": "default",
		"Statement": [
			{"Sid": "a", "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com", "AWS": ["123456789012", "*"]},
			 "Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f",
			 "Condition": {"StringEquals": {"AWS:SourceAccount": "123456789012"}, "ArnLike": {"AWS:SourceArn": ["arn:aws:s3:::a", "arn:aws:s3:::b"]},
			  "Bool": {"lambda:InvokedViaFunctionUrl": true}}},
			{"Effect": "Deny", "Principal": "*", "NotAction": ["sqs:*", "sns:Publish"], "NotResource": "*"}
		]}`)
	require.NoError(t, err)
	require.Equal(t, &Policy{Version: "2012-10-17", ID: "default", Statements: []Statement{
		{
			Sid: "a", Effect: Allow, Principal: &Principal{Service: []string{"s3.amazonaws.com"}, AWS: []string{"123456789012", "*"}},
			Action: []string{"lambda:InvokeFunction"}, Resource: []string{"arn:aws:lambda:us-east-1:123456789012:function:f"},
			Condition: []Condition{
				{Operator: StringEquals, Key: "AWS:SourceAccount", Values: []string{"123456789012"}},
				{Operator: ArnLike, Key: "AWS:SourceArn", Values: []string{"arn:aws:s3:::a", "arn:aws:s3:::b"}},
				{Operator: Bool, Key: "lambda:InvokedViaFunctionUrl", Values: []string{"true"}},
			},
		},
		{Effect: Deny, Principal: &Principal{Everybody: true}, NotAction: []string{"sqs:*", "sns:Publish"}, NotResource: []string{"*"}},
	}}, p)
	require.Equal(t, `{"Version":"2012-10-17","Id":"default","Statement":[{"Sid":"a","Effect":"Allow",`+
		`"Principal":{"AWS":["123456789012","*"],"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction",`+
		`"Resource":"arn:aws:lambda:us-east-1:123456789012:function:f","Condition":{"StringEquals":{"AWS:SourceAccount":"123456789012"},`+
		`"ArnLike":{"AWS:SourceArn":["arn:aws:s3:::a","arn:aws:s3:::b"]},"Bool":{"lambda:InvokedViaFunctionUrl":"true"}}},`+
		`{"Effect":"Deny","Principal":"*","NotAction":["sqs:*","sns:Publish"],"NotResource":"*"}]}`, p.String())
}

func TestParsePolicy_oneStatementByItself(t *testing.T) {
	p, err := ParsePolicy(`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	require.NoError(t, err)
	require.Equal(t, &Policy{Statements: []Statement{{Effect: Allow, Action: []string{"*"}, Resource: []string{"*"}}}}, p)
	require.Equal(t, `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`, p.String())
}

// What is wrong, or not modelled, is refused by the name of its place.
func TestParsePolicy_refusals(t *testing.T) {
	const right = `"Effect":"Allow","Action":"sqs:*","Resource":"*"`
	for _, row := range []struct{ name, document, want string }{
		{"no JSON", `{"Statement":`, "is no JSON"},
		{"text behind", document(right) + "x", "is no JSON"},
		{"two documents", document(right) + document(right), "is no JSON"},
		{"no UTF-8", document(right + `,"Sid":"` + "\xff" + `"`), "is no JSON"},
		{"no object", `[]`, "is no object"},
		{"null", `null`, "is no object"},
		{"unknown member", `{"Version":"2012-10-17","Statement":[],"Foo":1}`, "Foo is no member of a policy"},
		{"other case", `{"version":"2012-10-17"}`, "version is no member of a policy"},
		{"version", `{"Version":"2013-01-01","Statement":{` + right + `}}`, `Version "2013-01-01" is neither 2012-10-17 nor 2008-10-17`},
		{"version no text", `{"Version":2012,"Statement":{` + right + `}}`, "Version is no text"},
		{"no statements", `{"Version":"2012-10-17"}`, "Statement is missing"},
		{"empty statements", `{"Statement":[]}`, "Statement is missing"},
		{"statements no list", `{"Statement":"x"}`, "Statement is no list"},
		{"statements null", `{"Statement":null}`, "Statement is no list"},
		{"statement no object", `{"Statement":["x"]}`, "Statement[0] is no object"},
		{"twice", `{"Statement":{` + right + `,"Effect":"Deny"}}`, "Statement.Effect comes twice"},
		{"two of one Sid", `{"Statement":[{"Sid":"a",` + right + `},{"Sid":"a",` + right + `}]}`, `Statement[1].Sid "a" comes twice`},
		{"NotPrincipal", document(right + `,"NotPrincipal":"*"`), "Statement[0].NotPrincipal is not modelled"},
		{"unknown in statement", document(right + `,"Foo":1`), "Statement[0].Foo is no member of a statement"},
		{"no effect", document(`"Action":"sqs:*","Resource":"*"`), `Statement[0].Effect "" is neither Allow nor Deny`},
		{"effect", document(`"Effect":"allow","Action":"sqs:*"`), `Statement[0].Effect "allow" is neither Allow nor Deny`},
		{"no action", document(`"Effect":"Allow","Resource":"*"`), "Statement[0].Action is missing"},
		{"both actions", document(right + `,"NotAction":"*"`), "Statement[0] has both Action and NotAction"},
		{"both resources", document(right + `,"NotResource":"*"`), "Statement[0] has both Resource and NotResource"},
		{"action without service", document(`"Effect":"Allow","Action":"SendMessage"`), `Statement[0] has the action "SendMessage", which is neither * nor service:action`},
		{"action of any service", document(`"Effect":"Allow","Action":"*:Get"`), `Statement[0] has the action "*:Get", which is neither * nor service:action`},
		{"empty action", document(`"Effect":"Allow","Action":""`), `Statement[0] has the action "", which is neither * nor service:action`},
		{"no actions", document(`"Effect":"Allow","Action":[]`), "Statement[0].Action is an empty list"},
		{"action no text", document(`"Effect":"Allow","Action":["a:b",1]`), "Statement[0].Action[1] is no text"},
		{"resource", document(`"Effect":"Allow","Action":"*","Resource":"queue"`), `Statement[0] has the resource "queue", which is neither * nor an ARN`},
		{"half a resource", document(`"Effect":"Allow","Action":"*","Resource":"arn:aws:sqs:*"`), `Statement[0] has the resource "arn:aws:sqs:*", which is neither * nor an ARN`},
		{"resource of another kind", document(`"Effect":"Allow","Action":"*","Resource":"urn:aws:s3:::b"`), `Statement[0] has the resource "urn:aws:s3:::b", which is neither * nor an ARN`},
		{"variable", document(`"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/${aws:username}"`), "Statement[0]: the policy variable in arn:aws:s3:::b/${aws:username} is not modelled"},
		{"principal text", document(right + `,"Principal":"123456789012"`), `Statement[0].Principal as a text is "*" only`},
		{"principal nobody", document(right + `,"Principal":{}`), "Statement[0].Principal names nobody"},
		{"principal number", document(right + `,"Principal":1`), "Statement[0].Principal is no object"},
		{"federated", document(right + `,"Principal":{"Federated":"x"}`), "Statement[0].Principal.Federated is not modelled"},
		{"canonical", document(right + `,"Principal":{"CanonicalUser":"x"}`), "Statement[0].Principal.CanonicalUser is not modelled"},
		{"kind", document(right + `,"Principal":{"Aws":"x"}`), "Statement[0].Principal.Aws is no kind of principal"},
		{"operator", document(right + `,"Condition":{"StringNotEquals":{"aws:x":"y"}}`), "Statement[0].Condition.StringNotEquals is not modelled"},
		{"if exists", document(right + `,"Condition":{"StringEqualsIfExists":{"aws:x":"y"}}`), "Statement[0].Condition.StringEqualsIfExists is not modelled"},
		{"set operator", document(right + `,"Condition":{"ForAnyValue:StringLike":{"aws:x":"y"}}`), "Statement[0].Condition.ForAnyValue:StringLike is not modelled"},
		{"condition no object", document(right + `,"Condition":[]`), "Statement[0].Condition is no object"},
		{"operator no object", document(right + `,"Condition":{"Bool":true}`), "Statement[0].Condition.Bool is no object"},
		{"number", document(right + `,"Condition":{"StringEquals":{"aws:x":1}}`), "Statement[0].Condition.StringEquals.aws:x is no text"},
		{"no values", document(right + `,"Condition":{"StringEquals":{"aws:x":[]}}`), "Statement[0].Condition.StringEquals.aws:x is an empty list"},
		{"key", document(right + `,"Condition":{"StringEquals":{"x":"y"}}`), `Statement[0].Condition.StringEquals has the key "x", which is not of the form service:key`},
		{"key twice", document(right + `,"Condition":{"StringEquals":{"aws:x":"y","aws:x":"z"}}`), "Statement[0].Condition.StringEquals.aws:x comes twice"},
		{"bool", document(right + `,"Condition":{"Bool":{"aws:x":"yes"}}`), `Statement[0].Condition.Bool.aws:x compares with "yes", which is neither true nor false`},
		{"no ARN", document(right + `,"Condition":{"ArnLike":{"aws:SourceArn":"b"}}`), `Statement[0].Condition.ArnLike.aws:SourceArn compares with "b", which is no ARN`},
		{"variable in a condition", document(right + `,"Condition":{"StringLike":{"aws:x":"${aws:y}"}}`), "Statement[0].Condition.StringLike.aws:x: the policy variable in ${aws:y} is not modelled"},
	} {
		t.Run(row.name, func(t *testing.T) {
			p, err := ParsePolicy(row.document)
			require.Nil(t, p)
			require.EqualError(t, err, "iam: policy: "+row.want)
			require.ErrorAs(t, err, new(*PolicyError))
		})
	}
}

// Whatever a policy says, its JSON says it too, and encoding/json agrees that it is JSON.
func TestPolicy_parseOfStringIsIdentity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t, rapid.Bool().Draw(t, "of a resource"))
		back, err := ParsePolicy(p.String())
		require.NoError(t, err)
		require.Equal(t, normal(p), normal(back))
		require.Equal(t, p.String(), back.String())
		out, err := json.Marshal(p)
		require.NoError(t, err)
		require.JSONEq(t, p.String(), string(out))
	})
}

// normal is a policy whose conditions are in the order in which JSON groups them.
func normal(p *Policy) *Policy {
	c := p.clone()
	for i := range c.Statements {
		var sorted []Condition
		for _, o := range []Operator{StringEquals, StringLike, ArnEquals, ArnLike, Bool} {
			for _, cond := range c.Statements[i].Condition {
				if cond.Operator == o {
					sorted = append(sorted, cond)
				}
			}
		}
		c.Statements[i].Condition = sorted
	}
	return c
}

func FuzzParsePolicy(f *testing.F) {
	f.Add(document(`"Effect":"Allow","Action":"sqs:*","Resource":"*"`))
	f.Add(document(`"Effect":"Deny","NotAction":["a:b"],"Principal":{"AWS":"*"},"Condition":{"Bool":{"aws:x":true}}`))
	f.Add(`{"Statement":{"Sid":"` + "\\ud800" + `","Effect":"Allow","Action":"*"}}`)
	f.Add(`{"Statement":[[]]}`)
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePolicy(s)
		if err != nil {
			var fault *PolicyError
			if p != nil || !errors.As(err, &fault) {
				t.Fatalf("%v, and a policy %v", err, p)
			}
			return
		}
		again, err := ParsePolicy(p.String())
		if err != nil || again.String() != p.String() {
			t.Fatalf("%s does not come back: %v", p, err)
		}
		Evaluate(&Request{Principal: s, Action: s, Resource: s, Context: []ContextKey{{SourceARNKey, s}}}, p)
	})
}
