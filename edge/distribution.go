package edge

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/lambdakit/lambdakit/internal/uuid"
	"github.com/lambdakit/lambdakit/lambda/iam"
)

// Config describes a distribution.
type Config struct {
	// Invoker runs the functions that behaviors name; nil if they have only Go hooks. An *invoke.Service is one, and
	// what is associated is then checked against what is deployed in it at that moment: features that Lambda@Edge does
	// not have, reserved and provisioned concurrency among them, are refused by name.
	Invoker Invoker
	// Roles are the roles that there are. With them, the role of a function must trust edgelambda.amazonaws.com beside
	// lambda.amazonaws.com; nil checks no role.
	Roles *iam.Roles
	// Origin serves behaviors that name none. Origins are others, by their ID.
	Origin  *Origin
	Origins []*Origin
	// CacheBehaviors are in order of precedence; the last one is the default, with the pattern *. None at all is one
	// default behavior.
	CacheBehaviors []CacheBehavior
	// CustomErrorResponses say what viewers get for errors, and how long errors are cached.
	CustomErrorResponses []CustomErrorResponse
	// DefaultRootObject is served for / alone, such as index.html.
	DefaultRootObject string
	// Aliases are the host names that are served besides DomainName; with none, all are.
	Aliases []string
	// DomainName and ID identify the distribution to functions; "" means AWS's examples.
	DomainName, ID string
	// ViewerTimeout is how long functions on the viewers' side may run; 0 means 5 s.
	ViewerTimeout time.Duration
	// CacheSize bounds the cache, in bytes; 0 means 64 MB.
	CacheSize int64
	// MaxObjectSize bounds an origin's answer, in bytes, because it is held whole in memory: a longer one is a 502. 0
	// means 30 GB, CloudFront's own quota.
	MaxObjectSize int64
	// Transport asks the domains that functions name and that are no configured origin's; nil means the network.
	Transport http.RoundTripper
	// LookupHost, if set, resolves the name of the configured origin before origin-request functions run, and any other
	// name that they choose: an error is a 502.
	LookupHost func(ctx context.Context, host string) error
	// ViewerHeaders tells the values of CloudFront-* headers of a viewer, such as CloudFront-Viewer-Country; nil for
	// those that the request itself tells. See [DeviceHeaders].
	ViewerHeaders func(*http.Request) map[string]string
	// GeoRestriction admits viewers by country; nil admits all.
	GeoRestriction *GeoRestriction
	// Logf takes what Lambda@Edge logs for a function's author when a result is refused; nil drops it.
	Logf func(format string, args ...any)
	// Seed determines request ids. Distributions with equal seeds and equal requests behave equally.
	Seed uint64

	_ struct{}
}

const (
	defaultCacheSize     = 64 << 20
	defaultMaxObjectSize = 30 << 30
)

func (c Config) withDefaults() Config {
	c.DomainName = defaulted(c.DomainName, "d111111abcdef8.cloudfront.net")
	c.ID = defaulted(c.ID, "EDFDVBD6EXAMPLE")
	c.ViewerTimeout = defaulted(c.ViewerTimeout, 5*time.Second)
	c.CacheSize = defaulted(c.CacheSize, defaultCacheSize)
	c.MaxObjectSize = defaulted(c.MaxObjectSize, defaultMaxObjectSize)
	if c.Transport == nil {
		c.Transport = networkTransport(10 * time.Second)
	}
	if c.Logf == nil {
		c.Logf = func(string, ...any) {}
	}
	if len(c.CacheBehaviors) == 0 {
		c.CacheBehaviors = []CacheBehavior{{PathPattern: "*"}}
	}
	return c
}

// Distribution serves viewers as CloudFront does, with its cache and its functions. It is an http.Handler, safe for
// concurrent use, and made by [NewDistribution].
type Distribution struct {
	config    Config
	behaviors []*behavior
	origins   []*Origin
	errors    map[int]*CustomErrorResponse
	cache     *cache
	flight    singleflight.Group
	work      work
	numbers   atomic.Uint64
	vias      [len(httpVersions)]string // Via by HTTP version
	pop       string
}

// NewDistribution makes a Distribution, or says what is wrong with the config: a *[lambda.Error] with the code
// [InvalidAssociation] for a function that cannot be associated, and [InvalidArgument] for a header that a policy must
// not name.
func NewDistribution(c Config) (*Distribution, error) {
	c = c.withDefaults()
	d := &Distribution{config: c, cache: newCache(c.CacheSize), pop: "SEA19-C1"}
	hi, lo := uuid.Bits(c.Seed, 0, "via")
	var token [16]byte
	binary.BigEndian.PutUint64(token[:], hi)
	binary.BigEndian.PutUint64(token[8:], lo)
	for i, version := range httpVersions {
		d.vias[i] = version + " " + hex.EncodeToString(token[:]) + ".cloudfront.net (CloudFront)"
	}
	if c.CacheSize < 0 || c.ViewerTimeout < 0 || c.MaxObjectSize < 0 {
		return nil, errors.New("edge: CacheSize, ViewerTimeout and MaxObjectSize must not be negative")
	}
	for i := range c.CacheBehaviors {
		b, err := newBehavior(&c, &c.CacheBehaviors[i])
		if err != nil {
			return nil, err
		}
		if last := i == len(c.CacheBehaviors)-1; last != (b.pattern == "*") {
			return nil, errors.New("edge: the last cache behavior, and no other, must have the path pattern *")
		}
		d.behaviors = append(d.behaviors, b)
	}
	if err := checkAssociations(d.behaviors); err != nil {
		return nil, err
	}
	if err := d.readOrigins(); err != nil {
		return nil, err
	}
	if err := c.GeoRestriction.check(&c); err != nil {
		return nil, err
	}
	var err error
	d.errors, err = readErrorResponses(c.CustomErrorResponses)
	return d, err
}

// readOrigins checks the origins and gives each behavior its own.
func (d *Distribution) readOrigins() error {
	byID := map[string]*Origin{}
	var main *Origin
	for i, o := range append([]*Origin{d.config.Origin}, d.config.Origins...) {
		if o == nil {
			continue
		}
		o = o.withDefaults()
		if err := o.check(); err != nil {
			return err
		}
		if i == 0 {
			main = o
		} else if byID[o.ID] != nil {
			return fmt.Errorf("edge: two origins have the ID %q", o.ID)
		}
		byID[o.ID] = o
		d.origins = append(d.origins, o)
		if o.Secondary != nil {
			d.origins = append(d.origins, o.Secondary)
		}
	}
	for i, b := range d.behaviors {
		b.origin = main
		if id := d.config.CacheBehaviors[i].TargetOriginID; id != "" {
			b.origin = byID[id]
		}
		switch {
		case b.origin == nil:
			return fmt.Errorf("edge: the cache behavior %q has no origin", b.pattern)
		case b.keysHost && b.origin.S3 != nil:
			return fmt.Errorf("edge: the cache behavior %q has Host in its key, which a bucket does not get to see", b.pattern)
		}
	}
	return nil
}

// Close waits for functions and origins that were left behind when their time was up. Requests must have ended; a
// Distribution that is not closed leaks nothing but those.
func (d *Distribution) Close() {
	d.work.wait()
	for _, o := range d.origins {
		if t, ok := o.Transport.(interface{ wait() }); ok {
			t.wait()
		}
	}
}

// match is the first behavior whose pattern matches the viewer's path.
func (d *Distribution) match(path string) *behavior {
	for _, b := range d.behaviors[:len(d.behaviors)-1] {
		if matchPath(b.pattern, path) {
			return b
		}
	}
	return d.behaviors[len(d.behaviors)-1]
}

// serves says whether a host name is the distribution's.
func (d *Distribution) serves(host string) bool {
	if len(d.config.Aliases) == 0 {
		return true
	}
	if name, _, ok := strings.Cut(host, ":"); ok {
		host = name
	}
	return sameHost(host, d.config.DomainName) ||
		slices.ContainsFunc(d.config.Aliases, func(a string) bool { return sameHost(a, host) })
}

// requestID is a new request's id: 56 characters, as CloudFront's.
func (d *Distribution) requestID() string {
	var raw [40]byte
	n := d.numbers.Add(1)
	for i, purpose := range [...]string{"edge", "edge2", "edge3"} {
		hi, lo := uuid.Bits(d.config.Seed, n, purpose)
		binary.BigEndian.PutUint64(raw[16*i:], hi)
		if i < 2 {
			binary.BigEndian.PutUint64(raw[16*i+8:], lo)
		}
	}
	var text [56]byte
	base64.URLEncoding.Encode(text[:], raw[:])
	return string(text[:])
}

// via is what CloudFront adds to Via, towards viewers and origins.
func (d *Distribution) via(r *http.Request) string { return d.vias[httpVersion(r)] }

// transport asks an address: that of the configured origin with its domain name, if there is one.
func (d *Distribution) transport(preferred *Origin, domain string) (http.RoundTripper, *Origin) {
	if sameHost(preferred.DomainName, domain) {
		return preferred.Transport, preferred
	}
	for _, o := range d.origins {
		if sameHost(o.DomainName, domain) {
			return o.Transport, o
		}
	}
	return d.config.Transport, nil
}
