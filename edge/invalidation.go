package edge

import (
	"errors"
	"fmt"
	"strings"
)

// maxInvalidationPaths is how many paths one invalidation may have.
const maxInvalidationPaths = 3000

// Invalidate removes entries from the cache, and returns how many. A path begins with a slash and may end in *, which
// stands for anything. It is compared with the path after the viewer-request function, case-sensitively and with the
// query string that the cache key has: /a does not remove /a?x=1, /a* does. Where a viewer-request function changes
// URIs, both must be named, as on AWS.
//
// Answers that were asked of the origin before and arrive afterwards are not stored.
func (d *Distribution) Invalidate(paths ...string) (int, error) {
	if len(paths) == 0 || len(paths) > maxInvalidationPaths {
		return 0, fmt.Errorf("edge: an invalidation has 1 to %d paths, not %d", maxInvalidationPaths, len(paths))
	}
	for _, p := range paths {
		if err := checkInvalidationPath(p); err != nil {
			return 0, err
		}
	}
	return d.cache.invalidate(func(path string) bool {
		for _, p := range paths {
			if matchInvalidation(p, path) {
				return true
			}
		}
		return false
	}), nil
}

var errInvalidationPath = errors.New("edge: an invalidation path begins with a slash, and has * at its end only")

func checkInvalidationPath(p string) error {
	if !strings.HasPrefix(p, "/") || strings.Contains(strings.TrimSuffix(p, "*"), "*") {
		return fmt.Errorf("%w: %q", errInvalidationPath, p)
	}
	return nil
}

// matchInvalidation says whether an invalidation's path means a cached one.
func matchInvalidation(pattern, path string) bool {
	if prefix, wild := strings.CutSuffix(pattern, "*"); wild {
		return strings.HasPrefix(path, prefix)
	}
	return pattern == path
}
