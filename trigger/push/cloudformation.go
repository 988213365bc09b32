package push

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"strings"
	"sync"
	"time"
)

// Stack is a CloudFormation stack as far as its custom resources go. For each step of a resource it sends an event to
// the function and waits for the function's answer at the ResponseURL: an hour, unless the resource says otherwise.
// Deliver the answers with [Stack.Respond], or serve the Stack as an http.Handler where the URLs point. It is safe for
// concurrent use; the steps of one resource do not overlap.
//
// What is rolled back when a step fails is the caller's affair: a resource whose creation failed can be deleted.
type Stack struct {
	name, base string
	line       *line

	mu        sync.Mutex
	resources map[string]*resource  // by logical id
	awaiting  map[string]*expecting // by the last part of the URL
}

// CustomResource is what a template says of a custom resource.
type CustomResource struct {
	// LogicalID is its name in the template, up to 255 letters and digits.
	LogicalID string
	// Type is AWS::CloudFormation::CustomResource unless set; else Custom:: and a name of letters, digits, _, @ and -, 60
	// characters together.
	Type string
	// ServiceToken is the function's name or ARN.
	ServiceToken string
	// ServiceTimeout is whole seconds, 1 s to 3,600 s; 0 for 3,600 s.
	ServiceTimeout time.Duration
	// Properties are the resource's, but for ServiceToken and ServiceTimeout, which stand above. All that is no object or
	// list becomes a string, as CloudFormation has it.
	Properties map[string]any

	_ struct{}
}

// Attributes are what a custom resource has become: the last answer of its function.
type Attributes struct {
	PhysicalResourceID string
	// Data is for Fn::GetAtt; NoEcho keeps it out of sight.
	Data   map[string]any
	NoEcho bool
}

// resource is a custom resource of the stack.
type resource struct {
	set        CustomResource
	properties []byte
	physicalID string
	busy       bool
}

// responseHost is where ResponseURLs point unless the stack is told otherwise.
const responseHost = "https://cloudformation-custom-resource-response.s3.amazonaws.com/"

// plainType is the type of custom resources that have no type of their own.
const plainType = "AWS::CloudFormation::CustomResource"

// The bounds of custom resources.
const (
	maxLogicalID      = 255
	maxCustomType     = 60
	minServiceTimeout = time.Second
	maxServiceTimeout = time.Hour
)

// NewStack makes a stack. responses is the URL below which it will be served, "" for one of CloudFormation's own form
// that nobody serves: then the function's answer has to be passed to [Stack.Respond].
func NewStack(name, responses string, o Options) (*Stack, error) {
	l, err := newLine(cloudFormation, "", &o)
	if err != nil {
		return nil, err
	}
	l.source = l.identity.ARN("cloudformation", "stack/"+name+"/"+l.newID("stack "+name))
	base := cmp.Or(responses, responseHost)
	if base[len(base)-1] != '/' {
		base += "/"
	}
	return &Stack{name: name, base: base, line: l, resources: map[string]*resource{}, awaiting: map[string]*expecting{}}, nil
}

// ARN is the stack's id.
func (s *Stack) ARN() string { return s.line.source }

// Create creates a resource: it sends a Create and waits for the answer.
func (s *Stack) Create(ctx context.Context, set CustomResource) (Attributes, error) {
	r, err := s.check(set)
	if err != nil {
		return Attributes{}, err
	}
	s.mu.Lock()
	if _, ok := s.resources[set.LogicalID]; ok {
		s.mu.Unlock()
		return Attributes{}, ErrValidation.because("Resource " + set.LogicalID + " already exists in the stack.")
	}
	r.busy = true
	s.resources[set.LogicalID] = r
	s.mu.Unlock()
	answer, err := s.step(ctx, "Create", r, nil)
	s.mu.Lock()
	defer s.mu.Unlock()
	r.busy, r.physicalID = false, answer.PhysicalResourceID
	if err != nil && r.physicalID == "" {
		delete(s.resources, set.LogicalID) // there is nothing to delete
	}
	return answer.attributes(), err
}

// Update replaces what the template says of a resource: it sends an Update. If the function answers with another
// physical id, the resource of the old one is deleted, as CloudFormation does after an update; an error of that is
// returned too, but the update has happened. The resource's Type and ServiceToken must stay.
func (s *Stack) Update(ctx context.Context, set CustomResource) (Attributes, error) {
	made, err := s.check(set)
	if err != nil {
		return Attributes{}, err
	}
	old, err := s.take(set.LogicalID)
	if err != nil {
		return Attributes{}, err
	}
	defer s.release(set.LogicalID)
	if err := old.mayBecome(made); err != nil {
		return Attributes{}, err
	}
	made.physicalID, made.busy = old.physicalID, true
	answer, err := s.step(ctx, "Update", made, old.properties)
	if err != nil {
		return Attributes{}, err
	}
	made.physicalID = answer.PhysicalResourceID
	s.mu.Lock()
	s.resources[set.LogicalID] = made
	s.mu.Unlock()
	if made.physicalID != old.physicalID {
		_, err = s.step(ctx, "Delete", old, nil)
	}
	return answer.attributes(), err
}

// Delete deletes a resource: it sends a Delete.
func (s *Stack) Delete(ctx context.Context, logicalID string) error {
	r, err := s.take(logicalID)
	if err != nil {
		return err
	}
	defer s.release(logicalID)
	if _, err = s.step(ctx, "Delete", r, nil); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.resources, logicalID)
	return nil
}

// mayBecome refuses an update that CloudFormation refuses. The texts are from memory.
func (r *resource) mayBecome(made *resource) error {
	switch {
	case r.set.Type != made.set.Type:
		return ErrValidation.because("Update of resource type is not permitted. The new template modifies resource type of the following resources: [" + r.set.LogicalID + "]")
	case r.set.ServiceToken != made.set.ServiceToken:
		return ErrValidation.because("Modifying service token is not allowed.")
	}
	return nil
}

// take takes a resource for one step.
func (s *Stack) take(logicalID string) (*resource, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.resources[logicalID]
	switch {
	case !ok:
		return nil, ErrResourceNotFound.because("Resource " + logicalID + " does not exist in the stack.")
	case r.busy:
		return nil, ErrValidation.because("Resource " + logicalID + " is being changed.")
	}
	r.busy = true
	return r, nil
}

func (s *Stack) release(logicalID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, ok := s.resources[logicalID]; ok {
		r.busy = false
	}
}

// check checks a resource and writes its properties.
func (s *Stack) check(set CustomResource) (*resource, error) {
	var err error
	set.Type = cmp.Or(set.Type, plainType)
	if set.ServiceToken, err = s.line.functionARN(set.ServiceToken); err != nil {
		return nil, err
	}
	if !logicalID(set.LogicalID) {
		return nil, ErrValidation.because("Template format error: Resource name " + set.LogicalID + " is non alphanumeric.")
	}
	if !customType(set.Type) {
		return nil, ErrValidation.because("Template format error: Unrecognized resource types: [" + set.Type + "]")
	}
	for _, name := range []string{"ServiceToken", "ServiceTimeout"} {
		if _, ok := set.Properties[name]; ok {
			return nil, ErrValidation.because("Property " + name + " has a field of its own in CustomResource.")
		}
	}
	if t := set.ServiceTimeout; t != 0 && (t < minServiceTimeout || t > maxServiceTimeout || t%time.Second != 0) {
		return nil, ErrValidation.because("Property validation failure: ServiceTimeout must be 1 to 3600 seconds.")
	}
	all := map[string]any{}
	maps.Copy(all, set.Properties)
	all["ServiceToken"] = set.ServiceToken
	if set.ServiceTimeout != 0 {
		all["ServiceTimeout"] = int64(set.ServiceTimeout / time.Second)
	}
	r := &resource{set: set}
	r.properties, err = stringLeaves(all)
	return r, err
}

func logicalID(name string) bool { return consistsOf(name, "") && len(name) <= maxLogicalID }

func customType(name string) bool {
	own, ok := strings.CutPrefix(name, "Custom::")
	return name == plainType || ok && consistsOf(own, "_@-") && len(name) <= maxCustomType
}

// consistsOf reports whether name is letters, digits and those other characters, one at least.
func consistsOf(name, others string) bool {
	for _, c := range []byte(name) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && strings.IndexByte(others, c) < 0 {
			return false
		}
	}
	return name != ""
}

// event is one step as the function gets it.
func (s *Stack) event(request string, r *resource, old []byte, id, url string) []byte {
	o := (&object{}).text("RequestType", request).text("ServiceToken", r.set.ServiceToken).text("ResponseURL", url)
	o.text("StackId", s.line.source).text("RequestId", id).text("LogicalResourceId", r.set.LogicalID)
	if request != "Create" {
		o.text("PhysicalResourceId", r.physicalID)
	}
	o.text("ResourceType", r.set.Type).raw("ResourceProperties", json.RawMessage(r.properties))
	if old != nil {
		o.raw("OldResourceProperties", old)
	}
	return o.end()
}
