package apigateway

import (
	"sync"
	"time"
)

// Throttle limits requests: a bucket of Burst tokens that fills at Rate tokens a second.
type Throttle struct {
	Rate  float64
	Burst int
}

// Quota limits the requests made with one key in a period.
type Quota struct {
	Limit  int
	Period QuotaPeriod
}

// QuotaPeriod is a day, a week that begins on Monday, or a month, all of UTC.
type QuotaPeriod string

// The periods.
const (
	Day   QuotaPeriod = "DAY"
	Week  QuotaPeriod = "WEEK"
	Month QuotaPeriod = "MONTH"
)

// APIKey is a key that lets callers use the methods that require one, within its usage plan.
type APIKey struct {
	// ID and Value identify the key; the value is what callers send in x-api-key.
	ID, Value string
	// Throttle and Quota are the usage plan's, counted for each key; nil for none.
	Throttle *Throttle
	Quota    *Quota

	_ struct{}
}

// apiKey is an APIKey with what was used of it.
type apiKey struct {
	id, value string
	throttle  *bucket
	quota     *quota
}

func readKeys(list []APIKey) (map[string]*apiKey, error) {
	keys := make(map[string]*apiKey, len(list))
	for i := range list {
		k := &list[i]
		setting := "API key " + k.ID
		switch {
		case k.ID == "" || k.Value == "":
			return nil, misconfigured(setting, "needs an id and a value")
		case keys[k.Value] != nil:
			return nil, misconfigured(setting, "has the value of another key")
		}
		throttle, err := newBucket(setting, k.Throttle)
		if err != nil {
			return nil, err
		}
		made := &apiKey{id: k.ID, value: k.Value, throttle: throttle}
		if k.Quota != nil {
			if k.Quota.Limit < 0 || k.Quota.Period != Day && k.Quota.Period != Week && k.Quota.Period != Month {
				return nil, misconfigured(setting, "the quota must be of DAY, WEEK or MONTH and not negative")
			}
			made.quota = &quota{limit: k.Quota.Limit, period: k.Quota.Period}
		}
		keys[k.Value] = made
	}
	return keys, nil
}

// admit checks the key and the limits. That the key's are asked before the stage's is inferred.
func (x *restRequest) admit() *failure {
	if x.method.keyRequired {
		value := x.auth.usageKey
		if value == "" {
			value = x.r.Header.Get("X-Api-Key")
		}
		key := x.api.keys[value]
		switch {
		case key == nil:
			return invalidKey
		case !key.throttle.take(x.at):
			return throttled
		case !key.quota.take(x.at):
			return quotaExceeded
		}
		x.key = key
	}
	if !x.stage.throttle.take(x.at) {
		return throttled
	}
	return nil
}

// bucket is a token bucket; a nil one always has a token.
type bucket struct {
	rate, burst float64

	mu     sync.Mutex
	tokens float64
	at     time.Time
}

func newBucket(setting string, t *Throttle) (*bucket, error) {
	if t == nil {
		return nil, nil
	}
	if !(t.Rate >= 0) || t.Burst < 0 {
		return nil, misconfigured(setting, "the throttle must not be negative")
	}
	return &bucket{rate: t.Rate, burst: float64(t.Burst), tokens: float64(t.Burst)}, nil
}

// take takes a token at now, if there is one. A clock that goes back brings none.
func (b *bucket) take(now time.Time) bool {
	if b == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.at.IsZero() && now.After(b.at) {
		b.tokens = min(b.burst, b.tokens+b.rate*now.Sub(b.at).Seconds())
	}
	if b.at.IsZero() || now.After(b.at) {
		b.at = now
	}
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// quota counts a period's requests; a nil one has no end.
type quota struct {
	limit  int
	period QuotaPeriod

	mu    sync.Mutex
	begun time.Time
	used  int
}

func (q *quota) take(now time.Time) bool {
	if q == nil {
		return true
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if begin := q.period.begin(now); begin.After(q.begun) {
		q.begun, q.used = begin, 0
	}
	if q.used >= q.limit {
		return false
	}
	q.used++
	return true
}

// begin is the beginning of the period that now is in.
func (p QuotaPeriod) begin(now time.Time) time.Time {
	y, m, d := now.UTC().Date()
	switch p {
	case Week:
		d -= (int(now.UTC().Weekday()) + 6) % 7
	case Month:
		d = 1
	}
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
