package iam

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// PolicyError says where and why a policy was refused: it is no policy, or uses what is not modelled.
type PolicyError struct {
	Path   string // such as Statement[1].Condition; "" for the whole document
	Reason string
}

// Error gives the place and the reason.
func (e *PolicyError) Error() string {
	if e.Path == "" {
		return "iam: policy: " + e.Reason
	}
	return "iam: policy: " + e.Path + " " + e.Reason
}

func fault(path, format string, args ...any) error {
	return &PolicyError{Path: path, Reason: fmt.Sprintf(format, args...)}
}

func notModelled(path string) error { return fault(path, "is not modelled") }

// ParsePolicy reads a policy document. It is strict: what IAM would refuse, what comes twice, and what is not modelled
// is a *[PolicyError]. Whether there has to be a Principal depends on what the policy is for, and is checked there.
func ParsePolicy(document string) (*Policy, error) {
	if !utf8.ValidString(document) || !json.Valid([]byte(document)) {
		return nil, fault("", "is no JSON")
	}
	p := &Policy{}
	err := eachMember("", []byte(document), func(path string, name string, value []byte) (err error) {
		switch name {
		case "Version":
			p.Version, err = text(path, value)
		case "Id":
			p.ID, err = text(path, value)
		case "Statement":
			p.Statements, err = statements(path, value)
		default:
			err = fault(path, "is no member of a policy")
		}
		return err
	})
	if err == nil {
		err = p.Validate()
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// statements reads a list of statements, or one by itself.
func statements(path string, raw []byte) (list []Statement, err error) {
	add := func(path string, value []byte) error {
		s, err := parseStatement(path, value)
		list = append(list, s)
		return err
	}
	if raw[0] == '{' {
		err = add(path, raw)
	} else {
		err = eachItem(path, raw, add)
	}
	return list, err
}

func parseStatement(path string, raw []byte) (s Statement, err error) {
	err = eachMember(path, raw, func(path, name string, value []byte) (err error) {
		switch name {
		case "Sid":
			s.Sid, err = text(path, value)
		case "Effect":
			var effect string
			effect, err = text(path, value)
			s.Effect = Effect(effect)
		case "Principal":
			s.Principal, err = parsePrincipal(path, value)
		case "Action":
			s.Action, err = texts(path, value)
		case "NotAction":
			s.NotAction, err = texts(path, value)
		case "Resource":
			s.Resource, err = texts(path, value)
		case "NotResource":
			s.NotResource, err = texts(path, value)
		case "Condition":
			s.Condition, err = parseConditions(path, value)
		case "NotPrincipal":
			err = notModelled(path)
		default:
			err = fault(path, "is no member of a statement")
		}
		return err
	})
	return s, err
}

func parsePrincipal(path string, raw []byte) (*Principal, error) {
	if raw[0] == '"' {
		if who, err := text(path, raw); err != nil || who != "*" {
			return nil, fault(path, `as a text is "*" only`)
		}
		return &Principal{Everybody: true}, nil
	}
	p := &Principal{}
	return p, eachMember(path, raw, func(path, name string, value []byte) (err error) {
		switch name {
		case "AWS":
			p.AWS, err = texts(path, value)
		case "Service":
			p.Service, err = texts(path, value)
		case "Federated", "CanonicalUser":
			err = notModelled(path)
		default:
			err = fault(path, "is no kind of principal")
		}
		return err
	})
}

func parseConditions(path string, raw []byte) (list []Condition, err error) {
	err = eachMember(path, raw, func(path, operator string, value []byte) error {
		return eachMember(path, value, func(path, key string, value []byte) error {
			values, err := conditionValues(path, value)
			list = append(list, Condition{Operator: Operator(operator), Key: key, Values: values})
			return err
		})
	})
	return list, err
}

// conditionValues is texts for what may also be true or false without quotes.
func conditionValues(path string, raw []byte) ([]string, error) {
	if s := string(raw); s == "true" || s == "false" {
		return []string{s}, nil
	}
	return texts(path, raw)
}

// text reads a JSON string.
func text(path string, raw []byte) (s string, err error) {
	if raw[0] != '"' || json.Unmarshal(raw, &s) != nil {
		return "", fault(path, "is no text")
	}
	return s, nil
}

// texts reads a string or a list of strings, of which there has to be one at least.
func texts(path string, raw []byte) (list []string, err error) {
	add := func(path string, value []byte) error {
		s, err := text(path, value)
		list = append(list, s)
		return err
	}
	if raw[0] != '[' {
		err = add(path, raw)
		return list, err
	}
	if err = eachItem(path, raw, add); err == nil && len(list) == 0 {
		err = fault(path, "is an empty list")
	}
	return list, err
}

// eachItem calls do for every item of a list, in order, with the item's path.
func eachItem(path string, raw []byte, do func(path string, value []byte) error) error {
	var items []json.RawMessage
	if raw[0] != '[' || json.Unmarshal(raw, &items) != nil {
		return fault(path, "is no list")
	}
	for i, item := range items {
		if err := do(path+"["+strconv.Itoa(i)+"]", item); err != nil {
			return err
		}
	}
	return nil
}

// eachMember calls do for every member of an object, in order, with the member's path. raw is JSON that was found valid.
// A name that comes twice is refused: which of the two counts would be anybody's guess.
func eachMember(path string, raw []byte, do func(path, name string, value []byte) error) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return fault(path, "is no object")
	}
	seen := map[string]bool{}
	for d.More() {
		t, _ := d.Token() // the JSON is valid, so that this and what follows cannot fail
		name, _ := t.(string)
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return fault(path, "is no JSON: %v", err)
		}
		at := strings.TrimPrefix(path+"."+name, ".")
		if seen[name] {
			return fault(at, "comes twice")
		}
		seen[name] = true
		if err := do(at, name, value); err != nil {
			return err
		}
	}
	return nil
}
