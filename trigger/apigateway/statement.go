package apigateway

import (
	"unicode/utf8"

	"github.com/lambdakit/lambdakit/lambda/iam"
	"github.com/lambdakit/lambdakit/trigger/internal/httpevent"
)

// statement is what an authorizer function said.
type statement struct {
	principal string
	policy    *iam.Policy
	values    pairs           // the context, as $context.authorizer has it: every value a text
	context   httpevent.Value // the context as it was given
	usageKey  string
}

// readStatement reads the result of an authorizer that answers with a policy. A policy that [iam.ParsePolicy] does not
// take, and a context of anything but texts, numbers and booleans, is a mistake.
func readStatement(payload []byte) (*statement, bool) {
	value, ok := httpevent.Parse(payload)
	if !ok || value.Kind() != '{' {
		return nil, false
	}
	said := &statement{}
	for name, v := range value.Members() {
		ok := true
		switch string(name) {
		case "principalId":
			said.principal, ok = v.Text()
		case "policyDocument":
			var err error
			said.policy, err = iam.ParsePolicy(string(v))
			ok = err == nil
		case "context":
			ok = said.readContext(v)
		case "usageIdentifierKey":
			said.usageKey, _ = v.Text() // null is none
		}
		if !ok {
			return nil, false
		}
	}
	return said, said.principal != "" && said.policy != nil
}

// inUTF8 is a value as an event can carry it: each byte that is no UTF-8 becomes U+FFFD, as in bodies and headers.
func inUTF8(v httpevent.Value) httpevent.Value {
	if utf8.Valid(v) {
		return v
	}
	return httpevent.Value(string([]rune(string(v))))
}

func (s *statement) readContext(v httpevent.Value) bool {
	if isAbsent(v) {
		return true
	}
	s.context = inUTF8(v)
	for name, value := range v.Members() {
		text, ok := value.Text()
		switch value.Kind() {
		case '{', '[':
			return false
		case 'n':
			continue
		}
		if !ok {
			text = string(value)
		}
		s.values = append(s.values, httpevent.Pair{Name: string(name), Value: text})
	}
	s.values.Sort()
	return v.Kind() == '{'
}

// authorizerValues are $context.authorizer: the context, and the principal.
func (s *statement) authorizerValues() pairs {
	all := make(pairs, 0, len(s.values)+1)
	return append(append(all, s.values...), httpevent.Pair{Name: "principalId", Value: s.principal}).Sort()
}

// restJSON is requestContext.authorizer of a REST API. That values become texts, and that integrationLatency is there,
// is inferred; this API needs no time to speak of.
func (s *statement) restJSON() []byte {
	b := s.authorizerValues().AppendLast(nil)
	return append(b[:len(b)-1], `,"integrationLatency":0}`...)
}

// verdict is what the policy says of invoking the method with that ARN.
func (s *statement) verdict(arn string) iam.Decision {
	decision, _ := iam.Evaluate(&iam.Request{Principal: s.principal, Action: "execute-api:Invoke", Resource: arn}, s.policy)
	return decision
}
