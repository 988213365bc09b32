package iam

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func mustParse(t testing.TB, document string) *Policy {
	t.Helper()
	p, err := ParsePolicy(document)
	require.NoError(t, err)
	return p
}

const (
	queueARN = "arn:aws:sqs:us-east-1:123456789012:orders"
	topicARN = "arn:aws:sns:us-east-1:123456789012:news"
)

func TestEvaluate(t *testing.T) {
	allowAll := `{"Sid":"all","Effect":"Allow","Action":"*","Resource":"*"}`
	for _, row := range []struct {
		name       string
		statements string
		action     string
		resource   string
		want       Decision
		sid        string
	}{
		{"nothing allows it", `{"Effect":"Allow","Action":"sns:*","Resource":"*"}`, "sqs:SendMessage", queueARN, ImplicitDeny, ""},
		{"allowed", `{"Sid":"a","Effect":"Allow","Action":"sqs:SendMessage","Resource":"` + queueARN + `"}`, "sqs:SendMessage", queueARN, Allowed, "a"},
		{"another queue", `{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"` + queueARN + `"}`, "sqs:SendMessage", queueARN + "x", ImplicitDeny, ""},
		{"deny wins from behind", allowAll + `,{"Sid":"d","Effect":"Deny","Action":"sqs:*","Resource":"*"}`, "sqs:SendMessage", queueARN, ExplicitDeny, "d"},
		{"deny wins from before", `{"Sid":"d","Effect":"Deny","Action":"sqs:*","Resource":"*"},` + allowAll, "sqs:SendMessage", queueARN, ExplicitDeny, "d"},
		{"deny of something else", allowAll + `,{"Effect":"Deny","Action":"sns:*","Resource":"*"}`, "sqs:SendMessage", queueARN, Allowed, "all"},
		{"the first that allows", allowAll + `,{"Sid":"b","Effect":"Allow","Action":"sqs:*","Resource":"*"}`, "sqs:SendMessage", queueARN, Allowed, "all"},
		{"actions in either case", `{"Sid":"a","Effect":"Allow","Action":"SQS:sendMESSAGE","Resource":"*"}`, "sqs:SendMessage", queueARN, Allowed, "a"},
		{"resources by case", `{"Effect":"Allow","Action":"*","Resource":"arn:aws:sqs:us-east-1:123456789012:Orders"}`, "sqs:SendMessage", queueARN, ImplicitDeny, ""},
		{"one of several", `{"Sid":"a","Effect":"Allow","Action":["sns:Publish","sqs:*"],"Resource":["` + topicARN + `","` + queueARN + `"]}`, "sqs:SendMessage", queueARN, Allowed, "a"},
		{"not the action", `{"Sid":"a","Effect":"Allow","NotAction":"sns:*","Resource":"*"}`, "sqs:SendMessage", queueARN, Allowed, "a"},
		{"the action that is not", `{"Effect":"Allow","NotAction":"sqs:*","Resource":"*"}`, "sqs:SendMessage", queueARN, ImplicitDeny, ""},
		{"not the resource", `{"Sid":"a","Effect":"Allow","Action":"*","NotResource":"` + topicARN + `"}`, "sqs:SendMessage", queueARN, Allowed, "a"},
		{"the resource that is not", `{"Effect":"Allow","Action":"*","NotResource":"arn:aws:sqs:*:*:*"}`, "sqs:SendMessage", queueARN, ImplicitDeny, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := mustParse(t, `{"Version":"2012-10-17","Statement":[`+row.statements+`]}`)
			got, s := Evaluate(&Request{Action: row.action, Resource: row.resource}, nil, p)
			require.Equal(t, row.want, got)
			if row.want == ImplicitDeny {
				require.Nil(t, s)
				return
			}
			require.Equal(t, row.sid, s.Sid)
		})
	}
}

func TestEvaluate_principals(t *testing.T) {
	const account, user = "111122223333", "arn:aws:iam::111122223333:user/u"
	const role, session = "arn:aws:iam::111122223333:role/path/r", "arn:aws:sts::111122223333:assumed-role/r/session"
	for _, row := range []struct {
		name, principal, who string
		want                 Decision
	}{
		{"everybody, a service", `"*"`, "s3.amazonaws.com", Allowed},
		{"everybody, nobody", `"*"`, Anonymous, Allowed},
		{"AWS everybody, nobody", `{"AWS":"*"}`, Anonymous, Allowed},
		{"AWS everybody, a service", `{"AWS":"*"}`, "s3.amazonaws.com", Allowed},
		{"a service", `{"Service":"s3.amazonaws.com"}`, "s3.amazonaws.com", Allowed},
		{"another service", `{"Service":"s3.amazonaws.com"}`, "sns.amazonaws.com", ImplicitDeny},
		{"a service is no account", `{"AWS":"` + account + `"}`, "s3.amazonaws.com", ImplicitDeny},
		{"one of several", `{"Service":["s3.amazonaws.com","sns.amazonaws.com"]}`, "sns.amazonaws.com", Allowed},
		{"logs of a Region", `{"Service":"logs.amazonaws.com"}`, "logs.us-east-1.amazonaws.com", Allowed},
		{"logs of the same Region", `{"Service":"logs.us-east-1.amazonaws.com"}`, "logs.us-east-1.amazonaws.com", Allowed},
		{"logs of another Region", `{"Service":"logs.us-east-1.amazonaws.com"}`, "logs.eu-west-1.amazonaws.com", ImplicitDeny},
		{"a number, a user", `{"AWS":"` + account + `"}`, user, Allowed},
		{"root, a user", `{"AWS":"arn:aws:iam::111122223333:root"}`, user, Allowed},
		{"root, the number", `{"AWS":"arn:aws:iam::111122223333:root"}`, account, Allowed},
		{"root, another account's user", `{"AWS":"arn:aws:iam::444455556666:root"}`, user, ImplicitDeny},
		{"root, nobody", `{"AWS":"arn:aws:iam::111122223333:root"}`, Anonymous, ImplicitDeny},
		{"root of no account, nobody", `{"AWS":"arn:aws:iam:::root"}`, Anonymous, ImplicitDeny},
		{"root of no account, a service", `{"AWS":"arn:aws:iam:::root"}`, "s3.amazonaws.com", ImplicitDeny},
		{"a user", `{"AWS":"` + user + `"}`, user, Allowed},
		{"a user, the account", `{"AWS":"` + user + `"}`, account, ImplicitDeny},
		{"a role", `{"AWS":"` + role + `"}`, role, Allowed},
		{"a role, its session", `{"AWS":"` + role + `"}`, session, Allowed},
		{"another role's session", `{"AWS":"arn:aws:iam::111122223333:role/q"}`, session, ImplicitDeny},
		{"a user with the role's name, the session", `{"AWS":"arn:aws:iam::111122223333:user/r"}`, session, ImplicitDeny},
		{"a role, what is named like a session", `{"AWS":"` + role + `"}`, "arn:aws:iam::111122223333:assumed-role/r/session", ImplicitDeny},
		{"a role, a session without a name", `{"AWS":"` + role + `"}`, "arn:aws:sts::111122223333:assumed-role/r", ImplicitDeny},
		{"what another service calls root, a user", `{"AWS":"arn:aws:sts::111122223333:root"}`, user, ImplicitDeny},
		{"a session", `{"AWS":"` + session + `"}`, session, Allowed},
		{"a session, its role", `{"AWS":"` + session + `"}`, role, ImplicitDeny},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := mustParse(t, document(`"Effect":"Allow","Action":"*","Principal":`+row.principal))
			got, _ := Evaluate(&Request{Principal: row.who, Action: "a:b", Resource: queueARN}, p)
			require.Equal(t, row.want, got)
		})
	}
}

func TestEvaluate_conditions(t *testing.T) {
	source := []ContextKey{{"AWS:SourceArn", "arn:aws:s3:::bucket"}, {"aws:sourceaccount", "123456789012"}}
	for _, row := range []struct {
		name, condition string
		context         []ContextKey
		want            Decision
	}{
		{"equal", `{"StringEquals":{"AWS:SourceAccount":"123456789012"}}`, source, Allowed},
		{"keys in either case", `{"StringEquals":{"aws:SOURCEaccount":"123456789012"}}`, source, Allowed},
		{"values by case", `{"StringEquals":{"aws:SourceArn":"arn:aws:s3:::Bucket"}}`, source, ImplicitDeny},
		{"no wildcards in equals", `{"StringEquals":{"aws:SourceArn":"arn:aws:s3:::*"}}`, source, ImplicitDeny},
		{"like", `{"StringLike":{"aws:SourceArn":"arn:aws:*bucket"}}`, source, Allowed},
		{"ARN like, by parts", `{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::b*"}}`, source, Allowed},
		{"ARN like does not reach over parts", `{"ArnLike":{"aws:SourceArn":"arn:aws:*:b:b:b"}}`, source, ImplicitDeny},
		{"ARN equals is ARN like", `{"ArnEquals":{"aws:SourceArn":"arn:aws:s3:::b*"}}`, source, Allowed},
		{"any value", `{"ArnLike":{"aws:SourceArn":["arn:aws:s3:::x","arn:aws:s3:::bucket"]}}`, source, Allowed},
		{"all keys", `{"StringEquals":{"aws:SourceAccount":"123456789012","aws:PrincipalOrgID":"o-1"}}`, source, ImplicitDeny},
		{"all operators", `{"StringEquals":{"aws:SourceAccount":"123456789012"},"ArnLike":{"aws:SourceArn":"arn:aws:s3:::x"}}`, source, ImplicitDeny},
		{"a missing key", `{"StringLike":{"aws:SourceAccount":"*"}}`, nil, ImplicitDeny},
		{"true", `{"Bool":{"lambda:InvokedViaFunctionUrl":"True"}}`, []ContextKey{{InvokedViaFunctionURLKey, "true"}}, Allowed},
		{"false", `{"Bool":{"lambda:InvokedViaFunctionUrl":false}}`, []ContextKey{{InvokedViaFunctionURLKey, "true"}}, ImplicitDeny},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := mustParse(t, document(`"Effect":"Allow","Action":"*","Resource":"*","Condition":`+row.condition))
			got, _ := Evaluate(&Request{Action: "a:b", Resource: queueARN, Context: row.context}, p)
			require.Equal(t, row.want, got)
		})
	}
}

// An effect that is none has none: a value that was never validated must not allow anything.
func TestEvaluate_strangeEffect(t *testing.T) {
	p := &Policy{Statements: []Statement{{Effect: "allow", Action: []string{"*"}, Resource: []string{"*"}}}}
	got, _ := Evaluate(&Request{Action: "a:b", Resource: queueARN}, p)
	require.Equal(t, ImplicitDeny, got)
}

func TestDecision_String(t *testing.T) {
	require.Equal(t, "ImplicitDeny Allowed ExplicitDeny", ImplicitDeny.String()+" "+Allowed.String()+" "+ExplicitDeny.String())
}

// The model works on the printed policy, decoded into maps, with regular expressions.
func TestEvaluate_asTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ofResource := rapid.Bool().Draw(t, "of a resource")
		policies := []*Policy{drawPolicy(t, ofResource)}
		if rapid.Bool().Draw(t, "two") {
			policies = append(policies, drawPolicy(t, ofResource))
		}
		r := drawRequest(t)
		got, s := Evaluate(r, policies...)
		require.Equal(t, model(r, policies), got, "%+v\n%v", r, policies)
		require.Equal(t, got == ImplicitDeny, s == nil)
		if s != nil {
			require.Equal(t, map[Decision]Effect{Allowed: Allow, ExplicitDeny: Deny}[got], s.Effect)
		}
	})
}

// More statements that allow never take away, more that deny never give: whatever the rest says.
func TestEvaluate_isMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, r := drawPolicy(t, false), drawRequest(t)
		before, _ := Evaluate(r, p)
		more := p.clone()
		added := drawStatement(t, false)
		at := rapid.IntRange(0, len(more.Statements)).Draw(t, "at")
		more.Statements = slices.Insert(more.Statements, at, added)
		after, _ := Evaluate(r, more)
		switch {
		case before == ExplicitDeny:
			require.Equal(t, ExplicitDeny, after)
		case added.Effect == Allow:
			require.NotEqual(t, ExplicitDeny, after)
			require.False(t, before == Allowed && after != Allowed)
		default:
			require.False(t, before != Allowed && after == Allowed)
		}
	})
}

func model(r *Request, policies []*Policy) Decision {
	effects := map[Effect]bool{}
	for _, p := range policies {
		for _, s := range p.Statements {
			if modelMatches(s, r) {
				effects[s.Effect] = true
			}
		}
	}
	switch {
	case effects[Deny]:
		return ExplicitDeny
	case effects[Allow]:
		return Allowed
	}
	return ImplicitDeny
}

func modelMatches(s Statement, r *Request) bool {
	like := func(pattern, text string) bool { return asRegexp(pattern).MatchString(text) }
	fold := func(pattern, text string) bool { return like(strings.ToLower(pattern), strings.ToLower(text)) }
	arn := func(pattern, text string) bool {
		if pattern == "*" {
			return true
		}
		p, a := strings.SplitN(pattern, ":", 6), strings.SplitN(text, ":", 6)
		ok := len(a) == 6
		for i := 0; ok && i < 6; i++ {
			ok = like(p[i], a[i])
		}
		return ok
	}
	some := func(list []string, text string, f func(a, b string) bool) bool {
		return slices.ContainsFunc(list, func(p string) bool { return f(p, text) })
	}
	if some(s.Action, r.Action, fold) == (len(s.NotAction) > 0) && len(s.Action) > 0 ||
		len(s.NotAction) > 0 && some(s.NotAction, r.Action, fold) {
		return false
	}
	if len(s.Resource) > 0 && !some(s.Resource, r.Resource, arn) || some(s.NotResource, r.Resource, arn) {
		return false
	}
	if s.Principal != nil && !s.Principal.Everybody {
		everyone := slices.Concat(s.Principal.AWS, s.Principal.Service)
		// Who each asker is to the principals that the generators draw.
		names := map[string][]string{
			"*":                                          {"*"},
			"111122223333":                               {"*", "111122223333", "arn:aws:iam::111122223333:root"},
			"s3.amazonaws.com":                           {"*", "s3.amazonaws.com"},
			"logs.us-east-1.amazonaws.com":               {"*", "logs.us-east-1.amazonaws.com", "logs.amazonaws.com"},
			"logs.eu-west-1.amazonaws.com":               {"*", "logs.amazonaws.com"},
			"arn:aws:iam::444455556666:user/u":           {"*", "arn:aws:iam::444455556666:user/u"},
			"arn:aws:iam::111122223333:role/p/r":         {"*", "111122223333", "arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:role/p/r"},
			"arn:aws:sts::111122223333:assumed-role/r/s": {"*", "111122223333", "arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:role/p/r"},
		}[r.Principal]
		if !slices.ContainsFunc(names, func(n string) bool { return slices.Contains(everyone, n) }) {
			return false
		}
	}
	context := map[string]string{}
	for _, k := range r.Context {
		context[strings.ToLower(k.Name)] = k.Value
	}
	compare := map[Operator]func(a, b string) bool{
		StringEquals: func(a, b string) bool { return a == b }, StringLike: like, ArnLike: arn, ArnEquals: arn,
		Bool: func(a, b string) bool { return strings.EqualFold(a, b) },
	}
	for _, c := range s.Condition {
		if !slices.Contains(slices.Collect(maps.Keys(context)), strings.ToLower(c.Key)) ||
			!some(c.Values, context[strings.ToLower(c.Key)], compare[c.Operator]) {
			return false
		}
	}
	return true
}

func TestEvaluate_allocatesNothing(t *testing.T) {
	p := mustParse(t, `{"Statement":[
		{"Effect":"Deny","Principal":"*","Action":"lambda:InvokeFunction","Condition":{"StringEquals":{"aws:SourceAccount":"x"}}},
		{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"*",
		 "Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::b*"},"StringEquals":{"AWS:SourceAccount":"123456789012"}}}]}`)
	r := &Request{Principal: "s3.amazonaws.com", Action: "lambda:InvokeFunction", Resource: "arn:aws:lambda:us-east-1:123456789012:function:f",
		Context: []ContextKey{{SourceARNKey, "arn:aws:s3:::bucket"}, {SourceAccountKey, "123456789012"}}}
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if d, _ := Evaluate(r, p); d != Allowed {
			t.Error(d)
		}
	}))
}

func BenchmarkEvaluate(b *testing.B) {
	p := mustParse(b, document(`"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"*",
		"Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::b*"},"StringEquals":{"AWS:SourceAccount":"123456789012"}}`))
	r := &Request{Principal: "s3.amazonaws.com", Action: "lambda:InvokeFunction", Resource: queueARN,
		Context: []ContextKey{{SourceARNKey, "arn:aws:s3:::bucket"}, {SourceAccountKey, "123456789012"}}}
	b.Run("evaluate", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Evaluate(r, p)
		}
	})
	document := p.String()
	b.Run("parse and evaluate", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			parsed, _ := ParsePolicy(document)
			Evaluate(r, parsed)
		}
	})
}
