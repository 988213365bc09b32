package edge

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// CacheBehavior says what happens to requests whose path matches. The zero value caches GET and HEAD by path alone and
// runs no function.
type CacheBehavior struct {
	// PathPattern is compared with the path as the viewer sent it: * is any text, slashes included, ? any one character.
	// The first behavior that matches is taken. The last one is the default and has the pattern *.
	PathPattern string
	// TargetOriginID is the ID of one of the config's origins; "" means the config's Origin.
	TargetOriginID string

	// ViewerRequest, OriginRequest, OriginResponse and ViewerResponse are the functions to run, as numbered versions:
	// name:3 or an ARN. "" for none.
	ViewerRequest, OriginRequest, OriginResponse, ViewerResponse string
	// Hooks are Go functions to run in their place. There is at most one function for an event type.
	Hooks Hooks
	// IncludeBody lists the request triggers whose functions get the body.
	IncludeBody []EventType

	// ViewerProtocolPolicy is allow-all, redirect-to-https or https-only; "" means allow-all.
	ViewerProtocolPolicy string
	// AllowedMethods is one of [GetHead], [GetHeadOptions] and [AllMethods]; nil means GetHead.
	AllowedMethods []string
	// CacheOptions caches answers to OPTIONS too, under a key of their own.
	CacheOptions bool

	// MinTTL, DefaultTTL and MaxTTL bound how long answers are used. A MinTTL of 0 is 0; a DefaultTTL or MaxTTL of 0
	// means a day and a year, or MinTTL if that is more; use [ZeroTTL] for none at all.
	MinTTL, DefaultTTL, MaxTTL time.Duration
	// CachingDisabled is the managed policy of that name: all three are zero. Errors are still cached for their
	// ErrorCachingMinTTL.
	CachingDisabled bool
	// CachePolicy says what the key holds beside the path, and OriginRequestPolicy what else goes to the origin.
	CachePolicy         CachePolicy
	OriginRequestPolicy OriginRequestPolicy
	// Compress keeps answers compressed for viewers that accept it, if their type is one of those that CloudFront
	// compresses and their size 1,000 to 10,000,000 bytes. It needs the cache policy's Gzip; with Brotli too, viewers
	// that accept both get gzip, where CloudFront would rather send Brotli. What is not cached is not compressed.
	Compress bool

	// TrustedKeys restricts the behavior to viewers with a signed URL or signed cookies: the public keys by their
	// Key-Pair-Id. nil lets everybody in. What makes a signature, in the URL or the cookies, goes no further: functions,
	// key and origin do not see it.
	TrustedKeys map[string]*rsa.PublicKey

	_ struct{}
}

// ZeroTTL is a DefaultTTL or MaxTTL of no time at all, which a zero cannot say.
const ZeroTTL time.Duration = -1

// The sets of methods that a behavior may allow.
var (
	GetHead        = []string{"GET", "HEAD"}
	GetHeadOptions = []string{"GET", "HEAD", "OPTIONS"}
	AllMethods     = []string{"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"}
)

// The legacy defaults of the TTLs.
const (
	legacyDefaultTTL = 24 * time.Hour
	legacyMaxTTL     = 365 * 24 * time.Hour
)

// behavior is a CacheBehavior, checked.
type behavior struct {
	pattern        string
	origin         *Origin
	protocol       string
	methods        []string
	cacheOptions   bool
	ttl            ttls
	policy         CachePolicy
	originPolicy   OriginRequestPolicy
	keyHeaders     []string // canonical
	addedHeaders   []string // CloudFront's own that a policy lists, canonical
	keysHost       bool
	isPlain        bool // a cached answer needs no function, and the key nothing but what the viewer sent
	compresses     bool
	trustedKeys    map[string]*rsa.PublicKey
	viewerRequest  *trigger
	originRequest  *trigger
	originResponse *trigger
	viewerResponse *trigger
}

// newBehavior checks b. Origins are looked up later, because what is wrong with a function is said first.
func newBehavior(c *Config, b *CacheBehavior) (*behavior, error) {
	if !isPathPattern(b.PathPattern) {
		return nil, fmt.Errorf("edge: the path pattern %q is not valid", b.PathPattern)
	}
	out := &behavior{
		pattern: b.PathPattern, protocol: defaulted(b.ViewerProtocolPolicy, "allow-all"), methods: b.AllowedMethods,
		cacheOptions: b.CacheOptions, policy: b.CachePolicy, originPolicy: b.OriginRequestPolicy, trustedKeys: b.TrustedKeys,
		compresses: b.Compress,
	}
	if err := out.associate(c, b); err != nil {
		return nil, err
	}
	var err error
	if out.ttl, err = b.ttls(); err != nil {
		return nil, err
	}
	if err := b.checkCompression(); err != nil {
		return nil, err
	}
	err = out.check()
	out.isPlain = out.viewerRequest == nil && out.viewerResponse == nil && !out.keysHost && len(out.addedHeaders) == 0
	return out, err
}

// ttls are the bounds with their defaults.
func (b *CacheBehavior) ttls() (ttls, error) {
	if b.CachingDisabled {
		if b.MinTTL != 0 || b.DefaultTTL != 0 || b.MaxTTL != 0 {
			return ttls{}, errors.New("edge: CachingDisabled has no other TTLs than zero")
		}
		return ttls{}, nil
	}
	t := ttls{min: b.MinTTL, def: b.DefaultTTL, max: b.MaxTTL}
	if t.def == 0 {
		t.def = max(t.min, legacyDefaultTTL)
		if t.max != 0 {
			t.def = max(min(t.def, t.max), t.min, 0)
		}
	}
	if t.max == 0 {
		t.max = max(t.def, t.min, legacyMaxTTL)
	}
	t.def, t.max = max(t.def, 0), max(t.max, 0)
	if t.min < 0 || t.min > t.def || t.def > t.max {
		return ttls{}, errors.New("edge: TTLs must be 0 ≤ MinTTL ≤ DefaultTTL ≤ MaxTTL")
	}
	return t, nil
}

func (b *behavior) check() error {
	if b.methods == nil {
		b.methods = GetHead
	}
	switch {
	case !slices.Contains([]string{"allow-all", "redirect-to-https", "https-only"}, b.protocol):
		return fmt.Errorf("edge: the viewer protocol policy %q is not known", b.protocol)
	case !slices.Equal(b.methods, GetHead) && !slices.Equal(b.methods, GetHeadOptions) && !slices.Equal(b.methods, AllMethods):
		return errors.New("edge: AllowedMethods must be GetHead, GetHeadOptions or AllMethods")
	case b.cacheOptions && !slices.Contains(b.methods, http.MethodOptions):
		return errors.New("edge: CacheOptions needs OPTIONS to be allowed")
	case b.policy.Headers.kind != selectNone && b.policy.Headers.kind != selectOnly:
		return errors.New("edge: the headers of a cache policy are None or Only")
	}
	return b.readHeaderNames()
}

// associate makes the four triggers.
func (b *behavior) associate(c *Config, from *CacheBehavior) error {
	if err := checkIncludeBody(from.IncludeBody); err != nil {
		return err
	}
	var hooks [4]runner
	if h := from.Hooks.ViewerRequest; h != nil {
		hooks[0] = requestHook(h)
	}
	if h := from.Hooks.OriginRequest; h != nil {
		hooks[1] = requestHook(h)
	}
	if h := from.Hooks.OriginResponse; h != nil {
		hooks[2] = responseHook(h)
	}
	if h := from.Hooks.ViewerResponse; h != nil {
		hooks[3] = responseHook(h)
	}
	for i, a := range []struct {
		event    EventType
		function string
		into     **trigger
	}{
		{ViewerRequest, from.ViewerRequest, &b.viewerRequest}, {OriginRequest, from.OriginRequest, &b.originRequest},
		{OriginResponse, from.OriginResponse, &b.originResponse}, {ViewerResponse, from.ViewerResponse, &b.viewerResponse},
	} {
		var err error
		if *a.into, err = associate(c, from, a.event, a.function, hooks[i]); err != nil {
			return err
		}
	}
	return nil
}

// allows says whether the method is one of the allowed ones.
func (b *behavior) allows(method string) bool { return slices.Contains(b.methods, method) }

// collapses says whether concurrent misses of one key wait for the first. What can never be shared does not wait.
func (b *behavior) collapses() bool {
	return !b.ttl.disabled() && b.policy.Cookies.kind == selectNone && b.originPolicy.Cookies.kind == selectNone
}
