package main

import (
	"context"
	"net/http"
	"time"

	"github.com/lambdakit/lambdakit/edge"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/trigger/s3"
)

// pageTTL is how long pages are fresh.
const pageTTL = time.Second

// site is everything that the distribution stands on.
type site struct {
	edge *edge.Distribution
	svc  *invoke.Service
	api  *api
}

// newSite fills the bucket, deploys the API and puts the distribution before both.
func newSite(ctx context.Context) (*site, error) {
	pages := s3.NewBucket("edgesite", s3.Options{})
	for key, page := range map[string]struct{ contentType, body string }{
		"a/index.html": {"text/html", "the page as it is"}, "b/index.html": {"text/html", "the page as it could be"},
		"style.css": {"text/css", "body { margin: 0 }"}, "missing.html": {"text/html", "there is nothing here"},
	} {
		if err := pages.PutObject(ctx, key, page.contentType, []byte(page.body)); err != nil {
			return nil, err
		}
	}
	svc := invoke.New(invoke.Options{})
	votes, err := newAPI(svc)
	if err != nil {
		svc.Close()
		return nil, err
	}
	s := &site{svc: svc, api: votes}
	if s.edge, err = edge.NewDistribution(distribution(svc, &edge.Bucket{Name: "edgesite", Objects: pages.FS()})); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close ends the replication and waits for what still runs.
func (s *site) Close() {
	if s.edge != nil {
		s.edge.Close()
	}
	s.api.Close()
	s.svc.Close()
}

// distribution is the configuration: the API is never cached, and only the distribution's identity may read the bucket.
func distribution(svc *invoke.Service, pages *edge.Bucket) edge.Config {
	return edge.Config{
		Invoker: svc,
		Origin:  edge.BucketOrigin(pages, &edge.S3Access{OriginAccessIdentity: true}),
		CacheBehaviors: []edge.CacheBehavior{
			{PathPattern: "/api/*", AllowedMethods: edge.AllMethods, CachingDisabled: true, ViewerRequest: "api:1"},
			{
				PathPattern: "*", DefaultTTL: pageTTL, MaxTTL: pageTTL,
				Hooks: edge.Hooks{ViewerRequest: chooseVariant, OriginResponse: secure, ViewerResponse: keepVariant},
			},
		},
		// Without s3:ListBucket, S3 says 403 for a key that is not there.
		CustomErrorResponses: []edge.CustomErrorResponse{{ErrorCode: http.StatusForbidden, ResponsePagePath: "/missing.html", ResponseCode: http.StatusNotFound}},
	}
}
