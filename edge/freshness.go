package edge

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ttls are a cache behavior's bounds.
type ttls struct{ min, def, max time.Duration }

// disabled says that nothing is cached on success: the managed policy CachingDisabled.
func (t ttls) disabled() bool { return t.max <= 0 }

// directives are what a response's headers say about caching.
type directives struct {
	age                       time.Duration // how long it may be used
	explicit                  bool          // it says so
	byMaxAge                  bool          // with s-maxage or max-age
	noCache, noStore, private bool
	staleIfError              time.Duration // -1 for not given
	staleWhileRevalidate      time.Duration
	uncachedFields            []string // of no-cache="…"
	varyAll                   bool
	hasValidator              bool
}

// readDirectives reads the headers at now, which Expires is compared with. s-maxage comes before max-age, and both
// before Expires.
func readDirectives(h http.Header, now time.Time) directives {
	d := directives{staleIfError: -1}
	var maxAge, shared time.Duration = -1, -1
	for _, part := range splitDirectives(h["Cache-Control"]) {
		name, value, given := strings.Cut(part, "=")
		value = strings.Trim(strings.TrimSpace(value), `"`)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "max-age":
			maxAge = seconds(value, maxAge)
		case "s-maxage":
			shared = seconds(value, shared)
		case "no-store":
			d.noStore = true
		case "private":
			d.private = true
		case "no-cache":
			if given && value != "" {
				d.uncachedFields = append(d.uncachedFields, strings.Split(value, ",")...)
				break
			}
			d.noCache = true
		case "stale-if-error":
			d.staleIfError = seconds(value, d.staleIfError)
		case "stale-while-revalidate":
			d.staleWhileRevalidate = seconds(value, 0)
		}
	}
	if shared >= 0 {
		maxAge = shared
	}
	d.age, d.byMaxAge, d.explicit = maxAge, maxAge >= 0, maxAge >= 0
	if expires := h["Expires"]; !d.explicit && len(expires) > 0 {
		d.explicit = true // what is no date has expired
		if t, err := http.ParseTime(expires[0]); err == nil {
			d.age = t.Sub(now)
		}
		d.age = max(d.age, 0)
	}
	for _, v := range h["Vary"] {
		d.varyAll = d.varyAll || strings.TrimSpace(v) == "*"
	}
	d.hasValidator = h["Etag"] != nil || h["Last-Modified"] != nil
	return d
}

// splitDirectives takes Cache-Control lines apart at the commas that are not quoted.
func splitDirectives(lines []string) []string {
	var parts []string
	for _, l := range lines {
		quoted, from := false, 0
		for i := range len(l) {
			switch {
			case l[i] == '"':
				quoted = !quoted
			case l[i] == ',' && !quoted:
				parts, from = append(parts, l[from:i]), i+1
			}
		}
		parts = append(parts, l[from:])
	}
	return parts
}

// seconds reads delta-seconds; what is none leaves the value as it was, and what is too large is the largest.
func seconds(s string, otherwise time.Duration) time.Duration {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return otherwise
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n > maxSeconds {
		n = maxSeconds
	}
	return time.Duration(n) * time.Second
}

const maxSeconds = math.MaxInt64 / int64(time.Second) / 4

// lifetime is how long a response that is no error may be used, and whether it may be stored at all. A response that
// may be stored for no time is kept for its validators.
func lifetime(d directives, t ttls) (ttl time.Duration, store bool) {
	forbidden := d.noCache || d.noStore || d.private
	switch {
	case t.min <= 0 && (d.noStore || d.private || d.varyAll):
		return 0, false
	case forbidden:
		ttl = max(t.min, 0)
	case d.explicit:
		ttl = max(min(d.age, t.max), t.min)
	default:
		ttl = max(t.min, t.def)
	}
	return ttl, ttl > 0 || d.hasValidator && !t.disabled()
}

// The error statuses that are cached: some always, some only if the origin says for how long.
var (
	cachedErrors  = [...]int{404, 414, 500, 501, 502, 503, 504}
	maxAgedErrors = [...]int{400, 403, 405, 412, 415}
)

// errorLifetime is how long an error may be used, 0 for not at all. least is the Error Caching Minimum TTL of its
// status.
func errorLifetime(status int, d directives, least time.Duration, t ttls) time.Duration {
	asked := time.Duration(0)
	if d.explicit {
		asked = min(d.age, t.max)
	}
	for _, s := range cachedErrors {
		if s == status {
			return max(least, asked)
		}
	}
	for _, s := range maxAgedErrors {
		if s == status && d.byMaxAge {
			return max(least, asked)
		}
	}
	return 0
}

// staleAllowed says whether an entry may stand in for an origin that fails, although it expired that long ago.
// stale-if-error bounds that; without it there is no bound.
func staleAllowed(staleIfError, expiredFor time.Duration) bool {
	return staleIfError < 0 || staleIfError > 0 && expiredFor <= staleIfError
}
