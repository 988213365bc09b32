package eventsource

import (
	"maps"

	"github.com/lambdakit/lambdakit/lambda"
)

// maxTags is how many tags a mapping may have.
const maxTags = 50

// Tags returns the mapping's tags. The map is the caller's.
func (m *Mapping) Tags() map[string]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.tags)
}

// Tag adds tags, over those of the same keys (TagResource). A mapping has at most 50, and one that is gone, deleted or
// closed, has none: then the error is that of [TagsMissing].
func (m *Mapping) Tag(tags map[string]string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ended {
		return TagsMissing(m.ARN())
	}
	merged := maps.Clone(m.tags)
	if merged == nil {
		merged = map[string]string{}
	}
	maps.Copy(merged, tags)
	if err := checkTags(merged); err != nil {
		return err
	}
	m.tags = merged
	return nil
}

// Untag takes tags away (UntagResource). That a key is not there is no error; that the mapping is gone, is one, as for
// [Mapping.Tag].
func (m *Mapping) Untag(keys []string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ended {
		return TagsMissing(m.ARN())
	}
	for _, k := range keys {
		delete(m.tags, k)
	}
	return nil
}

// TagsMissing is the 404 for the tags of a mapping that does not exist.
func TagsMissing(arn string) error {
	return lambda.NewError("ResourceNotFoundException", "Event source mapping not found: "+arn)
}

// checkTags bounds their number. Its text was never recorded.
func checkTags(tags map[string]string) error {
	if len(tags) > maxTags {
		return lambda.InvalidParameterValue("The number of tags exceeds the limit of 50.")
	}
	return nil
}
