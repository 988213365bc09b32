package iam

import "github.com/lambdakit/lambdakit/internal/jsontext"

// Effect says what a statement does for the requests that it matches.
type Effect string

// The effects.
const (
	Allow Effect = "Allow"
	Deny  Effect = "Deny"
)

// Policy is a policy document: of a role, who may assume it or what it may do; of a function, who may invoke it. Make
// one as a Go value or with [ParsePolicy]. Evaluating changes nothing in it, so it may be shared; whoever changes it must
// be alone with it.
type Policy struct {
	// Version is the language's, 2012-10-17 as a rule. It changes nothing here.
	Version string
	// ID is the policy's own name (Id on the wire); "" for none.
	ID string
	// Statements count in any order: a matching Deny wins over all that allow.
	Statements []Statement

	_ struct{}
}

// Statement is one rule of a [Policy]. It matches a request if its principal, action, resource and all of its
// conditions do.
type Statement struct {
	Sid    string // its name; "" for none
	Effect Effect
	// Principal is whom the statement is about; nil in a policy of somebody, which is about them.
	Principal *Principal
	// Action lists patterns such as sqs:SendMessage or sqs:*, NotAction those that do not match. One of the two is given.
	Action, NotAction []string
	// Resource lists patterns of ARNs, NotResource those that do not match. With neither the statement is about the
	// resource that the policy belongs to, as in trust policies.
	Resource, NotResource []string
	// Condition lists what else must hold, all of it.
	Condition []Condition

	_ struct{}
}

// Principal is whom a statement of a resource or trust policy is about: any of the listed.
type Principal struct {
	// Everybody is the principal "*".
	Everybody bool
	// AWS lists accounts, by number or as arn:aws:iam::NUMBER:root, ARNs of users, roles and sessions, and "*".
	AWS []string
	// Service lists services such as s3.amazonaws.com.
	Service []string

	_ struct{}
}

// Condition is met if the request has the key and any of the values fits it.
type Condition struct {
	Operator Operator
	Key      string // such as aws:SourceArn, in either case
	Values   []string

	_ struct{}
}

// String is the policy as compact JSON, the members in IAM's order and a list of one as its member.
func (p *Policy) String() string { return string(p.append(nil)) }

// MarshalJSON is [Policy.String] for encoding/json, which escapes <, > and & in it unless told otherwise.
func (p *Policy) MarshalJSON() ([]byte, error) { return p.append(nil), nil }

// String is the statement as compact JSON.
func (s *Statement) String() string { return string(s.append(nil)) }

// MarshalJSON is [Statement.String] for encoding/json.
func (s *Statement) MarshalJSON() ([]byte, error) { return s.append(nil), nil }

func (p *Policy) append(b []byte) []byte {
	b = append(b, '{')
	b = appendText(b, "Version", p.Version)
	b = appendText(b, "Id", p.ID)
	b = append(appendName(b, "Statement"), '[')
	for i := range p.Statements {
		b = p.Statements[i].append(separated(b))
	}
	return append(b, "]}"...)
}

func (s *Statement) append(b []byte) []byte {
	b = append(b, '{')
	b = appendText(b, "Sid", s.Sid)
	b = appendText(b, "Effect", string(s.Effect))
	if s.Principal != nil {
		b = s.Principal.append(appendName(b, "Principal"))
	}
	b = appendList(b, "Action", s.Action)
	b = appendList(b, "NotAction", s.NotAction)
	b = appendList(b, "Resource", s.Resource)
	b = appendList(b, "NotResource", s.NotResource)
	if len(s.Condition) > 0 {
		b = appendConditions(appendName(b, "Condition"), s.Condition)
	}
	return append(b, '}')
}

func (p *Principal) append(b []byte) []byte {
	if p.Everybody {
		return append(b, `"*"`...)
	}
	b = append(b, '{')
	b = appendList(b, "AWS", p.AWS)
	b = appendList(b, "Service", p.Service)
	return append(b, '}')
}

// appendConditions puts the keys of one operator under its first place.
func appendConditions(b []byte, list []Condition) []byte {
	b = append(b, '{')
	for i := range list {
		if operatorIn(list[:i], list[i].Operator) {
			continue
		}
		b = append(appendName(b, string(list[i].Operator)), '{')
		for _, c := range list[i:] {
			if c.Operator == list[i].Operator {
				b = appendList(b, c.Key, c.Values)
			}
		}
		b = append(b, '}')
	}
	return append(b, '}')
}

func operatorIn(list []Condition, o Operator) bool {
	for i := range list {
		if list[i].Operator == o {
			return true
		}
	}
	return false
}

// separated begins the next member of an object or list.
func separated(b []byte) []byte {
	if last := b[len(b)-1]; last != '{' && last != '[' {
		b = append(b, ',')
	}
	return b
}

func appendName(b []byte, name string) []byte {
	return append(jsontext.AppendString(separated(b), name), ':')
}

// appendText appends a member unless it is empty.
func appendText(b []byte, name, text string) []byte {
	if text == "" {
		return b
	}
	return jsontext.AppendString(appendName(b, name), text)
}

// appendList appends a list unless it is empty, and the only member of one by itself.
func appendList(b []byte, name string, list []string) []byte {
	if len(list) < 2 {
		for _, text := range list {
			b = jsontext.AppendString(appendName(b, name), text)
		}
		return b
	}
	b = append(appendName(b, name), '[')
	for _, text := range list {
		b = jsontext.AppendString(separated(b), text)
	}
	return append(b, ']')
}
