package registry

import (
	"maps"
	"strings"
	"time"

	"github.com/lambdakit/lambdakit/internal/validation"
	"github.com/lambdakit/lambdakit/lambda"
)

// maxTags is how many tags a function may have.
const maxTags = 50

// tagPattern is the pattern of the ARNs of what may have tags.
const tagPattern = `arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|capacity-provider:[a-zA-Z0-9-_]+)`

var tagARN = whole(tagPattern)

// TagResource adds tags to the function with that ARN, over those of the same keys. A function has at most 50. The
// function gets a new RevisionId.
//
// A Registry tags functions only: the ARN of a mapping or any other resource is one that does not exist here.
func (r *Registry) TagResource(now time.Time, arn string, tags map[string]string) error {
	f, err := r.lockTagged(now, arn, nil)
	if err != nil {
		return err
	}
	defer r.unlock(now)
	if len(tags) == 0 {
		return lambda.InvalidParameterValue("An error occurred and the request cannot be processed.")
	}
	merged := maps.Clone(f.tags)
	if merged == nil {
		merged = map[string]string{}
	}
	maps.Copy(merged, tags)
	if err := checkTagCount(len(merged)); err != nil {
		return err
	}
	f.retag(r, merged)
	return nil
}

// UntagResource removes the tags with these keys, of which those that are not there do not matter. The function gets
// a new RevisionId.
func (r *Registry) UntagResource(now time.Time, arn string, keys []string) error {
	var found validation.Findings
	found.Required("tagKeys", len(keys) > 0)
	f, err := r.lockTagged(now, arn, lambda.ValidationError(found.Text()))
	if err != nil {
		return err
	}
	defer r.unlock(now)
	left := maps.Clone(f.tags)
	for _, key := range keys {
		delete(left, key)
	}
	f.retag(r, left)
	return nil
}

// ListTags is the tags of the function with that ARN. The map is never nil.
func (r *Registry) ListTags(now time.Time, arn string) (map[string]string, error) {
	f, err := r.lockTagged(now, arn, nil)
	if err != nil {
		return nil, err
	}
	defer r.unlock(now)
	tags := maps.Clone(f.tags)
	if tags == nil {
		tags = map[string]string{}
	}
	return tags, nil
}

// retag gives f other tags and so a new revision.
func (f *function) retag(r *Registry, tags map[string]string) {
	f.tags = tags
	f.latest.revision = r.revision()
}

// checkTagCount is the bound on the number of tags.
func checkTagCount(n int) error {
	if n > maxTags {
		return lambda.InvalidParameterValue("Number of tags exceeds resource tag limit.")
	}
	return nil
}

// lockTagged locks and finds the function with an ARN. If it fails, nothing is locked.
func (r *Registry) lockTagged(now time.Time, arn string, other error) (*function, error) {
	var found validation.Findings
	found.Pattern("resource", arn, tagPattern, tagARN().MatchString(arn))
	if err := joinValidation(lambda.ValidationError(found.Text()), other); err != nil {
		return nil, err
	}
	parsed, _ := lambda.ParseARN(arn) // it matches the pattern
	name, ok := strings.CutPrefix(parsed.Resource, "function:")
	if !ok {
		return nil, untaggable(arn, parsed.Resource)
	}
	name, _, qualified := strings.Cut(name, ":")
	if qualified {
		return nil, lambda.InvalidParameterValue("Tags on function aliases and versions are not supported. Please specify a function ARN.")
	}
	return r.lockFunction(now, lambda.Ref{Name: name, Region: parsed.Region, Account: parsed.Account})
}

// untaggable is the 404 of a resource that is no function and so not in a registry.
func untaggable(arn, resource string) error {
	kind, _, _ := strings.Cut(resource, ":")
	switch kind {
	case "event-source-mapping":
		return lambda.NewError("ResourceNotFoundException", "Event source mapping not found: "+arn)
	case "capacity-provider":
		return lambda.NewError("ResourceNotFoundException", "Capacity provider not found: "+arn)
	case "code-signing-config":
		e := lambda.NewError("ResourceNotFoundException", "The Lambda code signing configuration "+arn+" can not be found.")
		e.Type = ""
		return e
	}
	return lambda.ResourceMissing()
}
