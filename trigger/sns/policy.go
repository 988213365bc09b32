package sns

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/lambdakit/lambdakit/eventsource/filter"
)

// The bounds of a filter policy.
const (
	maxPolicyKeys         = 5
	maxPolicyCombinations = 150
	maxPolicyLength       = 256 << 10
)

// compilePolicy compiles a filter policy; nil lets everything pass. where stands before the reason of a refusal.
//
// The patterns are package filter's. What SNS does not have of them is refused here.
func compilePolicy(policy string, scope Scope, where string) (*filter.Set, error) {
	if policy == "" {
		return nil, nil
	}
	refuse := func(reason string) error { return invalid(where + "FilterPolicy: " + reason) }
	var members map[string]any
	switch err := json.Unmarshal([]byte(policy), &members); {
	case len(policy) > maxPolicyLength:
		return nil, refuse("Filter policy is too long")
	case err != nil || members == nil:
		return nil, refuse("failed to parse JSON. A filter policy must be a JSON object")
	case len(members) == 0:
		return nil, nil
	case len(members) > maxPolicyKeys:
		return nil, refuse("Filter policy can not have more than 5 keys")
	}
	combinations, reason := checkObject(members, scope, 1)
	switch {
	case reason == nested:
		return nil, invalid(where + reason)
	case reason != "":
		return nil, refuse(reason)
	case combinations > maxPolicyCombinations:
		return nil, refuse("Filter policy is too complex")
	}
	set, err := filter.Compile(policy)
	if fault := (*filter.Error)(nil); errors.As(err, &fault) {
		return nil, refuse(fault.Reason)
	}
	return set, err
}

// nested is why a policy on attributes with an object in it is refused.
const nested = "Filter policy scope MessageAttributes does not support nested filter policy"

// checkObject counts what the values of an object multiply to, each list by its length and its depth, the alternatives of
// $or added up; and it says why SNS refuses the object, "" if it does not. What only the compiler sees is left to it.
func checkObject(members map[string]any, scope Scope, depth int) (combinations int, reason string) {
	combinations = 1
	for _, key := range slices.Sorted(maps.Keys(members)) {
		n := 1
		switch v := members[key].(type) {
		case map[string]any:
			if scope == MessageAttributes {
				return 0, nested
			}
			n, reason = checkObject(v, scope, depth+1)
		case []any:
			if key == "$or" {
				n, reason = checkAlternatives(v, scope, depth)
			} else {
				n, reason = len(v)*depth, checkList(v)
			}
		default:
			return 0, `"` + key + `" must be an object or an array`
		}
		if reason != "" {
			return 0, reason
		}
		combinations = min(combinations*n, maxPolicyCombinations+1) // more than enough is enough
	}
	return combinations, ""
}

func checkAlternatives(list []any, scope Scope, depth int) (combinations int, reason string) {
	for _, v := range list {
		object, ok := v.(map[string]any)
		if !ok {
			continue // the compiler refuses it
		}
		n, reason := checkObject(object, scope, depth)
		if reason != "" {
			return 0, reason
		}
		combinations += n
	}
	return combinations, ""
}

// checkList refuses the operators that SNS does not have.
func checkList(list []any) string {
	if len(list) == 0 {
		return "Empty arrays are not allowed"
	}
	for _, v := range list {
		expression, ok := v.(map[string]any)
		if !ok {
			continue
		}
		if len(expression) != 1 {
			return "Only one key allowed in match expression"
		}
		for operator, operand := range expression {
			if reason := checkOperator(operator, operand); reason != "" {
				return reason
			}
		}
	}
	return ""
}

func checkOperator(operator string, operand any) string {
	switch operator {
	case "prefix", "suffix", "equals-ignore-case":
		if _, ok := operand.(string); !ok {
			return operator + " match pattern must be a string"
		}
	case "anything-but":
		inner, ok := operand.(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(inner)) {
			if ok && name != "prefix" && name != "suffix" {
				return "Unsupported anything-but pattern: " + name
			}
		}
	case "numeric", "exists", "cidr":
	default:
		return "Unrecognized match type " + operator
	}
	return ""
}

// wants says whether the filter policy that counts now lets a message pass. A body that is not a JSON object passes no
// policy.
func (s *subscription) wants(m *message) bool {
	if s.before != nil {
		s = s.at(m.time)
	}
	switch {
	case s.policy == nil:
		return true
	case s.FilterPolicyScope == MessageBody:
		return s.policy.Match([]byte(m.textFor(s.Protocol)))
	}
	return s.policy.MatchValue(m.attributes.filtered())
}
