package lambda

import (
	"strings"

	"github.com/lambdakit/lambdakit/internal/validation"
)

// Latest is the qualifier of the version that can be changed.
const Latest = "$LATEST"

// The patterns that AWS's messages quote.
const (
	patternNamespacedName = `(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?`
	patternFunctionName   = `(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?`
	patternQualifier      = `\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+`
	patternAlias          = `(?!^[0-9]+$)([a-zA-Z0-9-_]+)`
)

const (
	maxNamespacedName = 256
	maxFunctionName   = 140
	maxQualifier      = 128
)

// Ref is what a function name denotes in a request: the function's bare name and the qualifier asked for.
type Ref struct {
	// Name is the bare name.
	Name string
	// Qualifier is the version or alias, from the name or beside it; "" if the request has none.
	Qualifier string
	// Region and Account are those the name gave, "" where it gave none: see [Identity.Check].
	Region, Account string
}

// String is the name, with its qualifier after a colon if there is one.
func (r Ref) String() string {
	if r.Qualifier == "" {
		return r.Name
	}
	return r.Name + ":" + r.Qualifier
}

// ParseRef reads a function name in any of the forms that Invoke and most operations take, with the Qualifier given
// beside it ("" for none):
//
//	f    f:live    function:f    123456789012:function:f:1    arn:aws:lambda:us-east-1:123456789012:function:f
//
// A name or qualifier of another form is a ValidationException that names every violation, the qualifier's first; a
// qualifier in the name that differs from the one beside it an InvalidParameterValueException. Region and account are
// read, not judged. A bare name and its qualifier cost no allocation.
func ParseRef(name, qualifier string) (Ref, error) {
	return parseRef(namespacedName, name, qualifier)
}

// ParseRefFinding is [ParseRef] for an operation with more parameters, whose violations AWS lists in one error: those of
// the name and the qualifier go to found, and the error is the mismatch of qualifiers, if that is what is wrong.
func ParseRefFinding(found *validation.Findings, name, qualifier string) (Ref, error) {
	return namespacedName.parse(found, name, qualifier)
}

// ParseFunctionName is [ParseRef] for the operations that take fewer forms: CreateFunction and updates,
// PublishVersion, aliases, concurrency and function URLs. The whole name has at most 140 characters, not 256, and the
// bare name no dot.
func ParseFunctionName(name, qualifier string) (Ref, error) {
	return parseRef(functionName, name, qualifier)
}

// ParseRef is the function [ParseRef] and then [Identity.Check]: the order in which AWS looks.
func (id Identity) ParseRef(name, qualifier string) (Ref, error) {
	ref, err := ParseRef(name, qualifier)
	if err == nil {
		err = id.Check(ref)
	}
	return ref, err
}

// Check refuses a reference to another Region, as not found, and one to another account, as denied.
func (id Identity) Check(r Ref) error {
	if r.Region == "" && r.Account == "" {
		return nil
	}
	id = id.WithDefaults()
	if r.Region != "" && r.Region != id.Region {
		return ForeignRegion(r.Region, id.Region)
	}
	if r.Account != "" && r.Account != id.Account {
		return ForeignAccount()
	}
	return nil
}

// nameForm is one of the two shapes that function names have in Lambda's model.
type nameForm struct {
	pattern   string
	maximum   int
	dots      bool // a bare name may have dots
	published bool // $LATEST.PUBLISHED is a qualifier
}

var (
	namespacedName = &nameForm{pattern: patternNamespacedName, maximum: maxNamespacedName, dots: true, published: true}
	functionName   = &nameForm{pattern: patternFunctionName, maximum: maxFunctionName}
)

func parseRef(form *nameForm, name, qualifier string) (Ref, error) {
	var found validation.Findings
	ref, err := form.parse(&found, name, qualifier)
	if found.Len() > 0 {
		return Ref{}, ValidationError(found.Text())
	}
	return ref, err
}

func (form *nameForm) parse(found *validation.Findings, name, qualifier string) (Ref, error) {
	ref, ok := Ref{Name: name}, form.isName(name)
	if !ok {
		ref, ok = form.match(name)
	}
	if !ok || len(name) > form.maximum || qualifier != "" && !isQualifierParameter(qualifier) {
		form.violations(found, name, qualifier, ok)
		return Ref{}, nil
	}
	if qualifier != "" {
		if ref.Qualifier != "" && ref.Qualifier != qualifier {
			return Ref{}, QualifierMismatch()
		}
		ref.Qualifier = qualifier
	}
	return ref, nil
}

// violations finds all that is wrong with the form of a name and a qualifier.
func (form *nameForm) violations(found *validation.Findings, name, qualifier string, matched bool) {
	if qualifier != "" {
		found.Length("qualifier", qualifier, 1, maxQualifier)
		found.Pattern("qualifier", qualifier, patternQualifier, matchesQualifier(qualifier))
	}
	found.Length("functionName", name, 1, form.maximum)
	found.Pattern("functionName", name, form.pattern, matched)
}

// match reads a name that is not bare. It does what the form's pattern does: every optional prefix is taken where it
// can be, and given back where nothing is left for the name.
func (form *nameForm) match(name string) (Ref, bool) {
	var ref Ref
	rest := cutARNPrefix(name)
	last := "" // the prefix taken last
	if head, tail, ok := strings.Cut(rest, ":"); ok && isRegion(head) {
		ref.Region, last, rest = head, head, tail
	}
	if head, tail, ok := strings.Cut(rest, ":"); ok && isAccount(head) {
		ref.Account, last, rest = head, head, tail
	}
	if head, tail, ok := strings.Cut(rest, ":"); ok && head == "function" {
		last, rest = head, tail
	}
	head, tail, qualified := strings.Cut(rest, ":")
	switch {
	case form.isName(head):
		ref.Name = head
		if qualified {
			ref.Qualifier = tail
			return ref, form.isQualifier(tail)
		}
		return ref, true
	case !qualified && last != "" && form.isQualifier(head):
		return form.giveBack(ref, last, head)
	}
	return Ref{}, false
}

// giveBack makes a prefix the name, because what follows it is a qualifier and can be nothing else: function:$LATEST
// is the function named function.
func (form *nameForm) giveBack(ref Ref, prefix, qualifier string) (Ref, bool) {
	switch prefix {
	case ref.Account:
		ref.Account = ""
	case ref.Region:
		ref.Region = ""
	}
	ref.Name, ref.Qualifier = prefix, qualifier
	return ref, true
}

// cutARNPrefix takes the arn:aws:lambda: off a name. What only looks like one stays: arn:aws is the function arn with
// the qualifier aws.
func cutARNPrefix(name string) string {
	rest, ok := strings.CutPrefix(name, "arn:")
	if !ok {
		return name
	}
	partition, rest, ok := strings.Cut(rest, ":")
	if !ok || partition != "" && !isPartition(partition) {
		return name
	}
	if rest, ok = strings.CutPrefix(rest, "lambda:"); !ok {
		return name
	}
	return rest
}
