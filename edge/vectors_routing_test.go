package edge_test

import (
	"archive/zip"
	"bytes"
	"crypto/tls"
	"net/http"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/edge"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambdatest"
)

func TestVectorsRouting(t *testing.T) {
	row := func(name string, test func(t *testing.T, s *site)) {
		t.Run(name, func(t *testing.T) { virtual(t, test) })
	}
	row("row 43: redirect-to-https", func(t *testing.T, s *site) {
		s.b.ViewerProtocolPolicy = "redirect-to-https"
		r := s.get("http://www.example.com/a?q=1").is(t, 301, "Redirect", "")
		require.Equal(t, "https://www.example.com/a?q=1", r.header.Get("Location"))
		require.Len(t, r.body, 167)
		require.Equal(t, "text/html", r.header.Get("Content-Type"))
		secure := request("GET", "/a")
		secure.TLS = &tls.ConnectionState{}
		s.do(secure).is(t, 200, "Miss", missed)
	})
	row("row 44: other methods", func(t *testing.T, s *site) {
		s.b.ViewerProtocolPolicy, s.b.AllowedMethods = "redirect-to-https", edge.AllMethods
		s.post("/a", "x").is(t, 307, "Redirect", "")
		old := request("POST", "/a")
		old.ProtoMajor, old.ProtoMinor = 1, 0
		s.do(old).is(t, 403, "Error", "")
	})
	row("row 44: https-only", func(t *testing.T, s *site) {
		s.b.ViewerProtocolPolicy = "https-only"
		s.get("/a").is(t, 403, "Error", "")
	})
	row("row 45: methods", func(t *testing.T, s *site) {
		r := s.post("/a", "x").is(t, 403, "Error", "")
		require.Contains(t, r.body, "This distribution is not configured to allow the HTTP request method that was used for this request. The distribution supports only cachable requests.")
	})
	row("row 50: to a private bucket", func(t *testing.T, s *site) {
		bucket := edge.BucketOrigin(&edge.Bucket{Name: "b", Objects: fstest.MapFS{"k": {Data: []byte("secret")}}}, nil)
		s.config.Origins = []*edge.Origin{bucket}
		s.oq = edits(func(r *edge.Request) {
			r.Origin = &edge.RequestOrigin{S3: &edge.S3Origin{AuthMethod: "none", DomainName: "b.s3.amazonaws.com"}}
			r.Headers.Set("Host", "b.s3.amazonaws.com")
		})
		r := s.get("/k").is(t, 403, "Error", "vq oq op")
		require.Contains(t, r.body, "<Code>AccessDenied</Code>")
		s.get("/k").is(t, 403, "Error", "vq oq op") // not cached
	})
	row("row 63: path patterns", func(t *testing.T, s *site) {
		named := func(id string) *edge.Origin {
			o := edge.HandlerOrigin(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { s.ran(id) }))
			o.ID = id
			return o
		}
		s.config.Origins = []*edge.Origin{named("1"), named("2")}
		s.b.Hooks = edge.Hooks{}
		s.config.CacheBehaviors = []edge.CacheBehavior{{PathPattern: "images/*.jpg", TargetOriginID: "1"}, {PathPattern: "*.gif", TargetOriginID: "2"}, *s.b}
		require.Equal(t, "1", s.get("/images/p/x.jpg").runs)
		require.Equal(t, "O", s.get("/IMAGES/x.jpg").runs)
		require.Equal(t, "2", s.get("/a.gif").runs)
	})
	row("row 64: origin group", func(t *testing.T, s *site) {
		second := edge.HandlerOrigin(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.ran("O2") }))
		second.DomainName = "second.example.org"
		s.config.Origin = edge.Group(s.config.Origin, second, 503)
		s.gives(503, "down")
		s.get("/a").is(t, 200, "Miss", "vq oq O op oq O2 op vp")
		s.staysAHit("/a", day)
		s.gives(500, "other")
		s.get("/b").is(t, 500, "Error", failing)
	})
	row("row 65: X-Forwarded-For", func(t *testing.T, s *site) {
		r := request("GET", "/a", "X-Forwarded-For", "192.0.2.4,192.0.2.3")
		r.RemoteAddr = "192.0.2.2:1234"
		s.do(r).is(t, 200, "Miss", missed)
		require.Equal(t, "192.0.2.4,192.0.2.3,192.0.2.2", s.asked.Header.Get("X-Forwarded-For"))
	})
	row("too much", func(t *testing.T, s *site) {
		s.do(request("GET", "/a", "X-A", string(make([]byte, 20480)))).is(t, 413, "Error", "")
	})
	row("GET with a body", func(t *testing.T, s *site) {
		r := request("GET", "/a")
		r.ContentLength = 1
		s.do(r).is(t, 403, "Error", "")
	})
	row("unknown host", func(t *testing.T, s *site) {
		s.config.Aliases = []string{"www.example.com"}
		s.get("http://other.example/a").is(t, 403, "Error", "")
		s.get("http://www.example.com/a").is(t, 200, "Miss", missed)
		s.get("http://d111111abcdef8.cloudfront.net/b").is(t, 200, "Miss", missed)
	})
	row("country", func(t *testing.T, s *site) {
		s.config.GeoRestriction = &edge.GeoRestriction{Countries: []string{"FR"}}
		s.config.ViewerHeaders = func(r *http.Request) map[string]string {
			return map[string]string{"CloudFront-Viewer-Country": r.Header.Get("From")}
		}
		s.do(request("GET", "/a", "From", "DE")).is(t, 403, "Error", "")
		s.do(request("GET", "/a", "From", "FR")).is(t, 200, "Miss", missed)
	})
}

// zipped is a package with one file that does not get smaller.
func zipped(t *testing.T, size int) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.CreateHeader(&zip.FileHeader{Name: "a", Method: zip.Store})
	require.NoError(t, err)
	_, err = f.Write(make([]byte, size))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.Bytes()
}

func (s *site) staysAHit(path string, ttl time.Duration) {
	s.t.Helper()
	time.Sleep(ttl - time.Second)
	s.get(path).is(s.t, 200, "Hit", cached)
	time.Sleep(time.Second)
	require.NotEqual(s.t, "Hit", s.get(path).xCache)
}

func TestVectorRow66Associations(t *testing.T) {
	arn := "arn:aws:lambda:us-east-1:123456789012:function:f"
	for _, c := range []struct {
		name string
		b    edge.CacheBehavior
		text string
	}{
		{"$LATEST", edge.CacheBehavior{ViewerRequest: "f:$LATEST"}, "The function ARN must reference a specific function version. (The ARN must end with the version number.) ARN: " + arn + ":$LATEST"},
		{"alias", edge.CacheBehavior{OriginRequest: "f:live"}, "The function ARN must reference a specific function version. (The ARN must end with the version number.) ARN: " + arn + ":live"},
		{"no qualifier", edge.CacheBehavior{OriginRequest: "f"}, "The function ARN must reference a specific function version. (The ARN must end with the version number.) ARN: " + arn},
		{"Region", edge.CacheBehavior{ViewerResponse: "arn:aws:lambda:eu-west-1:123456789012:function:f:1"}, "The function must be in region 'us-east-1'. ARN: arn:aws:lambda:eu-west-1:123456789012:function:f:1"},
		{"another Region", edge.CacheBehavior{ViewerResponse: "arn:aws:lambda:us-west-2:123456789012:function:f:1"}, "The function must be in region 'us-east-1'. ARN: arn:aws:lambda:us-west-2:123456789012:function:f:1"},
		{"another account's $LATEST", edge.CacheBehavior{ViewerRequest: "444455556666:function:f:$LATEST"}, "The function ARN must reference a specific function version. (The ARN must end with the version number.) ARN: arn:aws:lambda:us-east-1:444455556666:function:f:$LATEST"},
		{"IncludeBody", edge.CacheBehavior{OriginResponse: "f:1", IncludeBody: []edge.EventType{edge.OriginResponse}}, "The IncludeBody option can only be used with viewer-request or origin-request events."},
	} {
		t.Run("row 66: "+c.name, func(t *testing.T) {
			c.b.PathPattern = "*"
			_, err := edge.NewDistribution(edge.Config{CacheBehaviors: []edge.CacheBehavior{c.b}})
			var e *lambda.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, edge.InvalidAssociation, e.Code)
			require.Equal(t, 400, e.StatusCode)
			require.Equal(t, c.text, e.Message)
		})
	}
}

func TestAssociationIsCheckedAgainstWhatIsDeployed(t *testing.T) {
	svc := lambdatest.NewService(t, invoke.Options{})
	for name, c := range map[string]lambda.Config{
		"memory":  {MemorySize: 256},
		"timeout": {Timeout: 6 * time.Second},
		"env":     {Environment: map[string]string{"AB": "1"}},
		"arm":     {Architecture: "arm64"},
		"tmp":     {EphemeralStorage: 1024},
		"code":    {Package: zipped(t, 1<<20)},
		"good":    {},
	} {
		c.Name = name
		lambdatest.Deploy(t, svc, c, lambda.Handler(func() {}))
		_, err := svc.PublishVersion(name)
		require.NoError(t, err)
	}
	associate := func(b edge.CacheBehavior) error {
		b.PathPattern = "*"
		_, err := edge.NewDistribution(edge.Config{Invoker: svc, Origin: edge.HandlerOrigin(http.NotFoundHandler()), CacheBehaviors: []edge.CacheBehavior{b}})
		return err
	}
	require.NoError(t, associate(edge.CacheBehavior{ViewerRequest: "good:1", OriginRequest: "memory:1", OriginResponse: "timeout:1", ViewerResponse: "good:1"}))
	require.ErrorContains(t, associate(edge.CacheBehavior{ViewerRequest: "code:1"}),
		"The function code size is larger than the maximum allowed size for functions that are triggered by a CloudFront event: 1048692 Max allowed: 1048576 Function: arn:aws:lambda:us-east-1:123456789012:function:code:1")
	require.ErrorContains(t, associate(edge.CacheBehavior{ViewerRequest: "memory:1"}), "The function memory size is larger than the maximum allowed size")
	require.ErrorContains(t, associate(edge.CacheBehavior{ViewerRequest: "timeout:1"}), "The function timeout is larger")
	for _, name := range []string{"env", "arm", "tmp"} {
		require.ErrorContains(t, associate(edge.CacheBehavior{OriginRequest: name + ":1"}), "The function cannot have")
	}
	require.ErrorIs(t, associate(edge.CacheBehavior{OriginRequest: "nobody:1"}), lambda.ErrResourceNotFound)
	require.NoError(t, associate(edge.CacheBehavior{OriginRequest: "arn:aws:lambda:us-east-1:123456789012:function:good:1"}))
	require.Error(t, associate(edge.CacheBehavior{OriginRequest: "arn:aws:lambda:us-east-1:444455556666:function:good:1"}), "another account's, of the same name")
}

// TestConcurrencyIsRefusedAtAssociation: an edge function runs in the pool of its Region. What else would be set aside
// for it is refused by name, whoever's config it is.
func TestConcurrencyIsRefusedAtAssociation(t *testing.T) {
	svc := lambdatest.NewService(t, invoke.Options{})
	for _, name := range []string{"f", "off"} {
		lambdatest.Deploy(t, svc, lambda.Config{Name: name}, lambda.Handler(func() {}))
	}
	for _, name := range []string{"f", "f", "off"} {
		_, err := svc.PublishVersion(name)
		require.NoError(t, err)
		lambdatest.Deploy(t, svc, lambda.Config{Name: name}, lambda.Handler(func() {})) // so that the next version is another
	}
	associate := func(function string) error {
		_, err := edge.NewDistribution(edge.Config{Invoker: svc, Origin: edge.HandlerOrigin(http.NotFoundHandler()),
			CacheBehaviors: []edge.CacheBehavior{{PathPattern: "*", OriginRequest: function}}})
		return err
	}
	refused := func(function, what string) {
		t.Helper()
		var e *lambda.Error
		require.ErrorAs(t, associate(function), &e)
		require.Equal(t, []any{edge.InvalidAssociation, 400}, []any{e.Code, e.StatusCode})
		require.Equal(t, "The function cannot have "+what+". Function: arn:aws:lambda:us-east-1:123456789012:function:"+function, e.Message)
	}
	require.NoError(t, associate("f:1"))
	for _, n := range []int{0, 5} { // none at all is a reservation, too
		require.NoError(t, svc.PutFunctionConcurrency("off", n))
		refused("off:1", "reserved concurrency")
		require.NoError(t, associate("f:1"), "another function's")
	}
	require.NoError(t, svc.DeleteFunctionConcurrency("off"))
	require.NoError(t, associate("off:1"))

	require.NoError(t, svc.PutAlias("f", "live", invoke.Routing{Version: "2"}))
	for _, holder := range []string{"f:2", "f:live"} {
		require.NoError(t, svc.PutProvisionedConcurrency(holder, 1))
		refused("f:2", "provisioned concurrency")
		require.NoError(t, associate("f:1"), "another version's")
		require.NoError(t, svc.DeleteProvisionedConcurrency(holder))
		require.NoError(t, associate("f:2"))
	}
}
