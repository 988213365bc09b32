package batch

import "time"

// expired returns the end of the prefix of records [from, to) whose age at t exceeds limit. Only a prefix can be
// passed over, because a stream's records are resolved in order; a record of exactly the limit's age is still sent.
// A limit of 0 or less never expires anything.
func expired(from, to int, arrival func(int) time.Time, limit time.Duration, t time.Time) int {
	if limit <= 0 {
		return from
	}
	for from < to && t.Sub(arrival(from)) > limit {
		from++
	}
	return from
}
