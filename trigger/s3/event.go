package s3

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lambdakit/lambdakit/internal/jsontext"
	"github.com/lambdakit/lambdakit/internal/stamp"
)

// event is something that happened to an object, before it is written for anybody.
type event struct {
	name          string // as in ObjectCreated:Put
	key           string // not encoded
	version       string // "" where the event has none
	size          int64
	etag, class   string
	seq           sequencer
	request       uint64
	time          time.Time
	restoredUntil time.Time // of ObjectRestore:Completed
}

// eventNames are the events that a bucket brings about, as configurations name them. Wildcards stand for those of a kind.
var eventNames = []string{
	"s3:ObjectCreated:*", "s3:ObjectCreated:Put", "s3:ObjectCreated:Post", "s3:ObjectCreated:Copy",
	"s3:ObjectCreated:CompleteMultipartUpload",
	"s3:ObjectRemoved:*", "s3:ObjectRemoved:Delete", "s3:ObjectRemoved:DeleteMarkerCreated",
	"s3:ObjectRestore:*", "s3:ObjectRestore:Post", "s3:ObjectRestore:Completed",
	"s3:ObjectTagging:*", "s3:ObjectTagging:Put", "s3:ObjectTagging:Delete",
	"s3:ObjectAcl:Put",
}

// unmodelled are the kinds of event that S3 has beyond those.
var unmodelled = []string{
	"s3:ReducedRedundancyLostObject", "s3:Replication:", "s3:LifecycleExpiration:", "s3:LifecycleTransition",
	"s3:IntelligentTiering", "s3:ObjectRestore:Delete",
}

// checkEvents refuses events that S3 does not have, and those that are not modelled.
func checkEvents(events []string) error {
	if len(events) == 0 {
		return ErrInvalidArgument.because("A notification configuration must have an event", Argument{"Event", ""})
	}
	for _, name := range events {
		switch {
		case slices.Contains(eventNames, name):
		case slices.ContainsFunc(unmodelled, func(kind string) bool { return strings.HasPrefix(name, kind) }):
			return ErrNotImplemented.because("The event '"+name+"' is not modelled", Argument{"Event", name})
		default:
			return invalidArgument("The event '"+name+"' is not supported for notifications", "Event", name)
		}
	}
	return nil
}

// covers says whether a configured pattern names an event, or covers all that another pattern names.
func covers(pattern, name string) bool {
	kind, all := strings.CutSuffix(pattern, "*")
	return pattern == name || all && strings.HasPrefix(name, kind)
}

// kindOf is the event's name without its last part.
func (e *event) kindOf() string {
	kind, _, _ := strings.Cut(e.name, ":")
	return kind
}

// recordVersion is the eventVersion of a record of that kind, by which consumers know which members it may have.
func recordVersion(kind string) string {
	if kind == "ObjectTagging" || kind == "ObjectAcl" {
		return "2.3"
	}
	return "2.1"
}

// objectMembers says which members a record's object has beside its key.
func (e *event) objectMembers() (size, etag, sequencer bool) {
	switch e.kindOf() {
	case "ObjectTagging", "ObjectAcl":
		return false, true, false
	case "ObjectRemoved":
		return false, e.name == "ObjectRemoved:DeleteMarkerCreated", true
	}
	return true, true, true
}

// Who does it: every caller is the same user, from the same place. S3 itself completes what is being restored.
const (
	userPrincipal     = "AWS:AIDAIENQZJOLO23YVJ4VO"
	customerPrincipal = "AmazonCustomer:" + ownerPrincipal
	ownerPrincipal    = "A3NL1KOZZKEXAMPLE"
	userAddress       = "127.0.0.1"
	serviceAddress    = "s3.amazonaws.com"
)

func (e *event) actor() (principal, address string) {
	if e.name == "ObjectRestore:Completed" {
		return customerPrincipal, serviceAddress
	}
	return userPrincipal, userAddress
}

// record writes the notification for one configuration.
func (b *Bucket) record(e *event, configurationID string) []byte {
	principal, address := e.actor()
	kind := e.kindOf()
	w := make([]byte, 0, 900)
	w = append(w, `{"Records":[{"eventVersion":"`...)
	w = append(w, recordVersion(kind)...)
	w = append(w, `","eventSource":"aws:s3","awsRegion":"`...)
	w = append(w, b.opts.Identity.Region...)
	w = append(w, `","eventTime":"`...)
	w = stamp.AppendMillis(w, e.time)
	w = append(w, `","eventName":"`...)
	w = append(w, e.name...)
	w = append(w, `","userIdentity":{"principalId":"`...)
	w = append(w, principal...)
	w = append(w, `"},"requestParameters":{"sourceIPAddress":"`...)
	w = append(w, address...)
	w = append(w, `"},"responseElements":{"x-amz-request-id":"`...)
	w = append(w, b.ids.request(e.request)...)
	w = append(w, `","x-amz-id-2":"`...)
	w = append(w, b.ids.host(e.request)...)
	w = append(w, `"},"s3":{"s3SchemaVersion":"1.0","configurationId":`...)
	w = jsontext.AppendString(w, configurationID)
	w = append(w, `,"bucket":{"name":"`...)
	w = append(w, b.name...)
	w = append(w, `","ownerIdentity":{"principalId":"`+ownerPrincipal+`"},"arn":"`...)
	w = append(w, b.arn...)
	w = append(w, `"},"object":`...)
	w = append(e.appendObject(w), '}')
	if !e.restoredUntil.IsZero() {
		w = append(w, `,"glacierEventData":{"restoreEventData":{"lifecycleRestorationExpiryTime":"`...)
		w = stamp.AppendMillis(w, e.restoredUntil)
		w = append(w, `","lifecycleRestoreStorageClass":"`+e.class+`"}}`...)
	}
	return append(w, `}]}`...)
}

// appendObject writes what happened to which object.
func (e *event) appendObject(w []byte) []byte {
	size, etag, sequencer := e.objectMembers()
	w = append(w, `{"key":"`...)
	w = append(w, encodeKey(e.key)...)
	w = append(w, '"')
	if size {
		w = append(w, `,"size":`...)
		w = strconv.AppendInt(w, e.size, 10)
	}
	if etag {
		w = append(w, `,"eTag":"`+e.etag+`"`...)
	}
	if e.version != "" {
		w = append(w, `,"versionId":"`+e.version+`"`...)
	}
	if sequencer {
		w = append(w, `,"sequencer":"`+e.seq.String()+`"`...)
	}
	return append(w, '}')
}
