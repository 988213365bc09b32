package edge_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/edge"
)

func TestConfigIsRefused(t *testing.T) {
	good := func() edge.Config {
		return edge.Config{Origin: edge.HandlerOrigin(http.NotFoundHandler()), CacheBehaviors: []edge.CacheBehavior{{PathPattern: "*"}}}
	}
	_, err := edge.NewDistribution(good())
	require.NoError(t, err)
	identity := func(_ context.Context, r *edge.Request) (*edge.Request, *edge.Response, error) { return r, nil, nil }
	for name, spoil := range map[string]func(c *edge.Config, b *edge.CacheBehavior, o *edge.Origin){
		"no origin":      func(c *edge.Config, _ *edge.CacheBehavior, _ *edge.Origin) { c.Origin = nil },
		"unknown origin": func(_ *edge.Config, b *edge.CacheBehavior, _ *edge.Origin) { b.TargetOriginID = "x" },
		"default not last": func(c *edge.Config, _ *edge.CacheBehavior, _ *edge.Origin) {
			c.CacheBehaviors = append(c.CacheBehaviors, edge.CacheBehavior{PathPattern: "/a"})
		},
		"two defaults": func(c *edge.Config, b *edge.CacheBehavior, _ *edge.Origin) {
			c.CacheBehaviors = append(c.CacheBehaviors, *b)
		},
		"pattern":                func(_ *edge.Config, b *edge.CacheBehavior, _ *edge.Origin) { b.PathPattern = "/a b" },
		"protocol policy":        func(_ *edge.Config, b *edge.CacheBehavior, _ *edge.Origin) { b.ViewerProtocolPolicy = "http" },
		"methods":                func(_ *edge.Config, b *edge.CacheBehavior, _ *edge.Origin) { b.AllowedMethods = []string{"POST"} },
		"cached OPTIONS":         func(_ *edge.Config, b *edge.CacheBehavior, _ *edge.Origin) { b.CacheOptions = true },
		"MinTTL over MaxTTL":     func(_ *edge.Config, b *edge.CacheBehavior, _ *edge.Origin) { b.MinTTL, b.MaxTTL = 2, 1 },
		"DefaultTTL over MaxTTL": func(_ *edge.Config, b *edge.CacheBehavior, _ *edge.Origin) { b.DefaultTTL, b.MaxTTL = 2, 1 },
		"disabled with a TTL":    func(_ *edge.Config, b *edge.CacheBehavior, _ *edge.Origin) { b.CachingDisabled, b.MaxTTL = true, 1 },
		"key with all headers":   func(_ *edge.Config, b *edge.CacheBehavior, _ *edge.Origin) { b.CachePolicy.Headers = edge.All() },
		"key with Cookie": func(_ *edge.Config, b *edge.CacheBehavior, _ *edge.Origin) {
			b.CachePolicy.Headers = edge.Only("cookie")
		},
		"key with the address": func(_ *edge.Config, b *edge.CacheBehavior, _ *edge.Origin) {
			b.CachePolicy.Headers = edge.Only("CloudFront-Viewer-Address")
		},
		"forwarding X-Real-IP": func(_ *edge.Config, b *edge.CacheBehavior, _ *edge.Origin) {
			b.OriginRequestPolicy.Headers = edge.Only("X-Real-IP")
		},
		"two functions": func(_ *edge.Config, b *edge.CacheBehavior, _ *edge.Origin) {
			b.ViewerRequest, b.Hooks.ViewerRequest = "f:1", identity
		},
		"no invoker": func(_ *edge.Config, b *edge.CacheBehavior, _ *edge.Origin) { b.ViewerRequest = "f:1" },
		"body for nobody": func(_ *edge.Config, b *edge.CacheBehavior, _ *edge.Origin) {
			b.IncludeBody = []edge.EventType{edge.ViewerRequest}
		},
		"domain name":  func(_ *edge.Config, _ *edge.CacheBehavior, o *edge.Origin) { o.DomainName = "192.0.2.1" },
		"path":         func(_ *edge.Config, _ *edge.CacheBehavior, o *edge.Origin) { o.Path = "a" },
		"port":         func(_ *edge.Config, _ *edge.CacheBehavior, o *edge.Origin) { o.HTTPSPort = 81 },
		"attempts":     func(_ *edge.Config, _ *edge.CacheBehavior, o *edge.Origin) { o.ConnectionAttempts = 4 },
		"read timeout": func(_ *edge.Config, _ *edge.CacheBehavior, o *edge.Origin) { o.ReadTimeout = 181 * time.Second },
		"custom header": func(_ *edge.Config, _ *edge.CacheBehavior, o *edge.Origin) {
			o.CustomHeaders = map[string]string{"Host": "x"}
		},
		"failover status": func(c *edge.Config, _ *edge.CacheBehavior, o *edge.Origin) { c.Origin = edge.Group(o, o, 401) },
		"group of a group": func(c *edge.Config, _ *edge.CacheBehavior, o *edge.Origin) {
			c.Origin = edge.Group(o, edge.Group(o, o))
		},
		"failover to nobody": func(_ *edge.Config, _ *edge.CacheBehavior, o *edge.Origin) { o.FailoverStatusCodes = []int{500} },
		"error code": func(c *edge.Config, _ *edge.CacheBehavior, _ *edge.Origin) {
			c.CustomErrorResponses = []edge.CustomErrorResponse{{ErrorCode: 401}}
		},
		"error code twice": func(c *edge.Config, _ *edge.CacheBehavior, _ *edge.Origin) {
			c.CustomErrorResponses = []edge.CustomErrorResponse{{ErrorCode: 404}, {ErrorCode: 404}}
		},
		"response code": func(c *edge.Config, _ *edge.CacheBehavior, _ *edge.Origin) {
			c.CustomErrorResponses = []edge.CustomErrorResponse{{ErrorCode: 404, ResponsePagePath: "/", ResponseCode: 302}}
		},
		"error page": func(c *edge.Config, _ *edge.CacheBehavior, _ *edge.Origin) {
			c.CustomErrorResponses = []edge.CustomErrorResponse{{ErrorCode: 404, ResponsePagePath: "e"}}
		},
		"a cache of minus a byte": func(c *edge.Config, _ *edge.CacheBehavior, _ *edge.Origin) { c.CacheSize = -1 },
	} {
		t.Run(name, func(t *testing.T) {
			c := good()
			spoil(&c, &c.CacheBehaviors[0], c.Origin)
			_, err := edge.NewDistribution(c)
			require.Error(t, err)
		})
	}
}

func TestTTLDefaults(t *testing.T) {
	for _, c := range []struct {
		b    edge.CacheBehavior
		ttl  time.Duration // without directives
		most time.Duration // with the longest max-age
	}{
		{edge.CacheBehavior{}, 24 * time.Hour, 365 * 24 * time.Hour},
		{edge.CacheBehavior{MaxTTL: time.Hour}, time.Hour, time.Hour},
		{edge.CacheBehavior{MinTTL: 48 * time.Hour}, 48 * time.Hour, 365 * 24 * time.Hour},
		{edge.CacheBehavior{DefaultTTL: time.Minute, MaxTTL: time.Minute}, time.Minute, time.Minute},
		{edge.CacheBehavior{DefaultTTL: edge.ZeroTTL}, 0, 365 * 24 * time.Hour},
	} {
		for control, want := range map[string]time.Duration{"": c.ttl, "max-age=999999999": c.most} {
			virtual(t, func(t *testing.T, s *site) {
				s.b.MinTTL, s.b.DefaultTTL, s.b.MaxTTL = c.b.MinTTL, c.b.DefaultTTL, c.b.MaxTTL
				s.gives(200, "page", "Cache-Control", control)
				s.get("/a")
				if want > 0 {
					s.livesFor("/a", want)
				} else {
					s.get("/a").is(t, 200, "Miss", missed)
				}
			})
		}
	}
}

func TestTimeouts(t *testing.T) {
	slow := func(context.Context, *edge.Request) (*edge.Request, *edge.Response, error) {
		time.Sleep(time.Minute)
		return nil, nil, nil
	}
	for timeout, want := range map[time.Duration]time.Duration{0: 5 * time.Second, 30 * time.Second: 30 * time.Second} {
		virtual(t, func(t *testing.T, s *site) {
			s.config.ViewerTimeout = timeout
			s.vq = slow
			start := time.Now()
			s.get("/a").is(t, 503, "LambdaLimitExceeded", "vq")
			require.Equal(t, want, time.Since(start))
			s.d.Close()
		})
	}
}

func TestCustomErrorPages(t *testing.T) {
	pages := []edge.CustomErrorResponse{{ErrorCode: 403, ResponsePagePath: "/e.html", ResponseCode: 200}, {ErrorCode: 503, ResponsePagePath: "/e.html"},
		{ErrorCode: 404, ErrorCachingMinTTL: new(time.Duration(0))}}
	for name, c := range map[string]struct {
		spoil  func(s *site)
		status int
		body   string
	}{
		"function's response": {func(s *site) { s.vq = makes(&edge.Response{Status: "403"}) }, 200, "sorry"},
		"function's failure": {func(s *site) {
			s.vq = func(context.Context, *edge.Request) (*edge.Request, *edge.Response, error) { panic(1) }
		}, 503, "sorry"},
		"country": {func(s *site) {
			s.config.GeoRestriction = &edge.GeoRestriction{Countries: []string{"FR"}}
			s.config.ViewerHeaders = func(*http.Request) map[string]string { return nil } // of nowhere
		}, 200, "sorry"},
		"function's limit": {func(s *site) {
			s.vq = func(context.Context, *edge.Request) (*edge.Request, *edge.Response, error) {
				time.Sleep(6 * time.Second)
				return nil, nil, nil
			}
		}, 503, "throttled"},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T, s *site) {
				s.config.CustomErrorResponses = pages
				s.origin = only("/e.html", "sorry")
				c.spoil(s)
				r := s.get("/x")
				require.Equal(t, c.status, r.code)
				require.Contains(t, r.body, c.body)
				require.NotContains(t, r.runs, "vp")
				s.d.Close()
			})
		})
	}
	t.Run("an error that is not cached", func(t *testing.T) {
		virtual(t, func(t *testing.T, s *site) {
			s.config.CustomErrorResponses = pages
			s.gives(404, "none")
			for range 2 {
				s.get("/x").is(t, 404, "Error", failing)
			}
		})
	})
}
