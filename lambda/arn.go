package lambda

import "strings"

// ARN is an Amazon Resource Name in its parts.
type ARN struct {
	Partition, Service, Region, Account string
	// Resource is all that follows the account, colons and slashes included.
	Resource string
}

// ParseARN takes an ARN apart: arn:partition:service:region:account:resource. Region and account may be empty. It
// reports false for anything else. The parts share s's memory.
func ParseARN(s string) (ARN, bool) {
	rest, ok := strings.CutPrefix(s, "arn:")
	if !ok {
		return ARN{}, false
	}
	var a ARN
	for _, part := range [...]*string{&a.Partition, &a.Service, &a.Region, &a.Account} {
		if *part, rest, ok = strings.Cut(rest, ":"); !ok {
			return ARN{}, false
		}
	}
	a.Resource = rest
	return a, a.Partition != "" && a.Service != "" && a.Resource != ""
}

// String puts the parts together again.
func (a ARN) String() string {
	return "arn:" + a.Partition + ":" + a.Service + ":" + a.Region + ":" + a.Account + ":" + a.Resource
}
