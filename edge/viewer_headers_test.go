package edge

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestDeviceHeaders(t *testing.T) {
	for ua, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64)":                "Desktop",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) Mobile/15E148":   "IOS Mobile",
		"Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X)":            "IOS Tablet",
		"Mozilla/5.0 (Linux; Android 14; Pixel 8) Mobile Safari":   "Android Mobile",
		"Mozilla/5.0 (Linux; Android 14; SM-X900) Safari":          "Android Tablet",
		"Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) AppleWebKit/537": "SmartTV",
		"Mozilla/5.0 (Linux; Android 9; AFTKA Build/PS7633)":       "Android SmartTV",
		"Minecraft Launcher/2.2 (Windows NT 10.0)":                 "Desktop",
		"": "Desktop",
	} {
		var got []string
		h := DeviceHeaders(ua)
		require.Len(t, h, 6)
		for _, d := range []string{"Android", "Desktop", "IOS", "Mobile", "SmartTV", "Tablet"} {
			if h["CloudFront-Is-"+d+"-Viewer"] == "true" {
				got = append(got, d)
			}
		}
		require.Equal(t, want, strings.Join(got, " "), ua)
	}
}

// TestEveryUserAgentIsSomeDevice: of desktop, mobile, tablet and television exactly one is true, so a function that
// tries them in order always finds one.
func TestEveryUserAgentIsSomeDevice(t *testing.T) {
	words := []string{"iPhone", "iPad", "iPod", "Android", "Mobile", "Tablet", "SMART-TV", "Kindle", "Windows Phone", "X11", "CrKey"}
	rapid.Check(t, func(t *rapid.T) {
		ua := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 4).Draw(t, "words"), " ")
		n := 0
		for name, value := range DeviceHeaders(ua) {
			require.Contains(t, []string{"true", "false"}, value)
			if value == "true" && !strings.Contains(name, "Android") && !strings.Contains(name, "IOS") {
				n++
			}
		}
		require.Equal(t, 1, n, ua)
	})
}

func TestOwnViewerHeaders(t *testing.T) {
	r := httptest.NewRequest("GET", "http://www.example.com/", nil)
	r.RemoteAddr = "192.0.2.1:4711"
	got := ownViewerHeaders(r)
	require.Equal(t, "192.0.2.1:4711", got["Cloudfront-Viewer-Address"])
	require.Equal(t, "1.1", got["Cloudfront-Viewer-Http-Version"])
	require.Equal(t, "http", got["Cloudfront-Forwarded-Proto"])
	require.NotContains(t, got, "Cloudfront-Viewer-Tls")
	r.TLS = &tls.ConnectionState{Version: tls.VersionTLS13, CipherSuite: tls.TLS_AES_128_GCM_SHA256, DidResume: true}
	got = ownViewerHeaders(r)
	require.Equal(t, "https", got["Cloudfront-Forwarded-Proto"])
	require.Equal(t, "TLSv1.3:TLS_AES_128_GCM_SHA256:sessionResumed", got["Cloudfront-Viewer-Tls"])
	r.TLS.DidResume = false
	require.Equal(t, "TLSv1.3:TLS_AES_128_GCM_SHA256:fullHandshake", ownViewerHeaders(r)["Cloudfront-Viewer-Tls"])
}

func TestHTTPVersions(t *testing.T) {
	for want, v := range map[string][2]int{"1.0": {1, 0}, "1.1": {1, 1}, "2.0": {2, 0}} {
		require.Equal(t, want, httpVersions[httpVersion(&http.Request{ProtoMajor: v[0], ProtoMinor: v[1]})])
	}
	require.Equal(t, "2.0", httpVersions[httpVersion(&http.Request{ProtoMajor: 3})], "HTTP/3 looks like HTTP/2 to Via")
}

// bound is what key and origin see of a request to a behavior whose origin request policy lists those headers.
func bound(t *testing.T, listed Selection, resolver func(*http.Request) map[string]string, r *http.Request) http.Header {
	d, err := NewDistribution(Config{
		Origin: HandlerOrigin(http.NotFoundHandler()), ViewerHeaders: resolver,
		CacheBehaviors: []CacheBehavior{{PathPattern: "*", OriginRequestPolicy: OriginRequestPolicy{Headers: listed}}},
	})
	require.NoError(t, err)
	arrived := exchange{d: d, r: r}
	require.Nil(t, arrived.admit())
	x := arrived.move()
	x.prepare()
	x.bind()
	return x.bound.header
}

func TestAddedViewerHeaders(t *testing.T) {
	resolver := func(*http.Request) map[string]string {
		return map[string]string{"cloudfront-viewer-country": "FR", "CloudFront-Viewer-City": "Paris", "CloudFront-Viewer-Metro-Code": "1\r\n2"}
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Header = headerOf("CloudFront-Viewer-Country", "XX", "CloudFront-Viewer-ASN", "1", "CloudFront-Viewer-Metro-Code", "9", "User-Agent", "iPhone")
	got := bound(t, Only("CloudFront-Viewer-Country", "CloudFront-Viewer-ASN", "CloudFront-Viewer-Metro-Code", "CloudFront-Is-Mobile-Viewer"), resolver, r)
	require.Equal(t, []string{"FR"}, got["Cloudfront-Viewer-Country"], "ours takes the place of the viewer's")
	require.NotContains(t, got, "Cloudfront-Viewer-Asn", "and so does our not knowing it")
	require.NotContains(t, got, "Cloudfront-Viewer-Metro-Code", "what cannot stand on a line is nothing")
	require.NotContains(t, got, "Cloudfront-Viewer-City", "nobody asked for it")
	require.Equal(t, []string{"true"}, got["Cloudfront-Is-Mobile-Viewer"])
	require.Equal(t, "XX", r.Header.Get("CloudFront-Viewer-Country"), "the viewer's request is not changed")
}

func TestGeoRestriction(t *testing.T) {
	for _, c := range []struct {
		name    string
		g       *GeoRestriction
		country string
		want    bool
	}{
		{"none", nil, "FR", true},
		{"listed", &GeoRestriction{Countries: []string{"DE", "fr"}}, "FR", true},
		{"not listed", &GeoRestriction{Countries: []string{"DE"}}, "FR", false},
		{"unknown", &GeoRestriction{Countries: []string{"DE"}}, "", false},
		{"denied", &GeoRestriction{Countries: []string{"FR"}, Deny: true}, "FR", false},
		{"not denied", &GeoRestriction{Countries: []string{"DE"}, Deny: true}, "FR", true},
	} {
		d := &Distribution{config: Config{GeoRestriction: c.g, ViewerHeaders: func(*http.Request) map[string]string {
			return map[string]string{"CloudFront-Viewer-Country": c.country}
		}}}
		require.Equal(t, c.want, d.admitsCountry(httptest.NewRequest("GET", "/", nil)), c.name)
		require.NoError(t, c.g.check(&d.config), c.name)
	}
	require.ErrorContains(t, (&GeoRestriction{Countries: []string{"FR"}}).check(&Config{}), "needs ViewerHeaders")
	require.ErrorContains(t, (&GeoRestriction{Countries: []string{"FRA"}}).check(&Config{ViewerHeaders: devicesOf}), "two letters")
}

// devicesOf is a resolver that tells what the User-Agent does.
func devicesOf(r *http.Request) map[string]string { return DeviceHeaders(r.UserAgent()) }
