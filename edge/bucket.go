package edge

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// Bucket is an S3 bucket over the files of an fs.FS, as an origin sees it: GET and HEAD of objects, with ranges,
// conditions, ETags and S3's errors. It is safe for concurrent use if Objects is.
//
// Not modelled: writing, versions, metadata beside the content type, and website hosting.
type Bucket struct {
	// Name is the bucket's; its domain is Name.s3.amazonaws.com unless DomainName says otherwise.
	Name, DomainName string
	// Objects are the objects, by their key. Names that fs.FS does not allow, such as a/../b, are keys of no object.
	Objects fs.FS
	// Public lets everybody get objects: requests without a signature are refused otherwise.
	Public bool
	// DenyIdentity refuses signed requests too: the bucket's policy does not name the distribution.
	DenyIdentity bool
	// ListBucket gives signed requests s3:ListBucket, and public ones in a Public bucket: without it, a missing key is
	// 403 and no 404.
	ListBucket bool

	_ struct{}
}

func (b *Bucket) domain() string { return defaulted(b.DomainName, b.Name+".s3.amazonaws.com") }

type signedKey struct{}

// signed marks the requests of ctx as signed by the distribution's identity or access control.
func signed(ctx context.Context) context.Context { return context.WithValue(ctx, signedKey{}, true) }

// RoundTrip answers as S3 does. It is for Origin.Transport.
func (b *Bucket) RoundTrip(r *http.Request) (*http.Response, error) {
	w := &recorder{header: http.Header{"Server": {"AmazonS3"}}}
	b.serve(w, r)
	return w.result(r), nil
}

func (b *Bucket) serve(w *recorder, r *http.Request) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	hasIdentity := r.Context().Value(signedKey{}) != nil && !b.DenyIdentity
	key, err := url.PathUnescape(strings.TrimPrefix(r.URL.EscapedPath(), "/"))
	switch {
	case !sameHost(defaulted(r.Host, r.URL.Host), b.domain()):
		s3Error(w, http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist")
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		s3Error(w, http.StatusMethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource.")
	case !hasIdentity && !b.Public, key == "", err != nil:
		s3Error(w, http.StatusForbidden, "AccessDenied", "Access Denied")
	default:
		b.serveObject(w, r, key)
	}
}

func (b *Bucket) serveObject(w *recorder, r *http.Request, key string) {
	data, info, err := b.read(key)
	switch {
	case err == nil:
	case !errors.Is(err, fs.ErrNotExist):
		s3Error(w, http.StatusInternalServerError, "InternalError", "We encountered an internal error. Please try again.")
		return
	case b.ListBucket:
		s3Error(w, http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
		return
	default:
		s3Error(w, http.StatusForbidden, "AccessDenied", "Access Denied")
		return
	}
	sum := md5.Sum(data)
	w.header.Set("ETag", `"`+hex.EncodeToString(sum[:])+`"`)
	w.header.Set("Content-Type", defaulted(mime.TypeByExtension(path.Ext(key)), "binary/octet-stream"))
	http.ServeContent(w, r, "", info.ModTime(), bytes.NewReader(data))
}

// read is an object. A key that is no valid name is not there: so no key leaves the tree.
func (b *Bucket) read(key string) ([]byte, fs.FileInfo, error) {
	if !fs.ValidPath(key) || key == "." {
		return nil, nil, fs.ErrNotExist
	}
	info, err := fs.Stat(b.Objects, key)
	if err != nil {
		return nil, nil, err
	}
	if info.IsDir() {
		return nil, nil, fs.ErrNotExist
	}
	data, err := fs.ReadFile(b.Objects, key)
	return data, info, err
}

func s3Error(w *recorder, status int, code, message string) {
	var b strings.Builder
	b.WriteString(xml.Header + "<Error><Code>")
	_ = xml.EscapeText(&b, []byte(code)) // a strings.Builder takes everything
	b.WriteString("</Code><Message>")
	_ = xml.EscapeText(&b, []byte(message))
	b.WriteString("</Message></Error>")
	w.header.Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(b.String())) // neither can a recorder fail
}
