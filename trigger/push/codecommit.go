package push

import (
	"context"
	"time"

	"github.com/lambdakit/lambdakit/internal/stamp"
)

// Repository is a CodeCommit repository with one trigger. It is safe for concurrent use.
type Repository struct {
	function, trigger, customData string
	config                        string
	line                          *line
}

// Reference is what became of one branch or tag.
type Reference struct {
	// Commit is the commit it points to, Ref its name such as refs/heads/main.
	Commit, Ref      string
	Created, Deleted bool
}

// NewRepository makes a repository whose trigger, of that name, invokes a function. customData is told the function
// with each event; "" for none.
func NewRepository(name, trigger, function, customData string, o Options) (*Repository, error) {
	l, err := newLine(codeCommit, o.Identity.ARN("codecommit", name), &o)
	if err != nil {
		return nil, err
	}
	arn, err := l.functionARN(function)
	if err != nil {
		return nil, err
	}
	return &Repository{function: arn, trigger: trigger, customData: customData, config: l.newID("trigger config"), line: l}, nil
}

// ARN is the repository's ARN.
func (r *Repository) ARN() string { return r.line.source }

// Push tells the function of references that a user, by ARN, has changed. The error is Lambda's, after one try.
func (r *Repository) Push(ctx context.Context, user string, changed ...Reference) error {
	return r.line.send(ctx, r.function, r.event(time.Now(), user, changed))
}

func (r *Repository) event(now time.Time, user string, changed []Reference) []byte {
	list := []byte{'['}
	for i, c := range changed {
		if i > 0 {
			list = append(list, ',')
		}
		o := (&object{}).text("commit", c.Commit).text("ref", c.Ref)
		if c.Created {
			o.flag("created", true)
		}
		if c.Deleted {
			o.flag("deleted", true)
		}
		list = append(list, o.end()...)
	}
	o := (&object{}).text("eventId", r.line.newID("event")).text("eventVersion", "1.0")
	o.text("eventTime", stamp.LastModified(now)).text("eventTriggerName", r.trigger).number("eventPartNumber", 1)
	o.raw("codecommit", (&object{}).raw("references", append(list, ']')).end())
	o.text("eventName", "ReferenceChanges").text("eventTriggerConfigId", r.config).text("eventSourceARN", r.line.source)
	o.text("userIdentityARN", user).text("eventSource", "aws:codecommit").text("awsRegion", r.line.identity.Region)
	o.number("eventTotalParts", 1).given("customData", r.customData)
	return record(o)
}
