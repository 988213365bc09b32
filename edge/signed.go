package edge

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// signature is what a signed URL, or signed cookies, say.
type signature struct {
	policy, expires, signature, keyPairID string
}

var signatureNames = []string{"Expires", "Policy", "Signature", "Key-Pair-Id"}

// takeSignature finds a signature in the query string, or else in the cookies, and returns the query string without it.
func takeSignature(query string, h http.Header) (signature, string) {
	var s signature
	var kept []string
	for part := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(part, "=")
		if slices.Contains(signatureNames, name) {
			s.set(name, value)
		} else if part != "" {
			kept = append(kept, part)
		}
	}
	rest := strings.Join(kept, "&")
	if s != (signature{}) {
		return s, rest
	}
	for _, c := range cookies(h) {
		name, value, _ := strings.Cut(c, "=")
		if part, ok := signedCookie(name); ok {
			s.set(part, value)
		}
	}
	return s, rest
}

func (s *signature) set(name, value string) {
	switch name {
	case "Expires":
		s.expires = value
	case "Policy":
		s.policy = value
	case "Signature":
		s.signature = value
	case "Key-Pair-Id":
		s.keyPairID = value
	}
}

// policyDocument is a policy, in the form in which it is signed.
type policyDocument struct {
	Statement []struct {
		Resource  string
		Condition struct {
			DateLessThan    *epoch
			DateGreaterThan *epoch
			IPAddress       *struct {
				SourceIP string `json:"AWS:SourceIp"`
			} `json:"IpAddress"`
		}
	}
}

type epoch struct {
	EpochTime int64 `json:"AWS:EpochTime"`
}

// cannedPolicy is the policy behind a URL that has only Expires.
func cannedPolicy(resource string, expires int64) string {
	return `{"Statement":[{"Resource":"` + resource + `","Condition":{"DateLessThan":{"AWS:EpochTime":` +
		strconv.FormatInt(expires, 10) + `}}}]}`
}

// checkSignature is the refusal of a viewer whose signature is missing, wrong or expired at now; nil admits. What URL and
// cookies say of a signature is gone from the request afterwards.
func (x *exchange) checkSignature(now time.Time) *response {
	s, rest := takeSignature(x.first.query, x.first.header)
	x.first.query, x.first.header = rest, withoutSignedCookies(x.first.header)
	scheme := "http://"
	if x.secure {
		scheme = "https://"
	}
	resource := scheme + x.r.Host + x.first.uri
	if rest != "" {
		resource += "?" + rest
	}
	switch {
	case s.keyPairID == "":
		return deniedXML("MissingKey", "Missing Key-Pair-Id query parameter or cookie value")
	case !s.admits(x.b.trustedKeys, resource, clientIP(x.r), now):
		return deniedXML("AccessDenied", "Access denied")
	}
	return nil
}

// admits says whether the signature lets a viewer have the resource at now.
func (s signature) admits(keys map[string]*rsa.PublicKey, resource, clientIP string, now time.Time) bool {
	key := keys[s.keyPairID]
	sig, err := urlSafe(s.signature)
	if key == nil || err != nil {
		return false
	}
	if s.policy == "" {
		expires, err := strconv.ParseInt(s.expires, 10, 64)
		return err == nil && now.Unix() < expires && verifies(key, cannedPolicy(resource, expires), sig)
	}
	text, err := urlSafe(s.policy)
	if err != nil || !verifies(key, string(text), sig) {
		return false
	}
	var p policyDocument
	if json.Unmarshal(text, &p) != nil || len(p.Statement) != 1 {
		return false
	}
	c := p.Statement[0].Condition
	return c.DateLessThan != nil && now.Unix() < c.DateLessThan.EpochTime &&
		(c.DateGreaterThan == nil || now.Unix() > c.DateGreaterThan.EpochTime) &&
		(c.IPAddress == nil || inNetwork(c.IPAddress.SourceIP, clientIP)) &&
		(p.Statement[0].Resource == "" || matchWild(p.Statement[0].Resource, resource))
}

// verifies checks RSASSA-PKCS1-v1_5 over SHA-1, which is what CloudFront's signed URLs use.
func verifies(key *rsa.PublicKey, text string, sig []byte) bool {
	sum := sha1.Sum([]byte(text))
	return rsa.VerifyPKCS1v15(key, crypto.SHA1, sum[:], sig) == nil
}

// urlSafe decodes CloudFront's base64, in which - _ ~ stand for + = /.
func urlSafe(s string) ([]byte, error) {
	return base64.StdEncoding.DecodeString(strings.NewReplacer("-", "+", "_", "=", "~", "/").Replace(s))
}

// inNetwork says whether an address is in a network; an address alone is a network of one.
func inNetwork(network, address string) bool {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	if prefix, err := netip.ParsePrefix(network); err == nil {
		return prefix.Contains(ip)
	}
	one, err := netip.ParseAddr(network)
	return err == nil && one == ip
}
