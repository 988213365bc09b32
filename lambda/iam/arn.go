package iam

import "strings"

// arnParts are the six parts of an ARN, the first of which is arn: the last has all that follows the account.
type arnParts [6]string

const (
	arnPartition = iota + 1
	arnService
	arnRegion
	arnAccount
	arnResource
)

// splitARN takes an ARN, or a pattern of ARNs, apart.
func splitARN(s string) (p arnParts, ok bool) {
	rest := s
	for i := range arnResource {
		if p[i], rest, ok = strings.Cut(rest, ":"); !ok {
			return p, false
		}
	}
	p[arnResource] = rest
	return p, p[0] == "arn"
}

// matchesARN reports whether an ARN matches a pattern part by part, so that no wildcard before the resource reaches over
// a colon. The pattern * matches every text.
func matchesARN(pattern, arn string) bool {
	if pattern == "*" {
		return true
	}
	want, ok := splitARN(pattern)
	got, isARN := splitARN(arn)
	if !ok || !isARN {
		return false
	}
	for i := range want {
		if !matches(want[i], got[i]) {
			return false
		}
	}
	return true
}
