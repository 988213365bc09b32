package edge_test

import (
	"fmt"
	"net/http/httptest"
	"testing/fstest"

	"github.com/lambdakit/lambdakit/edge"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
)

// A private bucket that only the distribution may read, with a page for what is missing.
func ExampleBucketOrigin() {
	bucket := &edge.Bucket{Name: "site", Objects: fstest.MapFS{
		"index.html": {Data: []byte("welcome")}, "missing.html": {Data: []byte("not here")},
	}}
	d, err := edge.NewDistribution(edge.Config{
		Origin:            edge.BucketOrigin(bucket, &edge.S3Access{OriginAccessControl: "always"}),
		DefaultRootObject: "index.html",
		// Without s3:ListBucket, S3 says 403 for a key that is not there.
		CustomErrorResponses: []edge.CustomErrorResponse{{ErrorCode: 403, ResponsePagePath: "/missing.html", ResponseCode: 404}},
	})
	if err != nil {
		panic(err)
	}
	for _, path := range []string{"/", "/nothing"} {
		w := httptest.NewRecorder()
		d.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 200 welcome
	// 404 not here
}

// A deployed function that answers an API at the edge, and the event that it gets.
func ExampleEvent() {
	svc := invoke.New(invoke.Options{})
	defer svc.Close()
	err := svc.Deploy(lambda.Config{Name: "api"}, lambda.Handler(func(e edge.Event) (edge.Response, error) {
		cf := e.Records[0].CF
		return edge.Response{Status: "200", Body: new(string(cf.Config.EventType) + " of " + cf.Request.URI)}, nil
	}))
	if err != nil {
		panic(err)
	}
	if _, err := svc.PublishVersion("api"); err != nil {
		panic(err)
	}
	d, err := edge.NewDistribution(edge.Config{
		Invoker: svc,
		Origin:  edge.BucketOrigin(&edge.Bucket{Name: "site", Objects: fstest.MapFS{}}, nil),
		CacheBehaviors: []edge.CacheBehavior{
			{PathPattern: "/api/*", ViewerRequest: "api:1", CachingDisabled: true},
			{PathPattern: "*"},
		},
	})
	if err != nil {
		panic(err)
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, httptest.NewRequest("GET", "/api/users", nil))
	fmt.Println(w.Code, w.Body, "·", w.Header().Get("X-Cache"))
	// Output:
	// 200 viewer-request of /api/users · LambdaGeneratedResponse from cloudfront
}
