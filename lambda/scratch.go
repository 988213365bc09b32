package lambda

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
)

// Scratch is an execution environment's /tmp: a directory of its own with a quota.
//
// Its methods take slash-separated names inside it ("/tmp/x" and "x" are the same file) and never leave it. Writing
// past the quota fails with ENOSPC, as in Lambda. The directory is made at the first write. Safe for concurrent use.
// What a function writes around these methods, through [Scratch.Dir], counts at the next write.
type Scratch struct {
	mu    sync.Mutex
	quota int64
	root  *os.Root
	dir   string
	ended bool
}

// Dir is the directory on the host, made if need be, for code that wants a real path.
func (s *Scratch) Dir() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.open(); err != nil {
		return "", err
	}
	return s.dir, nil
}

func (s *Scratch) open() (*os.Root, error) {
	if s.ended {
		return nil, fs.ErrClosed
	}
	if s.root != nil {
		return s.root, nil
	}
	dir, err := os.MkdirTemp("", "lambdakit-tmp-")
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	s.dir, s.root = dir, root
	return root, nil
}

// inside turns a function's view of a path into one relative to the scratch directory.
func inside(name string) string {
	if name == "/tmp" || strings.HasPrefix(name, "/tmp/") {
		name = name[len("/tmp"):]
	}
	name = strings.TrimLeft(name, "/")
	if name == "" {
		return "."
	}
	return filepath.FromSlash(name)
}

// WriteFile writes a whole file, replacing an older one, and makes its directories.
func (s *Scratch) WriteFile(name string, data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	root, err := s.open()
	if err != nil {
		return err
	}
	path := inside(name)
	used, err := used(root)
	if err != nil {
		return err
	}
	var old int64
	if info, err := root.Stat(path); err == nil {
		old = info.Size()
	}
	if used-old+int64(len(data)) > s.quota {
		return &fs.PathError{Op: "write", Path: name, Err: syscall.ENOSPC}
	}
	if dir := filepath.Dir(path); dir != "." {
		if err := root.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	return root.WriteFile(path, data, 0o600)
}

// ReadFile returns a file's content, which the caller owns.
func (s *Scratch) ReadFile(name string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.root == nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	f, err := s.root.Open(inside(name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// Remove deletes a file or an empty directory.
func (s *Scratch) Remove(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.root == nil {
		return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrNotExist}
	}
	return s.root.Remove(inside(name))
}

// Used is the number of bytes in the scratch space's files.
func (s *Scratch) Used() (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.root == nil {
		return 0, nil
	}
	return used(s.root)
}

func used(root *os.Root) (total int64, err error) {
	err = fs.WalkDir(root.FS(), ".", func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		total += info.Size()
		return nil
	})
	return total, err
}

func (s *Scratch) remove() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	if s.root == nil {
		return nil
	}
	s.root.Close()
	err := os.RemoveAll(s.dir)
	s.root, s.dir = nil, ""
	return err
}
