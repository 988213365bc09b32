package s3

import (
	"io/fs"
	"time"
)

// load puts the files of Options.Objects into a bucket that nobody else has yet.
func (b *Bucket) load() error {
	if b.opts.Objects == nil {
		return nil
	}
	return fs.WalkDir(b.opts.Objects, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		body, err := fs.ReadFile(b.opts.Objects, name)
		if err != nil {
			return err
		}
		v, err := newVersion(&PutObjectInput{Key: name, Body: body})
		if err != nil {
			return err
		}
		return b.state.put(name, v, time.Now())
	})
}
