package concurrency

// token is one token in the unit of a bucket's books. With a billionth of a token as the unit, a rate of r tokens a
// second is r units a nanosecond, and refilling is exact in whole numbers.
const token = 1_000_000_000

// bucket is a token bucket with continuous refill. It keeps what was taken and not yet refilled rather than what is
// left, so a bucket starts full, and a change of its rate keeps what was used.
type bucket struct {
	debt int64 // units taken and not refilled at last
	last int64 // nanoseconds
	rate int64 // units a nanosecond, which is tokens a second
	size int64 // units
	full int64 // nanoseconds after which any debt is refilled
}

// set gives the bucket a rate, in tokens a second and above 0, and a size, in units, from now on.
func (b *bucket) set(now, rate, size int64) {
	b.debt, b.last = b.owed(now), now
	b.rate, b.size, b.full = rate, size, max(b.debt, size)/rate+1
}

// owed returns the debt at now.
func (b *bucket) owed(now int64) int64 {
	since := now - b.last
	if since <= 0 || b.debt == 0 {
		return b.debt
	}
	if since >= b.full {
		return 0
	}
	return max(0, b.debt-since*b.rate)
}

// ask returns the debt after taking one token at now, and whether there is one to take. It changes nothing.
func (b *bucket) ask(now int64) (debt int64, ok bool) {
	debt = b.owed(now) + token
	return debt, debt <= b.size
}

// take books a debt that ask returned for now.
func (b *bucket) take(now, debt int64) { b.debt, b.last = debt, now }
