package iam

import "strings"

// Anonymous is the principal of who is not signed in.
const Anonymous = "*"

// matches reports whether a principal is about who asks: a service, an account's number, an ARN, or [Anonymous].
func (p *Principal) matches(who string) bool {
	if p.Everybody {
		return true
	}
	for _, service := range p.Service {
		if sameService(service, who) {
			return true
		}
	}
	for _, principal := range p.AWS {
		if principal == "*" || principal == who || includes(principal, who) {
			return true
		}
	}
	return false
}

// includes reports whether who is of the account that principal names, or a session of the role.
func includes(principal, who string) bool {
	if account, ok := wholeAccount(principal); ok {
		return account == accountOf(who)
	}
	role, ok := roleOfSession(who)
	return ok && isRoleARN(principal) && role == sessionName(principal)
}

// wholeAccount is the account that a principal names as a whole.
func wholeAccount(principal string) (account string, ok bool) {
	if isAccount(principal) {
		return principal, true
	}
	arn, ok := splitARN(principal)
	return arn[arnAccount], ok && arn[arnService] == "iam" && arn[arnResource] == "root" && isAccount(arn[arnAccount])
}

// accountOf is the account of a principal of IAM; "" for a service.
func accountOf(who string) string {
	if isAccount(who) {
		return who
	}
	arn, ok := splitARN(who)
	if !ok || arn[arnService] != "iam" && arn[arnService] != "sts" {
		return ""
	}
	return arn[arnAccount]
}

// sameService reports whether two principals are one service. Logs calls as logs.us-east-1.amazonaws.com, and a policy
// that names logs.amazonaws.com lets it; that this goes for other services, too, and both ways, is inferred.
func sameService(a, b string) bool {
	nameA, regionA := splitService(a)
	nameB, regionB := splitService(b)
	return a == b || nameA != "" && nameA == nameB && (regionA == "" || regionB == "")
}

// splitService takes name.region.amazonaws.com apart; the region may be absent. name is "" for what is no service.
func splitService(s string) (name, region string) {
	s, ok := strings.CutSuffix(s, ".amazonaws.com")
	if !ok {
		return "", ""
	}
	name, region, _ = strings.Cut(s, ".")
	return name, region
}

// isAccount matches \d{12}.
func isAccount(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}
