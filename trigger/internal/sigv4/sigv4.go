// Package sigv4 makes and checks AWS's signatures, version 4, in a request's Authorization header. Signatures in the
// query string, chunked bodies and SigV4A are not modelled: requests that use them count as not signed.
package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The reasons for which a request is not what it says it is.
var (
	ErrUnsigned   = errors.New("sigv4: request is not signed")
	ErrMalformed  = errors.New("sigv4: Authorization header is malformed")
	ErrUnknownKey = errors.New("sigv4: access key is not known")
	ErrScope      = errors.New("sigv4: signed for another date, Region or service")
	ErrSkewed     = errors.New("sigv4: signed too long ago, or in the future")
	ErrToken      = errors.New("sigv4: session token is not that of the access key")
	ErrPayload    = errors.New("sigv4: body is not what was signed")
	ErrMismatch   = errors.New("sigv4: signature does not match")
)

// Key is an access key's secret half.
type Key struct {
	Secret string
	Token  string // of temporary credentials; "" for others
}

// Scope is what a signature holds for.
type Scope struct{ Region, Service string }

const (
	algorithm = "AWS4-HMAC-SHA256"
	terminal  = "aws4_request"
	stampForm = "20060102T150405Z"
	maxSkew   = 5 * time.Minute
)

// header is a signed request's Authorization header.
type header struct {
	accessKey, date string
	scope           Scope
	signed          []string
	signature       string
}

// Verify checks at now that a request with that body was signed in scope, with a key that keys knows, and returns the
// access key's id.
func Verify(r *http.Request, body []byte, now time.Time, scope Scope, keys func(id string) (Key, bool)) (string, error) {
	a, err := parse(r.Header.Get("Authorization"))
	if err != nil {
		return "", err
	}
	key, known := keys(a.accessKey)
	stamp := r.Header.Get("X-Amz-Date")
	at, err := time.Parse(stampForm, stamp)
	switch {
	case !known:
		return "", ErrUnknownKey
	case a.scope != scope || err != nil || stamp[:8] != a.date:
		return "", ErrScope
	case at.Sub(now).Abs() > maxSkew:
		return "", ErrSkewed
	case r.Header.Get("X-Amz-Security-Token") != key.Token:
		return "", ErrToken
	case !slices.Contains(a.signed, "host"):
		return "", ErrMalformed
	}
	hash := hashOf(body)
	if said := r.Header.Get("X-Amz-Content-Sha256"); said != "" && said != hash {
		return "", ErrPayload // UNSIGNED-PAYLOAD too: Lambda takes none
	}
	want := signature(r, hash, stamp, a.scope, a.signed, key.Secret)
	if !hmac.Equal([]byte(want), []byte(a.signature)) {
		return "", ErrMismatch
	}
	return a.accessKey, nil
}

// Sign signs a request with that body at now: it sets the headers that say so. What is signed is the host, the
// Content-Type, and all of AWS's own headers.
func Sign(r *http.Request, body []byte, now time.Time, scope Scope, accessKey string, key Key) {
	stamp, hash := now.UTC().Format(stampForm), hashOf(body)
	r.Header.Set("X-Amz-Date", stamp)
	r.Header.Set("X-Amz-Content-Sha256", hash)
	if key.Token != "" {
		r.Header.Set("X-Amz-Security-Token", key.Token)
	}
	signed := []string{"host"}
	for name := range r.Header {
		if name = strings.ToLower(name); name == "content-type" || strings.HasPrefix(name, "x-amz-") {
			signed = append(signed, name)
		}
	}
	slices.Sort(signed)
	credential := accessKey + "/" + credentialScope(stamp, scope)
	r.Header.Set("Authorization", algorithm+" Credential="+credential+", SignedHeaders="+strings.Join(signed, ";")+
		", Signature="+signature(r, hash, stamp, scope, signed, key.Secret))
}

func parse(authorization string) (a header, err error) {
	rest, ok := strings.CutPrefix(authorization, algorithm+" ")
	if !ok {
		return a, ErrUnsigned
	}
	for field := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		switch name {
		case "Credential":
			parts := strings.Split(value, "/")
			if len(parts) != 5 || parts[4] != terminal {
				return a, ErrMalformed
			}
			a.accessKey, a.date, a.scope = parts[0], parts[1], Scope{parts[2], parts[3]}
		case "SignedHeaders":
			a.signed = strings.Split(value, ";")
		case "Signature":
			a.signature = value
		}
	}
	if a.accessKey == "" || len(a.signed) == 0 || a.signature == "" {
		return a, ErrMalformed
	}
	return a, nil
}

func credentialScope(stamp string, s Scope) string {
	return stamp[:8] + "/" + s.Region + "/" + s.Service + "/" + terminal
}

// signature signs the canonical form of a request.
func signature(r *http.Request, bodyHash, stamp string, s Scope, signed []string, secret string) string {
	text := algorithm + "\n" + stamp + "\n" + credentialScope(stamp, s) + "\n" +
		hashOf([]byte(canonicalRequest(r, signed, bodyHash)))
	key := []byte("AWS4" + secret)
	for _, part := range [...]string{stamp[:8], s.Region, s.Service, terminal} {
		key = mac(key, part)
	}
	return hex.EncodeToString(mac(key, text))
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

func hashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
