package edge

import (
	"crypto/tls"
	"errors"
	"maps"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
)

// GeoRestriction admits viewers by the country that ViewerHeaders tells, in CloudFront-Viewer-Country.
type GeoRestriction struct {
	// Countries are two-letter codes. Deny turns the list of those that are admitted into one of those that are not.
	Countries []string
	Deny      bool

	_ struct{}
}

// check refuses a restriction that can never tell one viewer from another.
func (g *GeoRestriction) check(c *Config) error {
	switch {
	case g == nil:
		return nil
	case c.ViewerHeaders == nil:
		return errors.New("edge: a GeoRestriction needs ViewerHeaders, which tells a viewer's country")
	case slices.ContainsFunc(g.Countries, func(code string) bool { return len(code) != 2 }):
		return errors.New("edge: the countries of a GeoRestriction are codes of two letters")
	}
	return nil
}

// admitsCountry says whether the viewer's country gets in.
func (d *Distribution) admitsCountry(r *http.Request) bool {
	g := d.config.GeoRestriction
	if g == nil {
		return true
	}
	country := d.viewerHeaders(r)[viewerCountry]
	return slices.ContainsFunc(g.Countries, func(c string) bool { return strings.EqualFold(c, country) }) != g.Deny
}

// viewerHeaders are the CloudFront-* headers of a viewer, by canonical name: what the request tells, and what the
// resolver says over it. nil if nobody wants them.
func (d *Distribution) viewerHeaders(r *http.Request) map[string]string {
	if d.config.ViewerHeaders == nil {
		return nil
	}
	out := map[string]string{}
	for name, value := range d.config.ViewerHeaders(r) {
		out[textproto.CanonicalMIMEHeaderKey(name)] = value
	}
	return out
}

// ownViewerHeaders are the CloudFront-* headers that the request itself tells.
func ownViewerHeaders(r *http.Request) map[string]string {
	h := map[string]string{
		"Cloudfront-Viewer-Address":      r.RemoteAddr,
		"Cloudfront-Viewer-Http-Version": httpVersions[httpVersion(r)],
		"Cloudfront-Forwarded-Proto":     "http",
	}
	for name, value := range DeviceHeaders(r.UserAgent()) {
		h[textproto.CanonicalMIMEHeaderKey(name)] = value
	}
	if r.TLS != nil {
		h["Cloudfront-Forwarded-Proto"] = "https"
		h["Cloudfront-Viewer-Tls"] = tlsName(r.TLS)
	}
	return h
}

// tlsName is a connection as CloudFront-Viewer-TLS writes it.
func tlsName(s *tls.ConnectionState) string {
	name := strings.Replace(tls.VersionName(s.Version), "TLS ", "TLSv", 1) + ":" + tls.CipherSuiteName(s.CipherSuite)
	if s.DidResume {
		return name + ":sessionResumed"
	}
	return name + ":fullHandshake"
}

// addViewerHeaders puts the CloudFront-* headers that the policies list into the bound request, in place of what the
// viewer sent under those names.
func (x *exchange) addViewerHeaders() {
	if len(x.b.addedHeaders) == 0 {
		return
	}
	known := ownViewerHeaders(x.r)
	maps.Copy(known, x.d.viewerHeaders(x.r))
	header := maps.Clone(x.bound.header)
	for _, name := range x.b.addedHeaders {
		delete(header, name)
		if v, ok := known[name]; ok && isFieldValue(v) {
			header[name] = []string{v}
		}
	}
	x.bound.header = header
}

// knowsDevices says whether a policy lists one of the device headers.
func (b *behavior) knowsDevices() bool {
	return slices.ContainsFunc(b.addedHeaders, func(n string) bool { return strings.HasPrefix(n, "Cloudfront-Is-") })
}

// DeviceHeaders tells the six CloudFront-Is-*-Viewer headers of a User-Agent, each true or false. CloudFront's own
// list of devices is not public: this goes by the words that browsers of each kind use.
func DeviceHeaders(userAgent string) map[string]string {
	ua := strings.ToLower(userAgent)
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(ua, w) })
	}
	tv := has("smart-tv", "smarttv", "appletv", "googletv", "hbbtv", "crkey", "; aft", "bravia", "netcast", "web0s")
	ios := has("iphone", "ipad", "ipod")
	android := has("android")
	tablet := !tv && (has("ipad", "tablet", "kindle", "silk/") || android && !has("mobile"))
	mobile := !tv && !tablet && has("iphone", "ipod", "mobile", "windows phone")
	text := func(b bool) string {
		if b {
			return "true"
		}
		return "false"
	}
	return map[string]string{
		"CloudFront-Is-Android-Viewer": text(android),
		"CloudFront-Is-Desktop-Viewer": text(!tv && !tablet && !mobile),
		"CloudFront-Is-IOS-Viewer":     text(ios),
		"CloudFront-Is-Mobile-Viewer":  text(mobile),
		"CloudFront-Is-SmartTV-Viewer": text(tv),
		"CloudFront-Is-Tablet-Viewer":  text(tablet),
	}
}
