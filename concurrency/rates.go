package concurrency

const (
	// requestsPerUnit is how many requests a second each unit of concurrency allows.
	requestsPerUnit = 10
	// scalingRate and scalingBurst are how many new environments a function may have a second, and at once. They are
	// AWS's 1,000 every 10 seconds, read as a bucket that is refilled continuously.
	scalingRate  = 100
	scalingBurst = 1000
)

// requestRate makes b the limit of 10 requests a second for each of n units. The limit is one for all environments
// together, not one for each. With 0 units nothing gets as far as the limit.
func (r *rules) requestRate(b *bucket, now int64, n int) {
	if n == 0 {
		return
	}
	rate := int64(n) * requestsPerUnit
	b.set(now, rate, max(rate*r.burst, token))
}

// newScaling returns a full scaling bucket. Each function has its own.
func newScaling(now int64) bucket {
	var b bucket
	b.set(now, scalingRate, scalingBurst*token)
	return b
}
