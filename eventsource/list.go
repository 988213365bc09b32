package eventsource

import (
	"encoding/base64"
	"strconv"

	"github.com/lambdakit/lambdakit/internal/validation"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/registry"
)

// ListInput says which mappings to list. The zero value lists all.
type ListInput struct {
	// SourceARN is the source's ARN, "" for all.
	SourceARN string
	// FunctionName is the function, with exactly the qualifier that the mappings have; "" for all. It need not exist.
	FunctionName string
	// Page is the part of the list: MaxItems is 1 to 10,000, and a page never has more than 100.
	registry.Page
}

// pageMost is the most mappings of one page, and also the default.
const pageMost = 100

// Get finds a mapping of a Service by its UUID. One that does not exist is a ResourceNotFoundException.
func Get(svc *invoke.Service, uuid string) (*Mapping, error) {
	for _, m := range mappingsOf(svc).snapshot() {
		if m.uuid == uuid {
			return m, nil
		}
	}
	return nil, lambda.ResourceMissing()
}

// List lists the mappings of a Service in the order in which they were made, and returns the next page's Marker, "" if
// there is none. A walk sees every mapping that exists from its start to its end exactly once.
func List(svc *invoke.Service, in ListInput) (page []*Mapping, next string, err error) {
	most := pageMost
	if in.MaxItems != nil {
		var f validation.Findings
		f.Range("maxItems", int64(*in.MaxItems), 1, 10_000)
		if f.Len() > 0 {
			return nil, "", lambda.ValidationError(f.Text())
		}
		most = min(most, *in.MaxItems)
	}
	after, ok := readMarker(in.Marker)
	if !ok {
		return nil, "", lambda.InvalidParameterValue("The Marker is not one that this list gave: " + in.Marker)
	}
	function, err := in.functionARN(svc.Identity())
	if err != nil {
		return nil, "", err
	}
	page = []*Mapping{}
	for _, m := range mappingsOf(svc).snapshot() {
		switch {
		case m.number <= after, in.SourceARN != "" && m.source.ARN() != in.SourceARN:
		case function != "" && m.settings().functionARN != function:
		case len(page) == most:
			return page, writeMarker(page[most-1].number), nil
		default:
			page = append(page, m)
		}
	}
	return page, "", nil
}

// functionARN is what the mappings' FunctionARN must be, "" for anything.
func (in *ListInput) functionARN(id lambda.Identity) (string, error) {
	if in.FunctionName == "" {
		return "", nil
	}
	ref, err := id.ParseRef(in.FunctionName, "")
	if err != nil {
		return "", err
	}
	return id.FunctionARN(ref.Name, ref.Qualifier), nil
}

func writeMarker(number uint64) string {
	return base64.RawURLEncoding.EncodeToString(strconv.AppendUint(nil, number, 10))
}

func readMarker(marker string) (number uint64, ok bool) {
	if marker == "" {
		return 0, true
	}
	text, err := base64.RawURLEncoding.DecodeString(marker)
	if err != nil {
		return 0, false
	}
	number, err = strconv.ParseUint(string(text), 10, 64)
	return number, err == nil
}
