package s3

import (
	"fmt"
	"slices"
	"time"
)

// Versioning is the state of a bucket's versioning.
type Versioning string

// The states. A bucket begins Unversioned, and can never be so again.
const (
	Unversioned Versioning = ""
	Enabled     Versioning = "Enabled"
	Suspended   Versioning = "Suspended"
)

// nullVersion is the id of what was written while versioning was not enabled.
const nullVersion = "null"

// version is one version of an object, or a delete marker. What is above the line never changes.
type version struct {
	id       string
	marker   bool
	body     []byte
	etag     string
	modified time.Time
	about    Metadata

	// ----
	tags    map[string]string
	acl     string
	restore restore
}

// state is a bucket's whole state: rules that take the instant as an argument, without clock or lock.
type state struct {
	ids                 ids
	maxObject, maxBytes int64
	dropped             func(*version) // is told of versions that are gone

	versioning Versioning
	objects    map[string][]*version // oldest first, never empty
	uploads    map[string]*upload
	bytes      int64 // of all versions and parts
	versions   uint64
	begun      uint64 // uploads
	requests   uint64 // that brought an event about, or asked a destination
	// configurations counts the ids made for notification configurations.
	configurations uint64
	last           sequencer
}

func newState(ids ids, maxObject, maxBytes int64, dropped func(*version)) state {
	return state{
		ids: ids, maxObject: maxObject, maxBytes: maxBytes, dropped: dropped,
		objects: map[string][]*version{}, uploads: map[string]*upload{},
	}
}

// newConfigurationID makes an id for a notification configuration that was given none.
func (s *state) newConfigurationID() string {
	s.configurations++
	return s.ids.configuration(s.configurations)
}

// room refuses size more bytes, of which freed are given back in the same step.
func (s *state) room(size, freed int64) error {
	if size > s.maxObject {
		return ErrEntityTooLarge.because("Your proposed upload exceeds the maximum allowed size")
	}
	if s.bytes+size-freed > s.maxBytes {
		return ErrEntityTooLarge.because(fmt.Sprintf("The bucket's objects may have %d bytes together", s.maxBytes))
	}
	return nil
}

// put adds v as the latest version of key, in place of the null version where there can be but one.
func (s *state) put(key string, v *version, now time.Time) error {
	freed := int64(0)
	if old := s.version(key, nullVersion); old != nil && s.versioning != Enabled {
		freed = int64(len(old.body))
	}
	if err := s.room(int64(len(v.body)), freed); err != nil {
		return err
	}
	v.id, v.modified = nullVersion, now
	if s.versioning == Enabled {
		s.versions++
		v.id = s.ids.version(s.versions)
	} else {
		s.drop(key, nullVersion)
	}
	s.objects[key] = append(s.objects[key], v)
	s.bytes += int64(len(v.body))
	return nil
}

// version returns the version with an id, nil if there is none.
func (s *state) version(key, id string) *version {
	list := s.objects[key]
	if i := slices.IndexFunc(list, func(v *version) bool { return v.id == id }); i >= 0 {
		return list[i]
	}
	return nil
}

// drop takes a version out for good, and returns it; nil if there is none.
func (s *state) drop(key, id string) *version {
	list := s.objects[key]
	i := slices.IndexFunc(list, func(v *version) bool { return v.id == id })
	if i < 0 {
		return nil
	}
	v := list[i]
	s.bytes -= int64(len(v.body))
	s.dropped(v)
	if len(list) == 1 {
		delete(s.objects, key)
	} else {
		s.objects[key] = slices.Delete(list, i, i+1)
	}
	return v
}

// find returns a version for reading: the latest for "". A delete marker is not there, or may not be read.
func (s *state) find(key, id string) (*version, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	if id == "" {
		list := s.objects[key]
		if len(list) == 0 || list[len(list)-1].marker {
			return nil, ErrNoSuchKey.because("The specified key does not exist.", Argument{"Key", key})
		}
		return list[len(list)-1], nil
	}
	v := s.version(key, id)
	switch {
	case v == nil:
		return nil, ErrNoSuchVersion.because("The specified version does not exist.", Argument{"Key", key}, Argument{"VersionId", id})
	case v.marker:
		return nil, ErrMethodNotAllowed.because("The specified method is not allowed against this resource.")
	}
	return v, nil
}

// readable is find for bytes: what is archived must have been restored.
func (s *state) readable(key, id string, now time.Time) (*version, error) {
	v, err := s.find(key, id)
	if err == nil && v.archived(now) {
		return nil, ErrInvalidObjectState.because("The operation is not valid for the object's storage class", Argument{"StorageClass", v.about.StorageClass})
	}
	return v, err
}

// event makes the event of a step at now. The sequencer grows over the whole bucket, so it does for every key.
func (s *state) event(name, key string, v *version, now time.Time) *event {
	s.requests++
	s.last = s.last.next(now)
	e := &event{name: name, key: key, request: s.requests, seq: s.last, time: now, size: int64(len(v.body)), etag: v.etag, class: v.about.StorageClass}
	if v.id != nullVersion {
		e.version = v.id
	}
	return e
}
