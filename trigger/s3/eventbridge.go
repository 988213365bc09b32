package s3

import (
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/lambdakit/lambdakit/internal/jsontext"
	"github.com/lambdakit/lambdakit/internal/stamp"
)

// detailType is how EventBridge calls the event.
func (e *event) detailType() string {
	switch e.name {
	case "ObjectRemoved:Delete", "ObjectRemoved:DeleteMarkerCreated":
		return "Object Deleted"
	case "ObjectRestore:Post":
		return "Object Restore Initiated"
	case "ObjectRestore:Completed":
		return "Object Restore Completed"
	case "ObjectTagging:Put":
		return "Object Tags Added"
	case "ObjectTagging:Delete":
		return "Object Tags Deleted"
	case "ObjectAcl:Put":
		return "Object ACL Updated"
	}
	return "Object Created"
}

// reason is the operation that made or removed an object; "" for other events.
func (e *event) reason() string {
	switch kind, what, _ := strings.Cut(e.name, ":"); {
	case kind == "ObjectRemoved":
		return "DeleteObject"
	case kind != "ObjectCreated":
		return ""
	case what == "Put" || what == "Copy":
		return what + "Object"
	case what == "Post":
		return "POST Object"
	default:
		return what
	}
}

// busEvent writes the event for EventBridge, where keys are not encoded and every event is sent.
func (b *Bucket) busEvent(e *event) events.EventBridgeEvent {
	w := []byte(`{"version":"0","bucket":{"name":"` + b.name + `"},"object":{"key":`)
	w = jsontext.AppendString(w, e.key)
	size, etag, sequencer := e.objectMembers()
	if size {
		w = append(w, `,"size":`+strconv.FormatInt(e.size, 10)...)
	}
	if etag {
		w = append(w, `,"etag":"`+e.etag+`"`...)
	}
	if e.version != "" {
		w = append(w, `,"version-id":"`+e.version+`"`...)
	}
	if sequencer && e.kindOf() != "ObjectRestore" {
		w = append(w, `,"sequencer":"`+e.seq.String()+`"`...)
	}
	w = append(w, `},"request-id":"`+b.ids.request(e.request)+`","requester":"`...)
	return events.EventBridgeEvent{
		Source: "aws.s3", DetailType: e.detailType(), Resources: []string{b.arn}, Time: e.time.UTC().Truncate(time.Second),
		Detail: append(e.appendCircumstances(w, b.opts.Identity.Account), '}'),
	}
}

// appendCircumstances writes by whom and why, from the requester on.
func (e *event) appendCircumstances(w []byte, account string) []byte {
	_, address := e.actor()
	if address == serviceAddress {
		w = append(w, serviceAddress+`"`...)
	} else {
		w = append(w, account+`","source-ip-address":"`+address+`"`...)
	}
	if r := e.reason(); r != "" {
		w = append(w, `,"reason":"`+r+`"`...)
	}
	switch e.name {
	case "ObjectRemoved:Delete":
		w = append(w, `,"deletion-type":"Permanently Deleted"`...)
	case "ObjectRemoved:DeleteMarkerCreated":
		w = append(w, `,"deletion-type":"Delete Marker Created"`...)
	case "ObjectRestore:Completed":
		w = append(w, `,"restore-expiry-time":"`+stamp.Seconds(e.restoredUntil)+`"`...)
		fallthrough
	case "ObjectRestore:Post":
		w = append(w, `,"source-storage-class":"`+e.class+`"`...)
	}
	return w
}
