package registry

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/lambdakit/lambdakit/internal/validation"
	"github.com/lambdakit/lambdakit/lambda"
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

// policy is the resource policy of a function, version or alias. It is replaced whole.
type policy struct {
	revision   string
	statements []statement
}

// statement is one of a policy's statements.
type statement struct {
	sid  string
	json string
}

// document is the policy as IAM writes it.
func (p *policy) document() string {
	var b strings.Builder
	b.WriteString(`{"Version":"2012-10-17","Id":"default","Statement":[`)
	for i, s := range p.statements {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(s.json)
	}
	b.WriteString("]}")
	return b.String()
}

// find is the index of the statement with that id, or -1.
func (p *policy) find(sid string) int {
	for i, s := range p.statements {
		if s.sid == sid {
			return i
		}
	}
	return -1
}

// with is the policy with one statement more.
func (p *policy) with(s statement) (*policy, error) {
	longer := &policy{}
	if p != nil {
		longer.statements = append(longer.statements, p.statements...)
	}
	longer.statements = append(longer.statements, s)
	if n := len(longer.document()); n > maxPolicy {
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
func principal(given, partition string) (any, bool) {
	arn, isARN := lambda.ParseARN(given)
	switch {
	case given == "*":
		return given, true
	case strings.HasSuffix(given, ".amazonaws.com"), strings.HasSuffix(given, ".amazonaws.com.cn"):
		return map[string]string{"Service": given}, true
	case permissionForm[accountPattern]().MatchString(given):
		return map[string]string{"AWS": "arn:" + partition + ":iam::" + given + ":root"}, true
	case isARN && (arn.Service == "iam" || arn.Service == "sts"):
		return map[string]string{"AWS": given}, true
	}
	return nil, false
}

// statement is the statement that a permission becomes, for the resource with that ARN.
func (in *AddPermissionInput) statement(principal any, arn string) statement {
	type conditions struct {
		StringEquals *pairs `json:",omitempty"`
		ArnLike      *pairs `json:",omitempty"`
		Bool         *pairs `json:",omitempty"`
	}
	var c conditions
	c.StringEquals = c.StringEquals.add("AWS:SourceAccount", in.SourceAccount)
	c.StringEquals = c.StringEquals.add("lambda:FunctionUrlAuthType", string(in.FunctionURLAuthType))
	c.StringEquals = c.StringEquals.add("aws:PrincipalOrgID", in.PrincipalOrgID)
	c.StringEquals = c.StringEquals.add("lambda:EventSourceToken", in.EventSourceToken)
	c.ArnLike = c.ArnLike.add("AWS:SourceArn", in.SourceARN)
	if in.InvokedViaFunctionURL != nil {
		c.Bool = c.Bool.add("lambda:InvokedViaFunctionUrl", strconv.FormatBool(*in.InvokedViaFunctionURL))
	}
	wire := struct {
		Sid       string
		Effect    string
		Principal any
		Action    string
		Resource  string
		Condition *conditions `json:",omitempty"`
	}{Sid: in.StatementID, Effect: "Allow", Principal: principal, Action: in.Action, Resource: arn}
	if c != (conditions{}) {
		wire.Condition = &c
	}
	return statement{sid: in.StatementID, json: compactJSON(wire)}
}

// pairs is a JSON object that keeps its keys in the order in which they were added.
type pairs [][2]string

// add is p with one pair more, unless the value is "".
func (p *pairs) add(key, value string) *pairs {
	if value == "" {
		return p
	}
	if p == nil {
		p = &pairs{}
	}
	*p = append(*p, [2]string{key, value})
	return p
}

// MarshalJSON gives the object.
func (p pairs) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, kv := range p {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, compactJSON(kv[0])...)
		b = append(b, ':')
		b = append(b, compactJSON(kv[1])...)
	}
	return append(b, '}'), nil
}

// compactJSON is v as JSON in which <, > and & stand for themselves. v must be something that has a JSON form.
func compactJSON(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("registry: " + err.Error()) // not with the types of this file
	}
	return strings.TrimSuffix(b.String(), "\n")
}
