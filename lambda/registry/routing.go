package registry

import (
	"github.com/lambdakit/lambdakit/internal/validation"
	"github.com/lambdakit/lambdakit/lambda"
)

// Routing is what an alias points to.
type Routing struct {
	// Version is the version that the alias points to (FunctionVersion on the wire): a number, or $LATEST where
	// Additional is empty.
	Version string
	// Additional is at most one further version, which gets this share of the invocations, 0 to 1
	// (RoutingConfig.AdditionalVersionWeights on the wire). Version gets the rest. It is copied.
	Additional map[string]float64
	// Description is at most 256 characters.
	Description string
}

// The patterns that messages quote.
const (
	versionPattern = `(\$LATEST|[0-9]+)`
	aliasPattern   = `(?!^[0-9]+$)([a-zA-Z0-9-_]+)`
)

// The bounds of names and numbers of versions and aliases.
const (
	maxAliasName = 128
	maxVersion   = 1024
)

// checkRouting checks the form of an alias's routing. A version that is absent keeps what is set.
func checkRouting(version string, additional map[string]float64, description *string) error {
	var found validation.Findings
	if version != "" {
		checkVersion(&found, version)
	}
	if description != nil {
		found.Length("description", *description, 0, lambda.MaxDescription)
	}
	checkWeights(&found, additional)
	return lambda.ValidationError(found.Text())
}

// checkVersion checks the form of a version's number.
func checkVersion(found *validation.Findings, version string) {
	found.Length("functionVersion", version, 1, maxVersion)
	found.Pattern("functionVersion", version, versionPattern, version == lambda.Latest || lambda.IsVersion(version))
}

// checkAliasName checks the form of an alias's name.
func checkAliasName(name string) error {
	var found validation.Findings
	found.Length("name", name, 1, maxAliasName)
	found.Pattern("name", name, aliasPattern, lambda.IsAlias(name))
	return lambda.ValidationError(found.Text())
}

// checkWeights checks the form of the weights: the keys are numbers of versions, the values lie between 0 and 1.
func checkWeights(found *validation.Findings, weights map[string]float64) {
	const path = "routingConfig.additionalVersionWeights"
	badKey, badValue := false, false
	for version, weight := range weights {
		badKey = badKey || !lambda.IsVersion(version) || len(version) > maxVersion
		badValue = badValue || !(weight >= 0 && weight <= 1) // NaN fails both
	}
	if badKey {
		found.Add(validation.Map(weights), path, validation.MapKeys(
			validation.MaxLength(maxVersion), validation.MinLength(1), validation.Pattern("[0-9]+")))
	}
	if badValue {
		found.Add(validation.Map(weights), path, validation.MapValues(
			validation.MaxDouble(1), validation.MinDouble(0), validation.NotNull))
	}
}

// checkPair checks that an alias's version and the additional ones go together: first how many there are, then each
// one.
func checkPair(version string, additional map[string]float64) error {
	if len(additional) > 1 {
		return lambda.InvalidParameterValue("Number of items in AdditionalVersionWeights cannot be greater than 1")
	}
	for other := range additional {
		if other == version {
			return lambda.InvalidParameterValue("Invalid function version " + other + ". Function version " + other +
				" is already included in routing configuration.")
		}
		if version == lambda.Latest {
			return latestWithWeights()
		}
	}
	return nil
}

// checkRoutes checks that the versions of an alias exist. That both have the same role and dead-letter queue, which
// AWS demands of them, is not checked: its text is not known.
func (f *function) checkRoutes(version string, additional map[string]float64) error {
	if f.find(version) == nil {
		return lambda.FunctionNotFound(qualified(f.arn, version))
	}
	for other := range additional {
		if f.find(other) == nil {
			return lambda.FunctionNotFound(qualified(f.arn, other))
		}
	}
	return nil
}

// latestWithWeights is the 400 for an alias to $LATEST with weights. It was recorded without a Type.
func latestWithWeights() error {
	e := lambda.InvalidParameterValue("$LATEST is not supported for an alias pointing to more than 1 version")
	e.Type = ""
	return e
}

// weights is the share of every version but the main one that the alias shows and routes to: the one it was given, or,
// while its provisioned environments move to another version, everything to the version being left.
func (f *function) weights(a *alias) map[string]float64 {
	if len(a.additional) > 0 {
		return a.additional
	}
	if p := f.provisioned[a.name]; p != nil && p.leaving != "" {
		return map[string]float64{p.leaving: 1}
	}
	return nil
}
