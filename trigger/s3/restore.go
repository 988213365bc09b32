package s3

import (
	"context"
	"strconv"
	"time"
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
			b.restores[v] = time.AfterFunc(delay, func() { b.restored(key, v) })
		}
		return b.state.event("ObjectRestore:Post", key, v, now), nil
	})
}

// restored ends the restoring of a version.
func (b *Bucket) restored(key string, v *version) {
	_ = b.write(context.Background(), func(now time.Time) (*event, error) {
		if _, ok := b.restores[v]; !ok {
			return nil, nil // deleted meanwhile, or the bucket closed
		}
		delete(b.restores, v)
		v.restore = restore{until: restoredUntil(now, v.restore.days)}
		e := b.state.event("ObjectRestore:Completed", key, v, now)
		e.restoredUntil = v.restore.until
		return e, nil
	})
}

// forgetRestore ends the restoring of a version that is gone. b.mu is held.
func (b *Bucket) forgetRestore(v *version) {
	if t, ok := b.restores[v]; ok {
		t.Stop()
		delete(b.restores, v)
	}
}
