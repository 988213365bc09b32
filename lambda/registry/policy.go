package registry

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/lambdakit/lambdakit/internal/validation"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/iam"
)

// maxPolicy bounds a resource policy's document in bytes.
const maxPolicy = 20480

// The patterns of a permission's members that messages quote.
const (
	statementPattern       = `([a-zA-Z0-9-_]+)`
	removeStatementPattern = `([a-zA-Z0-9-_.]+)`
	actionPattern          = `(lambda:[*]|lambda:[a-zA-Z]+|[*])`
	principalPattern       = `[^\s]+`
	sourceARNPattern       = `arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)`
	accountPattern         = `\d{12}`
	organizationPattern    = `o-[a-z0-9]{10,32}`
)

// whole is the pattern as a matcher of whole texts, compiled when it is first needed.
func whole(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:` + pattern + `)$`) })
}

var permissionForm = map[string]func() *regexp.Regexp{
	statementPattern:       whole(statementPattern),
	removeStatementPattern: whole(removeStatementPattern),
	actionPattern:          whole(actionPattern),
	principalPattern:       whole(principalPattern),
	sourceARNPattern:       whole(sourceARNPattern),
	accountPattern:         whole(accountPattern),
	organizationPattern:    whole(organizationPattern),
}

// policy is the resource policy of a function, version or alias. It is replaced whole, since resolutions point into it.
type policy struct {
	revision string
	document *iam.Policy
}

// find is the index of the statement with that id, or -1.
func (p *policy) find(sid string) int {
	return slices.IndexFunc(p.document.Statements, func(s iam.Statement) bool { return s.Sid == sid })
}

// documentOf is the policy of these statements as IAM writes it.
func documentOf(statements []iam.Statement) *iam.Policy {
	return &iam.Policy{Version: "2012-10-17", ID: "default", Statements: statements}
}

// with is the document with one statement more.
func (p *policy) with(s iam.Statement) (*iam.Policy, error) {
	var statements []iam.Statement
	if p != nil {
		statements = slices.Clone(p.document.Statements)
	}
	longer := documentOf(append(statements, s))
	if n := len(longer.String()); n > maxPolicy {
		return nil, lambda.NewError("PolicyLengthExceededException",
			"The final policy size ("+strconv.Itoa(n)+") is bigger than the limit ("+strconv.Itoa(maxPolicy)+").")
	}
	return longer, nil
}

// check checks the form of a permission's members.
func (in *AddPermissionInput) check() error {
	var found validation.Findings
	found.Required("statementId", in.StatementID != "")
	found.Required("action", in.Action != "")
	found.Required("principal", in.Principal != "")
	if in.StatementID != "" {
		found.Length("statementId", in.StatementID, 1, 100)
	}
	checkOptional(&found, "statementId", in.StatementID, statementPattern)
	checkOptional(&found, "action", in.Action, actionPattern)
	checkOptional(&found, "principal", in.Principal, principalPattern)
	checkOptional(&found, "sourceArn", in.SourceARN, sourceARNPattern)
	checkOptional(&found, "sourceAccount", in.SourceAccount, accountPattern)
	checkOptional(&found, "principalOrgID", in.PrincipalOrgID, organizationPattern)
	if in.EventSourceToken != "" {
		found.Length("eventSourceToken", in.EventSourceToken, 0, 256)
	}
	if in.FunctionURLAuthType != "" {
		found.Enum("functionUrlAuthType", string(in.FunctionURLAuthType), string(AuthNone), string(AuthAWSIAM))
	}
	return lambda.ValidationError(found.Text())
}

func checkForm(found *validation.Findings, path, value, pattern string) {
	found.Pattern(path, value, pattern, permissionForm[pattern]().MatchString(value))
}

func checkOptional(found *validation.Findings, path, value, pattern string) {
	if value != "" {
		checkForm(found, path, value, pattern)
	}
}

// principal is a permission's Principal as the statement has it: "*", a service, or an account or other principal of
// IAM.
func principal(given, partition string) (*iam.Principal, bool) {
	arn, isARN := lambda.ParseARN(given)
	switch {
	case given == "*":
		return &iam.Principal{Everybody: true}, true
	case strings.HasSuffix(given, ".amazonaws.com"), strings.HasSuffix(given, ".amazonaws.com.cn"),
		given == "alexa-appkit.amazon.com", given == "alexa-connectedhome.amazon.com": // the two that are Amazon's, not AWS's
		return &iam.Principal{Service: []string{given}}, true
	case permissionForm[accountPattern]().MatchString(given):
		return &iam.Principal{AWS: []string{"arn:" + partition + ":iam::" + given + ":root"}}, true
	case isARN && (arn.Service == "iam" || arn.Service == "sts"):
		return &iam.Principal{AWS: []string{given}}, true
	}
	return nil, false
}

// statement is the statement that a permission becomes, for the resource with that ARN. What the policy language would
// take for a variable is refused, since variables are not modelled.
func (in *AddPermissionInput) statement(who *iam.Principal, arn string) (iam.Statement, error) {
	s := iam.Statement{
		Sid: in.StatementID, Effect: iam.Allow, Principal: who, Action: []string{in.Action}, Resource: []string{arn},
	}
	add := func(o iam.Operator, key, value string) {
		if value != "" {
			s.Condition = append(s.Condition, iam.Condition{Operator: o, Key: key, Values: []string{value}})
		}
	}
	add(iam.StringEquals, "AWS:SourceAccount", in.SourceAccount) // AWS writes its own keys in both cases
	add(iam.StringEquals, iam.FunctionURLAuthTypeKey, string(in.FunctionURLAuthType))
	add(iam.StringEquals, iam.PrincipalOrgIDKey, in.PrincipalOrgID)
	add(iam.StringEquals, iam.EventSourceTokenKey, in.EventSourceToken)
	add(iam.ArnLike, "AWS:SourceArn", in.SourceARN)
	if in.InvokedViaFunctionURL != nil {
		add(iam.Bool, iam.InvokedViaFunctionURLKey, strconv.FormatBool(*in.InvokedViaFunctionURL))
	}
	if err := documentOf([]iam.Statement{s}).Validate(); err != nil {
		return s, lambda.InvalidParameterValue(err.Error())
	}
	return s, nil
}
