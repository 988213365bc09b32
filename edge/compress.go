package edge

import (
	"bytes"
	"compress/gzip"
	"errors"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// The sizes of what CloudFront compresses, in bytes.
const (
	minCompressed = 1_000
	maxCompressed = 10_000_000
)

// compressedTypes are the media types that CloudFront compresses.
var compressedTypes = nameSet(
	"application/dash+xml", "application/eot", "application/font", "application/font-sfnt", "application/javascript",
	"application/json", "application/opentype", "application/otf", "application/pdf", "application/pkcs7-mime",
	"application/protobuf", "application/rss+xml", "application/truetype", "application/ttf",
	"application/vnd.apple.mpegurl", "application/vnd.mapbox-vector-tile", "application/vnd.ms-fontobject",
	"application/wasm", "application/xhtml+xml", "application/xml", "application/x-font-opentype",
	"application/x-font-truetype", "application/x-font-ttf", "application/x-httpd-cgi", "application/x-javascript",
	"application/x-mpegurl", "application/x-opentype", "application/x-otf", "application/x-perl", "application/x-ttf",
	"font/eot", "font/opentype", "font/otf", "font/ttf", "image/svg+xml", "text/css", "text/csv", "text/html",
	"text/javascript", "text/js", "text/plain", "text/richtext", "text/tab-separated-values", "text/xml",
	"text/x-component", "text/x-java-source", "text/x-script", "vnd.apple.mpegurl")

// compressedStatuses are the answers that CloudFront compresses.
var compressedStatuses = []int{http.StatusOK, http.StatusForbidden, http.StatusNotFound}

// checkCompression refuses to compress in what nobody accepts, and in Brotli alone, which is not modelled. CloudFront
// does not compress either where the key has the viewer's own Accept-Encoding.
func (b *CacheBehavior) checkCompression() error {
	switch {
	case !b.Compress:
		return nil
	case b.CachePolicy.Headers.includesHeader("Accept-Encoding"):
		return errors.New("edge: Compress has no effect with a cache policy that lists Accept-Encoding among its headers")
	case b.CachePolicy.Gzip:
		return nil
	case b.CachePolicy.Brotli:
		return errors.New("edge: Compress with Brotli alone is not modelled: the cache policy needs Gzip too")
	}
	return errors.New("edge: Compress needs a cache policy with Gzip")
}

// compress is what is stored for a viewer with these headers: the response, or the same in gzip.
func (b *behavior) compress(r *response, viewer http.Header) *response {
	if !b.compresses || !acceptsEncoding(viewer, "gzip") || !isCompressible(r) {
		return r
	}
	return gzipped(r)
}

// isCompressible says whether CloudFront compresses an answer: one with a known length and of a known type that is not
// encoded yet.
func isCompressible(r *response) bool {
	media, _, err := mime.ParseMediaType(strings.Join(r.header["Content-Type"], ","))
	return err == nil && compressedTypes[media] && slices.Contains(compressedStatuses, r.status) &&
		r.header["Content-Encoding"] == nil && r.header["Content-Length"] != nil &&
		len(r.body) >= minCompressed && len(r.body) <= maxCompressed
}

// gzipped is the response in gzip. The compressed body is another one, so its ETag says no more than that both mean the
// same.
func gzipped(r *response) *response {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(r.body) // a bytes.Buffer takes everything
	_ = w.Close()
	c := *r
	c.body, c.header = b.Bytes(), r.header.Clone()
	c.header["Content-Encoding"] = []string{"gzip"}
	c.header["Content-Length"] = []string{strconv.Itoa(len(c.body))}
	if !slices.ContainsFunc(c.header["Vary"], variesByEncoding) {
		c.header["Vary"] = append(c.header["Vary"], "Accept-Encoding")
	}
	if tag := weakTag(r.header.Get("ETag")); tag != "" {
		c.header["Etag"] = []string{tag}
	} else {
		delete(c.header, "Etag")
	}
	return &c
}

func variesByEncoding(line string) bool {
	for name := range strings.SplitSeq(line, ",") {
		if name = strings.TrimSpace(name); name == "*" || strings.EqualFold(name, "Accept-Encoding") {
			return true
		}
	}
	return false
}

// weakTag is an entity tag made weak, "" for what is none.
func weakTag(tag string) string {
	opaque := strings.TrimPrefix(tag, "W/")
	if len(opaque) < 2 || opaque[0] != '"' || strings.IndexByte(opaque[1:], '"') != len(opaque)-2 {
		return ""
	}
	return "W/" + opaque
}
