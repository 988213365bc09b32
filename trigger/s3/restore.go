package s3

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/lambdakit/lambdakit/trigger/internal/agenda"
)

// Tier says how fast an archived object is restored.
type Tier string

// The tiers. Expedited is not for DEEP_ARCHIVE.
const (
	Expedited    Tier = "Expedited"
	StandardTier Tier = "Standard"
	Bulk         Tier = "Bulk"
)

// maxRestoreDays is a bound that S3 does not have, but time.Time does.
const maxRestoreDays = 365 * 100

// restore is how far the restoring of an archived version is.
type restore struct {
	ongoing bool
	days    int
	until   time.Time // of the copy; zero while there is none
}

func isArchive(class string) bool { return class == Glacier || class == DeepArchive }

// archived says whether the bytes cannot be read at now.
func (v *version) archived(now time.Time) bool {
	return isArchive(v.about.StorageClass) && !v.restore.until.After(now)
}

// restoreDelay is how long restoring takes: the longest that S3 promises for the tier. It reports false for a tier that
// the class does not have.
func restoreDelay(class string, tier Tier) (time.Duration, bool) {
	switch {
	case tier == Expedited && class == Glacier:
		return 5 * time.Minute, true
	case tier == StandardTier && class == Glacier:
		return 5 * time.Hour, true
	case tier == StandardTier, tier == Bulk && class == Glacier:
		return 12 * time.Hour, true
	case tier == Bulk:
		return 48 * time.Hour, true
	}
	return 0, false
}

// restoredUntil is when a copy made at t expires: after the days, at the next midnight of UTC.
func restoredUntil(t time.Time, days int) time.Time {
	return t.UTC().AddDate(0, 0, days+1).Truncate(24 * time.Hour)
}

// RestoreObject has an archived object restored for a number of days: ObjectRestore:Post now, and ObjectRestore:Completed
// after what the tier takes ("" is Standard), 5 minutes to 48 hours. Of a copy that is there already it changes the
// expiry, which is no event. That a copy expires is none either.
func (b *Bucket) RestoreObject(ctx context.Context, key, versionID string, days int, tier Tier) error {
	if days < 1 || days > maxRestoreDays {
		return invalidArgument("Days must be a positive integer", "Days", strconv.Itoa(days))
	}
	if tier == "" {
		tier = StandardTier
	}
	return b.write(ctx, func(now time.Time) (*event, error) {
		v, err := b.state.find(key, versionID)
		if err != nil {
			return nil, err
		}
		delay, ok := restoreDelay(v.about.StorageClass, tier)
		switch {
		case !isArchive(v.about.StorageClass):
			return nil, ErrInvalidObjectState.because("Restore is not allowed for the object's current storage class", Argument{"StorageClass", v.about.StorageClass})
		case !ok:
			return nil, invalidArgument("The tier is not available for the object's storage class", "Tier", string(tier))
		case v.restore.ongoing:
			return nil, ErrRestoreAlreadyInProgress.because("Object restore is already in progress")
		case !v.archived(now):
			v.restore.until = restoredUntil(now, days)
			return nil, nil
		}
		v.restore = restore{ongoing: true, days: days}
		if !b.closed {
			b.addRestore(key, v, now.Add(delay))
		}
		return b.state.event("ObjectRestore:Post", key, v, now), nil
	})
}

// restoring is a version that is being restored.
type restoring struct {
	key     string
	version *version
	entry   agenda.Entry // what is due at one instant ends in the order in which it was begun
}

// addRestore has the restoring of a version end after a delay. b.mu is held.
func (b *Bucket) addRestore(key string, v *version, due time.Time) {
	b.restored++
	r := &restoring{key: key, version: v}
	r.entry = agenda.Entry{Number: b.restored, Do: func() { b.endRestore(r) }}
	b.restores = append(b.restores, r)
	b.pushes.Agenda.Set(&r.entry, due)
}

// endRestore is the agenda's.
func (b *Bucket) endRestore(r *restoring) {
	_ = b.write(context.Background(), func(now time.Time) (*event, error) {
		if !b.takeRestore(r) {
			return nil, nil // deleted meanwhile, or the bucket closed
		}
		r.version.restore = restore{until: restoredUntil(now, r.version.restore.days)}
		e := b.state.event("ObjectRestore:Completed", r.key, r.version, now)
		e.restoredUntil = r.version.restore.until
		return e, nil
	})
}

// takeRestore takes a restoring off the list, and reports whether it was there. b.mu is held.
func (b *Bucket) takeRestore(r *restoring) bool {
	i := slices.Index(b.restores, r)
	if i < 0 {
		return false
	}
	b.restores = slices.Delete(b.restores, i, i+1)
	b.pushes.Agenda.Unset(&r.entry)
	return true
}

// forgetRestore ends the restoring of a version that is gone. b.mu is held.
func (b *Bucket) forgetRestore(v *version) {
	i := slices.IndexFunc(b.restores, func(r *restoring) bool { return r.version == v })
	if i >= 0 {
		b.takeRestore(b.restores[i])
	}
}
