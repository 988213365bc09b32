package push

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"github.com/lambdakit/lambdakit/internal/stamp"
	"github.com/lambdakit/lambdakit/invoke"
)

// ReceiptRule is an SES receipt rule with a Lambda action: a function that hears of each mail, but does not get its
// body. It is safe for concurrent use.
type ReceiptRule struct {
	function string
	kind     invoke.InvocationType
	line     *line
}

// Mail is a mail as it came in.
type Mail struct {
	// MessageID is SES's own id; "" makes one.
	MessageID string
	// Timestamp is when it came; zero is now.
	Timestamp time.Time
	// Source is the envelope's sender, Destination whom the mail is for, and Recipients those whom the rule is about; no
	// Recipients are all of Destination.
	Source                  string
	Destination, Recipients []string
	// Headers are the mail's in their order; HeadersTruncated says that there are more.
	Headers          []MailHeader
	HeadersTruncated bool
	// CommonHeaders are some of them once more.
	CommonHeaders CommonHeaders
	// Verdicts say what SES's checks found; "" is PASS.
	SpamVerdict, VirusVerdict, SPFVerdict, DKIMVerdict, DMARCVerdict string
	// DMARCPolicy is none, quarantine or reject where DMARCVerdict is FAIL; "" leaves it out.
	DMARCPolicy string
	// ProcessingTime is how long SES took.
	ProcessingTime time.Duration

	_ struct{}
}

// MailHeader is one header.
type MailHeader struct{ Name, Value string }

// CommonHeaders are the headers that SES takes out for everybody.
type CommonHeaders struct {
	ReturnPath, Date, MessageID, Subject string
	From, To, Cc                         []string
}

// Disposition is what SES does next.
type Disposition string

// The dispositions.
const (
	Continue    Disposition = "CONTINUE"      // go on
	StopRule    Disposition = "STOP_RULE"     // end this rule
	StopRuleSet Disposition = "STOP_RULE_SET" // end all rules
)

// NewReceiptRule makes a rule that invokes a function; "" as the type is Event. The rule waits 30 s for the answer of a
// RequestResponse.
func NewReceiptRule(function string, kind invoke.InvocationType, o Options) (*ReceiptRule, error) {
	l, err := newLine(ses, o.Identity.ARN("ses", "receipt-rule-set/default"), &o)
	if err != nil {
		return nil, err
	}
	if kind == "" {
		kind = l.row.InvocationType
	}
	if kind != invoke.Event && kind != invoke.RequestResponse {
		return nil, ErrInvalidParameter.because("Invalid InvocationType: " + string(kind))
	}
	arn, err := l.functionARN(function)
	if err != nil {
		return nil, err
	}
	return &ReceiptRule{function: arn, kind: kind, line: l}, nil
}

// Receive tells the function of a mail. With Event the disposition is Continue as soon as the event is accepted. With
// RequestResponse it is the function's; an answer without a known one counts as Continue, which is an assumption.
func (r *ReceiptRule) Receive(ctx context.Context, m Mail) (Disposition, error) {
	event := r.event(&m)
	if r.kind == invoke.Event {
		return Continue, r.line.send(ctx, r.function, event)
	}
	answer, err := r.line.call(ctx, r.function, event)
	if err != nil {
		return Continue, err
	}
	var back struct{ Disposition Disposition }
	if json.Unmarshal(answer, &back) == nil && (back.Disposition == StopRule || back.Disposition == StopRuleSet) {
		return back.Disposition, nil
	}
	return Continue, nil
}

func (r *ReceiptRule) event(m *Mail) []byte {
	if m.Timestamp.IsZero() {
		m.Timestamp = time.Now()
	}
	if m.MessageID == "" {
		m.MessageID = r.line.newID("mail " + r.function)
	}
	message := (&object{}).raw("mail", m.mail().end()).raw("receipt", m.receipt(r).end())
	return record((&object{}).text("eventSource", "aws:ses").text("eventVersion", "1.0").raw("ses", message.end()))
}

func (m *Mail) mail() *object {
	headers := []byte{'['}
	for i, h := range m.Headers {
		if i > 0 {
			headers = append(headers, ',')
		}
		headers = append(headers, (&object{}).text("name", h.Name).text("value", h.Value).end()...)
	}
	c := &m.CommonHeaders
	common := (&object{}).text("returnPath", c.ReturnPath).texts("from", c.From).text("date", c.Date).texts("to", c.To)
	if c.Cc != nil {
		common.texts("cc", c.Cc)
	}
	common.text("messageId", c.MessageID).text("subject", c.Subject)
	return (&object{}).text("timestamp", stamp.Millis(m.Timestamp)).text("source", m.Source).text("messageId", m.MessageID).
		texts("destination", m.Destination).flag("headersTruncated", m.HeadersTruncated).raw("headers", append(headers, ']')).
		raw("commonHeaders", common.end())
}

func (m *Mail) receipt(r *ReceiptRule) *object {
	recipients := m.Recipients
	if recipients == nil {
		recipients = m.Destination
	}
	o := (&object{}).text("timestamp", stamp.Millis(m.Timestamp)).number("processingTimeMillis", m.ProcessingTime.Milliseconds())
	o.texts("recipients", recipients)
	for _, v := range []struct{ name, status string }{
		{"spamVerdict", m.SpamVerdict}, {"virusVerdict", m.VirusVerdict}, {"spfVerdict", m.SPFVerdict},
		{"dkimVerdict", m.DKIMVerdict}, {"dmarcVerdict", m.DMARCVerdict},
	} {
		o.raw(v.name, (&object{}).text("status", cmp.Or(v.status, "PASS")).end())
	}
	o.given("dmarcPolicy", m.DMARCPolicy)
	action := (&object{}).text("type", "Lambda").text("functionArn", r.function).text("invocationType", string(r.kind))
	return o.raw("action", action.end())
}
