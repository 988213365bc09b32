package s3

import (
	"net/netip"
	"strings"
	"unicode/utf8"
)

// MaxKey is how many bytes of UTF-8 a key may have.
const MaxKey = 1024

// checkName refuses what cannot be a bucket's name: 3 to 63 lower-case letters, digits, dots and hyphens, which begin
// and end with a letter or digit, have no two dots in a row, do not look like an IPv4 address, and have none of the
// affixes that S3 keeps for itself.
func checkName(name string) error {
	bad := ErrInvalidBucketName.because("The specified bucket is not valid.", Argument{"BucketName", name})
	if len(name) < 3 || len(name) > 63 || strings.Contains(name, "..") {
		return bad
	}
	for i := range len(name) {
		if c := name[i]; !isNameEnd(c) && (c != '.' && c != '-' || i == 0 || i == len(name)-1) {
			return bad
		}
	}
	if ip, err := netip.ParseAddr(name); err == nil && ip.Is4() {
		return bad
	}
	for _, prefix := range []string{"xn--", "sthree-", "amzn-s3-demo-"} {
		if strings.HasPrefix(name, prefix) {
			return bad
		}
	}
	for _, suffix := range []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"} {
		if strings.HasSuffix(name, suffix) {
			return bad
		}
	}
	return nil
}

// isNameEnd says whether a name may begin and end with c.
func isNameEnd(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }

// checkKey refuses what cannot be an object's key: 1 to 1,024 bytes of UTF-8.
func checkKey(key string) error {
	switch {
	case key == "":
		return invalidArgument("Object key must not be empty", "Key", key)
	case len(key) > MaxKey:
		return ErrKeyTooLong.because("Your key is too long")
	case !utf8.ValidString(key):
		return invalidArgument("Object key must be valid UTF-8", "Key", strings.ToValidUTF8(key, "\uFFFD"))
	}
	return nil
}

// encodeKey writes a key as notifications have it: as forms encode it, but for the slash, which stays. A space is a plus.
func encodeKey(key string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(key) {
		switch c := key[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-._*/", c) >= 0:
			b.WriteByte(c)
		case c == ' ':
			b.WriteByte('+')
		default:
			b.WriteByte('%')
			b.WriteByte(digits[c>>4])
			b.WriteByte(digits[c&15])
		}
	}
	return b.String()
}
