package registry

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lambdakit/lambdakit/internal/stamp"
	"github.com/lambdakit/lambdakit/internal/uuid"
	"github.com/lambdakit/lambdakit/internal/validation"
	"github.com/lambdakit/lambdakit/lambda"
)

// AuthType says who may call a function URL.
type AuthType string

// The values of [AuthType].
const (
	AuthNone   AuthType = "NONE"    // everybody whom the resource policy lets
	AuthAWSIAM AuthType = "AWS_IAM" // signed requests only
)

// InvokeMode says how a function URL answers.
type InvokeMode string

// The values of [InvokeMode].
const (
	Buffered       InvokeMode = "BUFFERED"        // once the function has ended; the default
	ResponseStream InvokeMode = "RESPONSE_STREAM" // as the function writes
)

// CORS is a function URL's cross-origin configuration, in its form on the wire, where it is called Cors.
type CORS struct {
	AllowCredentials *bool    `json:",omitempty"`
	AllowHeaders     []string `json:",omitempty"` // at most 100, as the other lists; AllowMethods at most 6
	AllowMethods     []string `json:",omitempty"`
	AllowOrigins     []string `json:",omitempty"`
	ExposeHeaders    []string `json:",omitempty"`
	MaxAge           *int     `json:",omitempty"` // seconds, 0 to 86400
}

// FunctionURLConfig describes a function URL, in its form on the wire.
type FunctionURLConfig struct {
	FunctionURL      string `json:"FunctionUrl"`
	FunctionARN      string `json:"FunctionArn"` // the alias's, or the function's without a qualifier
	AuthType         AuthType
	CORS             *CORS `json:"Cors,omitempty"`
	CreationTime     string
	LastModifiedTime string     `json:",omitempty"` // not in the answer of a creation
	InvokeMode       InvokeMode `json:",omitempty"` // in the answers of creation and update only if it was ever given
}

// FunctionURLInput is what CreateFunctionURLConfig and UpdateFunctionURLConfig take. In an update, what is empty or
// nil keeps what is set.
type FunctionURLInput struct {
	AuthType   AuthType // required to create
	CORS       *CORS    // replaces the whole; copied
	InvokeMode InvokeMode
}

// functionURL is a URL as it is stored.
type functionURL struct {
	id                string
	authType          AuthType
	cors              *CORS
	mode              InvokeMode // "" if never given
	created, modified string     // as they are shown: a URL is looked up with every request
}

// urlQualifierPattern is the pattern of an alias's name that messages about function URLs quote.
const urlQualifierPattern = `((?!^\d+$)^[0-9a-zA-Z-_]+$)`

// CreateFunctionURLConfig gives a function, or one of its aliases, a URL.
func (r *Registry) CreateFunctionURLConfig(now time.Time, name, qualifier string, in FunctionURLInput) (*FunctionURLConfig, error) {
	var found validation.Findings
	found.Required("authType", in.AuthType != "")
	ref, err := r.urlRef(name, qualifier, lambda.ValidationError(found.Text()), in.Check())
	if err != nil {
		return nil, err
	}
	f, err := r.lockURLTarget(now, ref)
	if err != nil {
		return nil, err
	}
	defer r.unlock(now)
	if f.urls[ref.Qualifier] != nil {
		return nil, lambda.NewError("ResourceConflictException", "Failed to create function url config for [functionArn = "+
			qualified(f.arn, ref.Qualifier)+"]. Error message:  FunctionUrlConfig exists for this Lambda function")
	}
	u := &functionURL{id: r.urlID(), created: stamp.Micros(now)}
	u.set(now, in)
	f.urls[ref.Qualifier] = u
	r.urls[u.id] = ref
	answer := r.urlView(f, ref.Qualifier)
	answer.LastModifiedTime, answer.InvokeMode = "", u.mode
	return answer, nil
}

// UpdateFunctionURLConfig changes a URL's settings.
func (r *Registry) UpdateFunctionURLConfig(now time.Time, name, qualifier string, in FunctionURLInput) (*FunctionURLConfig, error) {
	ref, err := r.urlRef(name, qualifier, in.Check())
	if err != nil {
		return nil, err
	}
	f, err := r.lockURLTarget(now, ref)
	if err != nil {
		return nil, err
	}
	defer r.unlock(now)
	u := f.urls[ref.Qualifier]
	if u == nil {
		return nil, lambda.ResourceMissing()
	}
	u.set(now, in)
	answer := r.urlView(f, ref.Qualifier)
	answer.InvokeMode = u.mode
	return answer, nil
}

// GetFunctionURLConfig describes the URL of a function, or of exactly that alias.
func (r *Registry) GetFunctionURLConfig(now time.Time, name, qualifier string) (*FunctionURLConfig, error) {
	f, ref, err := r.lockURL(now, name, qualifier)
	if err != nil {
		return nil, err
	}
	defer r.unlock(now)
	return r.urlView(f, ref.Qualifier), nil
}

// DeleteFunctionURLConfig removes the URL of a function, or of exactly that alias.
func (r *Registry) DeleteFunctionURLConfig(now time.Time, name, qualifier string) error {
	f, ref, err := r.lockURL(now, name, qualifier)
	if err != nil {
		return err
	}
	defer r.unlock(now)
	r.dropURL(f, ref.Qualifier)
	return nil
}

// dropURL removes the URL of a qualifier, if it has one.
func (r *Registry) dropURL(f *function, qualifier string) {
	if u := f.urls[qualifier]; u != nil {
		delete(r.urls, u.id)
		delete(f.urls, qualifier)
	}
}

// ListFunctionURLConfigs lists a function's URLs, its own first and then those of its aliases by name. The second
// result is the next page's Marker, "" after the last page.
func (r *Registry) ListFunctionURLConfigs(now time.Time, name string, page Page) ([]*FunctionURLConfig, string, error) {
	l, err := newListing[*FunctionURLConfig](page, maxItemsSmall)
	ref, err := r.urlRef(name, "", err)
	if err != nil {
		return nil, "", err
	}
	f, err := r.lockURLTarget(now, lambda.Ref{Name: ref.Name})
	if err != nil {
		return nil, "", err
	}
	defer r.unlock(now)
	for _, qualifier := range slices.Sorted(maps.Keys(f.urls)) {
		l.offer("0"+qualifier, func() *FunctionURLConfig { return r.urlView(f, qualifier) })
	}
	return l.items, l.next, nil
}

// ResolveURL finds the function URL with that id, the first part of its host name: what it belongs to, and its config.
func (r *Registry) ResolveURL(now time.Time, id string) (lambda.Ref, *FunctionURLConfig, bool) {
	r.lock(now)
	defer r.unlock(now)
	ref, ok := r.urls[id]
	if f := r.lookup(ref.Name); ok && f != nil && f.urls[ref.Qualifier] != nil && f.urls[ref.Qualifier].id == id {
		return lambda.Ref{Name: ref.Name, Qualifier: ref.Qualifier}, r.urlView(f, ref.Qualifier), true
	}
	delete(r.urls, id)
	return lambda.Ref{}, nil, false
}

// set takes over what in gives.
func (u *functionURL) set(now time.Time, in FunctionURLInput) {
	u.modified = stamp.Micros(now)
	if in.AuthType != "" {
		u.authType = in.AuthType
	}
	if in.InvokeMode != "" {
		u.mode = in.InvokeMode
	}
	if in.CORS != nil {
		u.cors = in.CORS.clone()
	}
}

// clone is a copy that shares nothing.
func (c *CORS) clone() *CORS {
	if c == nil {
		return nil
	}
	d := *c
	if c.AllowCredentials != nil {
		d.AllowCredentials = new(*c.AllowCredentials)
	}
	if c.MaxAge != nil {
		d.MaxAge = new(*c.MaxAge)
	}
	for _, list := range []*[]string{&d.AllowHeaders, &d.AllowMethods, &d.AllowOrigins, &d.ExposeHeaders} {
		*list = slices.Clone(*list)
	}
	return &d
}

// Check checks the form of the settings that are given, as creating or updating a URL with them does, and changes
// nothing. It is for those who keep the settings of URLs themselves.
func (in *FunctionURLInput) Check() error {
	var found validation.Findings
	if in.AuthType != "" {
		found.Enum("authType", string(in.AuthType), string(AuthNone), string(AuthAWSIAM))
	}
	if in.InvokeMode != "" {
		found.Enum("invokeMode", string(in.InvokeMode), string(ResponseStream), string(Buffered))
	}
	if c := in.CORS; c != nil {
		found.Items("cors.allowHeaders", c.AllowHeaders, 0, 100)
		found.Items("cors.allowMethods", c.AllowMethods, 0, 6)
		found.Items("cors.allowOrigins", c.AllowOrigins, 0, 100)
		found.Items("cors.exposeHeaders", c.ExposeHeaders, 0, 100)
		if c.MaxAge != nil {
			found.Range("cors.maxAge", int64(*c.MaxAge), 0, 86400)
		}
	}
	return lambda.ValidationError(found.Text())
}

// urlRef reads the name and the qualifier in a request about a URL. Only an alias's name may be a qualifier.
func (r *Registry) urlRef(name, qualifier string, others ...error) (lambda.Ref, error) {
	var found validation.Findings
	if qualifier != "" {
		found.Length("qualifier", qualifier, 1, maxAliasName)
		found.Pattern("qualifier", qualifier, urlQualifierPattern, lambda.IsAlias(qualifier))
	}
	// The qualifier has been judged by its own pattern; what is left is the name, and whether the two agree.
	ref, err := lambda.ParseFunctionName(name, "")
	if err := joinValidation(append([]error{lambda.ValidationError(found.Text()), err}, others...)...); err != nil {
		return ref, err
	}
	if qualifier != "" {
		if ref.Qualifier != "" && ref.Qualifier != qualifier {
			return ref, lambda.QualifierMismatch()
		}
		ref.Qualifier = qualifier
	}
	return ref, r.id.Check(ref)
}

// lockURLTarget locks and finds the function with that alias. If it fails, nothing is locked.
func (r *Registry) lockURLTarget(now time.Time, ref lambda.Ref) (*function, error) {
	r.lock(now)
	f := r.lookup(ref.Name)
	if f == nil || ref.Qualifier != "" && f.aliases[ref.Qualifier] == nil {
		r.unlock(now)
		return nil, lambda.NewError("ResourceNotFoundException", "Function does not exist")
	}
	return f, nil
}

// lockURL locks and finds the function of a URL that must exist. If it fails, nothing is locked.
func (r *Registry) lockURL(now time.Time, name, qualifier string) (*function, lambda.Ref, error) {
	ref, err := r.urlRef(name, qualifier)
	if err != nil {
		return nil, ref, err
	}
	r.lock(now)
	f := r.lookup(ref.Name)
	if f == nil || f.urls[ref.Qualifier] == nil {
		r.unlock(now)
		return nil, ref, lambda.ResourceMissing()
	}
	return f, ref, nil
}

// urlID draws an id: 32 letters and digits.
func (r *Registry) urlID() string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
	r.drawn++
	var id strings.Builder
	for part := range 4 {
		bits, _ := uuid.Bits(r.options.Seed, r.drawn, "url"+string(rune('0'+part)))
		for range 8 {
			id.WriteByte(alphabet[bits%uint64(len(alphabet))])
			bits /= uint64(len(alphabet))
		}
	}
	return id.String()
}

// urlView describes a URL that exists, as Get and lists show it.
func (r *Registry) urlView(f *function, qualifier string) *FunctionURLConfig {
	u := f.urls[qualifier]
	c := &FunctionURLConfig{
		FunctionURL:      "https://" + u.id + ".lambda-url." + r.id.Region + ".on.aws/",
		FunctionARN:      qualified(f.arn, qualifier),
		AuthType:         u.authType,
		CORS:             u.cors.clone(),
		CreationTime:     u.created,
		LastModifiedTime: u.modified,
		InvokeMode:       u.mode,
	}
	if r.options.FunctionURL != nil {
		c.FunctionURL = r.options.FunctionURL(u.id)
	}
	if c.InvokeMode == "" {
		c.InvokeMode = Buffered
	}
	return c
}
