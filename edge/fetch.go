package edge

import (
	"context"
	"net/http"
	"time"
)

// lookUp is steps 7 to 11: the cache, and the origin if the cache has nothing fresh.
func (x *exchange) lookUp(ctx context.Context) answer {
	if !x.mayHit(x.bound.method) {
		return x.fetch(ctx, "", nil).answer
	}
	var buf [256]byte
	key := x.b.appendKey(buf[:0], x.bound)
	e := x.d.cache.get(key)
	now := time.Now()
	if e != nil && e.usable(now) {
		return hit(e, now)
	}
	x.prepare()
	switch {
	case e != nil && e.staleWhileRevalidate > 0 && now.Sub(e.fresh) <= e.staleWhileRevalidate:
		x.revalidateLater(ctx, e, now)
		return hit(e, now)
	case !x.b.collapses(), e == nil && isConditional(x.bound.header):
		return x.fetch(ctx, string(key), e).answer
	}
	return x.collapse(ctx, string(key))
}

// mayHit says whether the cache is asked at all. A viewer's body is in no key: what an origin makes of it is not for
// others.
func (x *exchange) mayHit(method string) bool {
	return x.b.isCachedMethod(method) && (method != http.MethodOptions || x.r.ContentLength == 0)
}

// plainHit is a good answer of the cache where no function runs and nothing is added to the viewer's request: what most
// viewers get, without the rest of the chain. It answers as the chain would.
func (x *exchange) plainHit() (answer, bool) {
	if !x.b.isPlain || !x.mayHit(x.first.method) || x.asksForRoot(x.first.uri) || x.losesEncoding() {
		return answer{}, false
	}
	var buf [256]byte
	e := x.d.cache.get(x.b.appendKey(buf[:0], &x.first))
	if e == nil || e.response.status >= 400 {
		return answer{}, false
	}
	now := time.Now()
	return hit(e, now), e.usable(now)
}

// hit is the answer that an entry gives at now.
func hit(e *entry, now time.Time) answer {
	a := answer{response: e.response, xCache: xHit, entry: e, at: now}
	if e.response.status >= 400 {
		a.xCache = xError
	}
	return a
}

// fetched is what a fetch brought: for who asked, and for who waited.
type fetched struct {
	answer answer
	entry  *entry // nil if the answer is not for others
	kept   bool   // the entry is in the cache
	since  uint64
}

// collapse fetches, or waits for the fetch of the same key that is on its way. Who waited and gets nothing that may be
// shared asks the origin too. A fetch goes on when its viewer leaves, for those who wait.
func (x *exchange) collapse(ctx context.Context, key string) answer {
	led := false
	v, _, _ := x.d.flight.Do(key, func() (any, error) {
		led = true
		now := time.Now()
		e := x.d.cache.get([]byte(key)) // another fetch may just have ended
		if e != nil && e.usable(now) {
			return fetched{answer: hit(e, now), entry: e, kept: true}, nil
		}
		return x.fetch(context.WithoutCancel(ctx), key, e), nil
	})
	f := v.(fetched)
	switch {
	case led:
		return f.answer
	case f.entry == nil || !f.entry.usable(time.Now()):
		return x.fetch(ctx, key, nil).answer
	}
	if !f.kept {
		x.d.cache.put(f.entry, f.since)
	}
	return hit(f.entry, time.Now())
}

// revalidateLater renews an entry while viewers get the old one. Who comes when it may not be used any more waits for
// the answer that is on its way.
func (x *exchange) revalidateLater(ctx context.Context, e *entry, now time.Time) {
	busy := *e
	busy.retry = now.Add(x.b.origin.ReadTimeout) // nobody else begins meanwhile
	if end := e.fresh.Add(e.staleWhileRevalidate); end.Before(busy.retry) {
		busy.retry = end
	}
	if !x.d.cache.put(&busy, x.d.cache.epoch()) {
		return
	}
	ctx = context.WithoutCancel(ctx)
	later := *x
	later.r = x.r.WithContext(ctx) // the viewer's own request ends before
	x.d.work.start(func() {
		_, _, _ = x.d.flight.Do(e.key, func() (any, error) { return later.fetch(ctx, e.key, &busy), nil })
	})
}

// fetch asks the origin, or both of a group, with the functions around it, and stores what may be stored. key is "" for
// methods that are not cached; expired is the entry that was there.
func (x *exchange) fetch(ctx context.Context, key string, expired *entry) fetched {
	x.prepare()
	since := x.d.cache.epoch()
	q := question{cacheable: key != "", ttl: x.b.ttl}
	if expired != nil && expired.response.status < 400 {
		d := readDirectives(expired.response.header, expired.stored)
		q.revalidates = d.hasValidator
	}
	q.cacheable = q.cacheable && (q.revalidates || !isConditional(x.bound.header))
	try := x.tryOrigins(ctx, q, expired)
	if try.answer.failed != nil {
		return fetched{answer: try.answer}
	}
	q.fromOrigin = !try.generated
	q.errorTTL = x.d.errorTTL(try.answer.response.status)
	return x.conclude(q, key, expired, try, since)
}

// conclude does with an answer what its verdict is.
func (x *exchange) conclude(q question, key string, expired *entry, try attempt, since uint64) fetched {
	now := time.Now()
	resp := try.answer.response
	v, ttl := judge(q, resp.status, resp.header, expired, now)
	var e *entry
	switch v {
	case drop:
		if expired != nil {
			x.d.cache.drop(expired)
		}
		return fetched{answer: try.answer}
	case pass:
		return fetched{answer: try.answer}
	case store:
		if ttl > 0 {
			resp = x.b.compress(resp, x.bound.header)
			try.answer.response = resp
		}
		e = newEntry(key, x.path(), resp, now, ttl)
	case refresh:
		merged := merge(expired.response, resp)
		ttl, ok := lifetime(readDirectives(merged.header, now), q.ttl)
		if !ok {
			x.d.cache.drop(expired)
			return fetched{answer: answer{response: merged, xCache: xRefreshHit}}
		}
		e = newEntry(key, expired.path, merged, now, ttl)
		try.answer = answer{response: merged, xCache: xRefreshHit, entry: e, at: now}
	case useStale:
		stale := *expired
		stale.retry = now.Add(ttl)
		e = &stale
		try.answer = answer{response: stale.response, xCache: xStale, entry: e, at: now}
	}
	kept := x.r.Context().Err() == nil && x.d.cache.put(e, since)
	return fetched{answer: try.answer, entry: e, kept: kept, since: since}
}

// path is what invalidations are compared with.
func (x *exchange) path() string {
	if q := x.b.policy.QueryStrings.queries(x.bound.query); q != "" && x.b.policy.QueryStrings.kind != selectNone {
		return x.bound.uri + "?" + q
	}
	return x.bound.uri
}

// attempt is how asking ended.
type attempt struct {
	answer    answer
	generated bool // a function made the answer
}

// tryOrigins asks the origin and, if that fails and is one of a group, the secondary, each with the functions.
func (x *exchange) tryOrigins(ctx context.Context, q question, expired *entry) attempt {
	o := x.b.origin
	for {
		try, again := x.tryOrigin(ctx, o, q, expired)
		if !again {
			return try
		}
		o = o.Secondary
	}
}

func (x *exchange) tryOrigin(ctx context.Context, o *Origin, q question, expired *entry) (attempt, bool) {
	req := x.b.forward(x.bound, o, x.d.via(x.r), x.secure)
	if q.revalidates {
		setValidators(req.header, expired.response.header)
	}
	if f := x.d.config.LookupHost; f != nil && f(ctx, o.DomainName) != nil {
		return attempt{answer: x.unreachable(http.StatusBadGateway, textResolve)}, o.failsOver(req, nil)
	}
	if t := x.b.originRequest; t != nil {
		next, made, f := x.callRequest(ctx, t, req, !x.b.seesQuery())
		switch {
		case f != nil:
			return attempt{answer: x.broken(f)}, false
		case made != nil:
			return attempt{answer: answer{response: made, xCache: xGenerated}, generated: true}, false
		}
		req = next
	}
	resp, own := x.ask(ctx, o, req, q.cacheable)
	if resp == nil {
		return attempt{answer: own}, o.failsOver(req, nil)
	}
	again := o.failsOver(req, resp)
	resp, f := x.runOriginResponse(ctx, req, resp)
	if f != nil {
		return attempt{answer: x.broken(f)}, false
	}
	a := answer{response: resp, xCache: xMiss}
	if resp.status >= 400 {
		a.xCache = xError
	}
	return attempt{answer: a}, again
}

// unreachable is CloudFront's own answer in place of an origin's.
func (x *exchange) unreachable(status int, text string) answer {
	return answer{response: errorPage(status, text, x.id), xCache: xError}
}

// setValidators makes a request a revalidation. What else the viewer wants to know has to wait for the answer.
func setValidators(h, stored http.Header) {
	for _, name := range conditions {
		delete(h, name)
	}
	if tag := stored["Etag"]; tag != nil {
		h["If-None-Match"] = tag
	}
	if modified := stored["Last-Modified"]; modified != nil {
		h["If-Modified-Since"] = modified
	}
}

// runOriginResponse is step 11.
func (x *exchange) runOriginResponse(ctx context.Context, req *request, resp *response) (*response, *failure) {
	t := x.b.originResponse
	if t == nil {
		return resp, nil
	}
	shown := req.show()
	if !x.b.seesQuery() {
		shown.QueryString = ""
	}
	res, f := t.call(ctx, &x.d.work, x.event(t.event, shown, resp.show()))
	if f != nil {
		return nil, f
	}
	return applyOriginResponse(resp, res.response)
}
