package apigateway

import (
	"strings"

	"github.com/lambdakit/lambdakit/trigger/internal/httpevent"
)

// statement is what an authorizer function said.
type statement struct {
	principal string
	policy    policy
	values    pairs           // the context, as $context.authorizer has it: every value a text
	context   httpevent.Value // the context as it was given
	usageKey  string
}

// policy is the document that came with it.
type policy []rule

type rule struct {
	deny      bool
	resources []string
}

// readStatement reads the result of an authorizer that answers with a policy. What the API cannot judge is a mistake:
// a condition, a NotAction, a NotResource, a context of anything but texts, numbers and booleans.
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
			said.policy, ok = readPolicy(v)
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

func (s *statement) readContext(v httpevent.Value) bool {
	if isAbsent(v) {
		return true
	}
	s.context = v
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

// restJSON is requestContext.authorizer of a REST API. That values become texts, and that integrationLatency is there,
// is inferred; this API needs no time to speak of.
func (s *statement) restJSON() []byte {
	all := make(pairs, 0, len(s.values)+1)
	all = append(all, s.values...)
	b := append(all, httpevent.Pair{Name: "principalId", Value: s.principal}).Sort().AppendLast(nil)
	return append(b[:len(b)-1], `,"integrationLatency":0}`...)
}

func readPolicy(v httpevent.Value) (policy, bool) {
	var statements httpevent.Value
	for name, value := range v.Members() {
		if string(name) == "Statement" {
			statements = value
		}
	}
	list := policy{}
	switch statements.Kind() {
	case '{':
		r, judged, ok := readRule(statements)
		if judged {
			list = append(list, r)
		}
		return list, ok
	case '[':
		for s := range statements.Elements() {
			r, judged, ok := readRule(s)
			if !ok {
				return nil, false
			}
			if judged {
				list = append(list, r)
			}
		}
		return list, true
	}
	return nil, false
}

// readRule reads one statement; judged is false if it is about another action than invoking.
func readRule(v httpevent.Value) (r rule, judged, ok bool) {
	effect := ""
	ok = true
	for name, value := range v.Members() {
		switch string(name) {
		case "Effect":
			effect, _ = value.Text()
		case "Action":
			actions, listed := oneOrMore(value)
			ok = ok && listed
			for _, a := range actions {
				judged = judged || like(strings.ToLower(a), "execute-api:invoke")
			}
		case "Resource":
			var listed bool
			r.resources, listed = oneOrMore(value)
			ok = ok && listed
		case "Sid":
		default:
			return r, false, false
		}
	}
	r.deny = effect == "Deny"
	return r, judged, ok && (r.deny || effect == "Allow") && len(r.resources) > 0
}

// oneOrMore is a text, or an array of texts.
func oneOrMore(v httpevent.Value) ([]string, bool) {
	if text, ok := v.Text(); ok {
		return []string{text}, true
	}
	return v.Strings()
}

// verdict is what a policy says of one ARN.
type verdict uint8

const (
	notAllowed verdict = iota
	allowed
	denied
)

// verdict lets a Deny go before every Allow.
func (p policy) verdict(arn string) verdict {
	said := notAllowed
	for _, r := range p {
		for _, pattern := range r.resources {
			if !like(pattern, arn) {
				continue
			}
			if r.deny {
				return denied
			}
			said = allowed
		}
	}
	return said
}

// like matches a pattern in which * stands for any characters and ? for one.
func like(pattern, s string) bool {
	star, mark, i, j := -1, 0, 0, 0
	for j < len(s) {
		switch {
		case i < len(pattern) && pattern[i] == '*':
			star, mark = i, j
			i++
		case i < len(pattern) && (pattern[i] == '?' || pattern[i] == s[j]):
			i++
			j++
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[i:], "*") == ""
}
