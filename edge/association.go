package edge

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/registry"
)

// edgeRegion is the only Region whose functions can be associated.
const edgeRegion = "us-east-1"

// InvalidAssociation is the code of the *[lambda.Error] of [NewDistribution] for a function that cannot be associated.
const InvalidAssociation = "InvalidLambdaFunctionAssociation"

func invalidAssociation(format string, args ...any) error {
	return lambda.NewError(InvalidAssociation, fmt.Sprintf(format, args...))
}

// deployed is what an [Invoker] may have besides: what is deployed, so that an association can be checked against it.
type deployed interface {
	Registry() *registry.Registry
	Identity() lambda.Identity
}

// checkAssociation refuses a function, by name and qualifier or ARN, that cannot be associated with a trigger. Only an
// Invoker that knows what is deployed lets more than the name be checked.
func checkAssociation(now time.Time, t EventType, function string, c *Config) error {
	ref, err := lambda.ParseRef(function, "")
	if err != nil {
		return err
	}
	home, known := c.Invoker.(deployed)
	var id lambda.Identity
	if known {
		id = home.Identity()
	}
	arn := associationARN(id, ref)
	if !lambda.IsVersion(ref.Qualifier) {
		return invalidAssociation("The function ARN must reference a specific function version. (The ARN must end with the version number.) ARN: %s", arn)
	}
	if parsed, _ := lambda.ParseARN(arn); parsed.Region != edgeRegion {
		return invalidAssociation("The function must be in region '%s'. ARN: %s", edgeRegion, arn)
	}
	if !known {
		return nil
	}
	f, err := home.Registry().GetFunctionConfiguration(now, arn, "")
	if err != nil {
		return err
	}
	if err := checkFunction(t, setAside(now, home.Registry(), f), arn, c.ViewerTimeout); err != nil {
		return err
	}
	return checkTrust(c.Roles, f.Role)
}

// candidate is a version that is to be associated: its configuration, and whether concurrency is set aside for its
// function or for itself, by its own config or that of an alias.
type candidate struct {
	*registry.FunctionConfiguration
	reserved, provisioned bool
}

// setAside looks up what concurrency is set aside.
func setAside(now time.Time, r *registry.Registry, f *registry.FunctionConfiguration) *candidate {
	c := &candidate{FunctionConfiguration: f}
	account := r.Account().Snapshot(now)
	if books := account.Function(f.FunctionName); books != nil {
		c.reserved = books.Reserved != nil
		if v := books.Version(f.Version); v != nil {
			c.provisioned = v.Provisioned != nil
		}
	}
	return c
}

// associationARN is the function's full ARN: what a reference leaves out is the invoker's.
func associationARN(id lambda.Identity, ref lambda.Ref) string {
	if ref.Region != "" {
		id.Region = ref.Region
	}
	if ref.Account != "" {
		id.Account = ref.Account
	}
	return id.FunctionARN(ref.Name, ref.Qualifier)
}

// checkFunction refuses a function that Lambda@Edge does not take as it is configured: one over the trigger's quotas, or
// with a feature of the list.
func checkFunction(t EventType, c *candidate, arn string, viewerTimeout time.Duration) error {
	q := functionQuotas{memory: lambda.MaxMemory, timeout: 30, code: 50 << 20}
	if t.isViewer() {
		q = functionQuotas{memory: 128, timeout: int(viewerTimeout / time.Second), code: 1 << 20}
	}
	const over = "The function %s is larger than the maximum allowed %s for functions that are triggered by a CloudFront event: %d Max allowed: %d Function: %s"
	switch {
	case c.CodeSize > q.code:
		return invalidAssociation(over, "code size", "size", c.CodeSize, q.code, arn)
	case c.MemorySize > q.memory:
		return invalidAssociation(over, "memory size", "size", c.MemorySize, q.memory, arn)
	case c.Timeout > q.timeout:
		return invalidAssociation(over, "timeout", "timeout", c.Timeout, q.timeout, arn)
	}
	for _, u := range unsupported {
		if u.used(c) {
			return invalidAssociation("The function cannot have %s. Function: %s", u.what, arn)
		}
	}
	return nil
}

// maxAssociations is how many functions a distribution may have. The code is that of CloudFront's API.
const (
	maxAssociations     = 100
	tooManyAssociations = "TooManyLambdaFunctionAssociations"
)

// checkAssociations refuses too many functions in all behaviors together.
func checkAssociations(behaviors []*behavior) error {
	n := 0
	for _, b := range behaviors {
		for _, t := range []*trigger{b.viewerRequest, b.originRequest, b.originResponse, b.viewerResponse} {
			if t != nil {
				n++
			}
		}
	}
	if n > maxAssociations {
		return lambda.NewError(tooManyAssociations, fmt.Sprintf("A distribution can have %d function associations, not %d.", maxAssociations, n))
	}
	return nil
}

type functionQuotas struct {
	memory, timeout int
	code            int64
}

// unsupported are the features that Lambda@Edge does not take, of those that functions can have here. The list is of
// 2023; it seems to have become shorter.
var unsupported = []struct {
	what string
	used func(*candidate) bool
}{
	{"environment variables", func(c *candidate) bool {
		return c.Environment != nil && len(c.Environment.Variables) > 0
	}},
	{"a dead letter queue", func(c *candidate) bool { return c.DeadLetterConfig != nil }},
	{"active tracing", func(c *candidate) bool { return c.TracingConfig.Mode == "Active" }},
	{"the arm64 architecture", func(c *candidate) bool { return slices.Contains(c.Architectures, "arm64") }},
	{"reserved concurrency", func(c *candidate) bool { return c.reserved }},
	{"provisioned concurrency", func(c *candidate) bool { return c.provisioned }},
	{"ephemeral storage over " + strconv.Itoa(lambda.DefaultEphemeralStorage) + " MB", func(c *candidate) bool {
		return c.EphemeralStorage.Size > lambda.DefaultEphemeralStorage
	}},
}

// checkIncludeBody refuses IncludeBody where a function never sees a body.
func checkIncludeBody(list []EventType) error {
	for _, t := range list {
		if !t.isRequest() {
			return invalidAssociation("The IncludeBody option can only be used with viewer-request or origin-request events.")
		}
	}
	return nil
}

// associate is the trigger of a behavior, or nil if nothing is associated. function and run are the two ways; there is
// at most one function for an event type.
func associate(c *Config, b *CacheBehavior, t EventType, function string, run runner) (*trigger, error) {
	if function == "" && run == nil {
		if slices.Contains(b.IncludeBody, t) {
			return nil, fmt.Errorf("edge: IncludeBody for %s, with which no function is associated", t)
		}
		return nil, nil
	}
	if function != "" && run != nil {
		return nil, invalidAssociation("A cache behavior can have only one function for an event type: %s", t)
	}
	tr := &trigger{event: t, timeout: originTimeout, includeBody: slices.Contains(b.IncludeBody, t)}
	if t.isViewer() {
		tr.timeout = c.ViewerTimeout
	}
	if run != nil {
		tr.run = run
		return tr, nil
	}
	if err := checkAssociation(time.Now(), t, function, c); err != nil {
		return nil, err
	}
	if c.Invoker == nil {
		return nil, fmt.Errorf("edge: %s is associated, and the config has no Invoker", strings.TrimSpace(function))
	}
	tr.run = invoked(t, c.Invoker, function)
	return tr, nil
}

// originTimeout is how long an origin trigger's function may run.
const originTimeout = 30 * time.Second
