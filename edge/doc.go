// Package edge is Lambda@Edge: CloudFront's chain around a real cache, with the four moments at which it runs functions.
//
//	d, err := edge.NewDistribution(edge.Config{
//		Origin: edge.HandlerOrigin(site),
//		CacheBehaviors: []edge.CacheBehavior{{
//			PathPattern: "*",
//			Hooks: edge.Hooks{ViewerRequest: func(ctx context.Context, r *edge.Request) (*edge.Request, *edge.Response, error) {
//				r.URI = strings.TrimSuffix(r.URI, "/")
//				return r, nil, nil
//			}},
//		}},
//	})
//
// A [Distribution] is an http.Handler. A request goes through the cache behavior of its path, the viewer-request
// function, the cache, and, if that has nothing fresh, the origin-request function, the origin and the origin-response
// function; whatever comes of that goes through the viewer-response function. What a function returns is validated by
// its trigger's rules, and a mistake gives the error page, the status and the X-Cache that CloudFront gives: a header
// that must not be added is a red test here, and not a failed deploy.
//
// A function is a Go hook ([Hooks]) or a numbered version of any deployed function, which gets an [Event] as JSON
// through an [Invoker]. On AWS such functions are written in JavaScript or Python only: one in Go is a model of it.
//
// # Time
//
// The package uses package time only, so in a testing/synctest bubble entries age, expire and are revalidated in
// virtual time. Freshness, cache keys, header rules and validation are pure functions of their arguments and the
// instant. A [Distribution] has no goroutine while it serves nothing.
//
// # What is not modelled
//
// Reason phrases and the spelling of header names, which net/http does not keep; streaming: an origin's answer is read
// whole, up to MaxObjectSize, before it goes on; entries for ranges: a part of what is not cached is not cached either;
// compression in Brotli, as gzip is in the standard library only; legacy forwarding settings, of which policies are the
// newer form; field-level encryption, WebSocket and gRPC; regional caches: one Distribution is one edge location; what
// execution roles may do, of which only the trust policy is checked.
package edge
