package s3

import (
	"bytes"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// FS is the bucket's latest versions as a read-only file system, in which a slash in a key separates directories. Reads
// see what is in the bucket at their time; an open file keeps its bytes. Keys that are no paths of package fs, such as
// a//b or /a, are not in it, nor is the key of one dot, which is the root, nor what is archived. If a and a/b are both keys, a is a file in directory
// listings, and a/b can be opened but is not listed.
func (b *Bucket) FS() fs.FS { return bucketFS{b} }

type bucketFS struct{ b *Bucket }

// Open opens an object, or a directory that keys imply.
func (f bucketFS) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	f.b.mu.Lock()
	defer f.b.mu.Unlock()
	now := time.Now()
	if v := f.b.state.latest(name, now); v != nil && name != "." {
		return &file{Reader: bytes.NewReader(v.body), info: infoOf(name, v)}, nil
	}
	if entries := f.b.state.list(name, now); entries != nil || name == "." {
		return &dir{info: info{name: path.Base(name), dir: true}, entries: entries}, nil
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// latest is the version that a file shows; nil for none.
func (s *state) latest(key string, now time.Time) *version {
	v, _ := s.readable(key, "", now)
	return v
}

// list is what a directory holds, by name.
func (s *state) list(name string, now time.Time) (entries []fs.DirEntry) {
	prefix := ""
	if name != "." {
		prefix = name + "/"
	}
	files, dirs := map[string]*version{}, map[string]bool{}
	for key := range s.objects {
		rest, ok := strings.CutPrefix(key, prefix)
		if !ok || key == "." || !fs.ValidPath(key) {
			continue
		}
		v := s.latest(key, now)
		if v == nil {
			continue
		}
		if first, _, deeper := strings.Cut(rest, "/"); deeper {
			dirs[first] = true
		} else {
			files[rest] = v
		}
	}
	for name, v := range files {
		entries = append(entries, fs.FileInfoToDirEntry(infoOf(name, v)))
	}
	for name := range dirs {
		if files[name] == nil {
			entries = append(entries, fs.FileInfoToDirEntry(info{name: name, dir: true}))
		}
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries
}

// info tells of a file or a directory.
type info struct {
	name     string
	size     int64
	modified time.Time
	dir      bool
}

func infoOf(name string, v *version) info {
	return info{name: path.Base(name), size: int64(len(v.body)), modified: v.modified}
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) ModTime() time.Time { return i.modified }
func (i info) IsDir() bool        { return i.dir }
func (i info) Sys() any           { return nil }
func (i info) Mode() fs.FileMode {
	if i.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

// file is an open object: a reader of bytes that never change.
type file struct {
	*bytes.Reader
	info info
}

func (f *file) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *file) Close() error               { return nil }

// dir is an open directory.
type dir struct {
	info    info
	entries []fs.DirEntry
}

func (d *dir) Stat() (fs.FileInfo, error) { return d.info, nil }
func (d *dir) Close() error               { return nil }
func (d *dir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.info.name, Err: fs.ErrInvalid}
}

// ReadDir reads the next n entries, all that are left for n ≤ 0.
func (d *dir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n > 0 && len(d.entries) == 0 {
		return nil, io.EOF
	}
	if n <= 0 || n > len(d.entries) {
		n = len(d.entries)
	}
	next := slices.Clone(d.entries[:n])
	d.entries = d.entries[n:]
	return next, nil
}
