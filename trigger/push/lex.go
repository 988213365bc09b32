package push

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/lambdakit/lambdakit/lambda"
)

// The two occasions on which a bot calls its function.
const (
	DialogCodeHook      = "DialogCodeHook"
	FulfillmentCodeHook = "FulfillmentCodeHook"
)

// LexBot is a Lex V1 bot: one intent with its function. It is safe for concurrent use.
type LexBot struct {
	bot      LexBotName
	intent   string
	function string
	line     *line
}

// LexBotName names a V1 bot.
type LexBotName struct{ Name, Alias, Version string }

// LexTurn is what a user of a V1 bot said, and how far the conversation is.
type LexTurn struct {
	// InvocationSource is [DialogCodeHook] or [FulfillmentCodeHook].
	InvocationSource string
	UserID           string
	InputTranscript  string
	// OutputDialogMode is Text or Voice; "" is Text.
	OutputDialogMode  string
	SessionAttributes map[string]string
	// Slots are the intent's; nil is one without a value yet.
	Slots map[string]*string
	// ConfirmationStatus is None, Confirmed or Denied; "" is None.
	ConfirmationStatus string

	_ struct{}
}

// NewLexBot makes a V1 bot, whose intent has a function for both occasions.
func NewLexBot(bot LexBotName, intent, function string, o Options) (*LexBot, error) {
	l, err := newLine(lexV1, o.Identity.ARN("lex", "intent:"+intent+":"+cmp.Or(bot.Version, lambda.Latest)), &o)
	if err != nil {
		return nil, err
	}
	arn, err := l.functionARN(function)
	if err != nil {
		return nil, err
	}
	return &LexBot{bot, intent, arn, l}, nil
}

// ARN is the ARN of the intent's version, which policies usually match with a * for the version.
func (b *LexBot) ARN() string { return b.line.source }

// Turn calls the function and returns its answer, which has a dialogAction with a type. A throttle is an
// [ErrLimitExceeded] of status 429, a function that fails or makes no sense an [ErrDependencyFailed] of status 424.
func (b *LexBot) Turn(ctx context.Context, turn LexTurn) (answer json.RawMessage, err error) {
	if err := checkSource(turn.InvocationSource); err != nil {
		return nil, err
	}
	return b.line.converse(ctx, b.function, b.event(&turn), func(answer []byte) bool {
		var a struct {
			DialogAction struct{ Type string } `json:"dialogAction"`
		}
		return json.Unmarshal(answer, &a) == nil && a.DialogAction.Type != ""
	})
}

func (b *LexBot) event(t *LexTurn) []byte {
	o := (&object{}).text("messageVersion", "1.0").text("invocationSource", t.InvocationSource).text("userId", t.UserID)
	o.raw("sessionAttributes", encodeTexts(t.SessionAttributes))
	o.raw("bot", (&object{}).text("name", b.bot.Name).text("alias", b.bot.Alias).text("version", b.bot.Version).end())
	o.text("outputDialogMode", cmp.Or(t.OutputDialogMode, "Text"))
	intent := (&object{}).text("name", b.intent).raw("slots", encodeTexts(t.Slots)).text("confirmationStatus", cmp.Or(t.ConfirmationStatus, "None"))
	return o.raw("currentIntent", intent.end()).text("inputTranscript", t.InputTranscript).end()
}

func checkSource(source string) error {
	if source != DialogCodeHook && source != FulfillmentCodeHook {
		return ErrInvalidParameter.because("Invalid invocationSource: " + source)
	}
	return nil
}

// converse calls a bot's function, and says in Lex's words what goes wrong.
func (l *line) converse(ctx context.Context, function string, event []byte, makesSense func([]byte) bool) (json.RawMessage, error) {
	answer, err := l.call(ctx, function, event)
	switch {
	case errors.Is(err, lambda.ErrTooManyRequests):
		throttled := ErrLimitExceeded.over("Lambda throttled the function "+function+".", err)
		throttled.Status = 429
		return nil, throttled
	case err != nil && ctx.Err() != nil:
		return nil, err
	case err != nil:
		return nil, ErrDependencyFailed.over("Invalid Lambda Response: Received error response from Lambda: "+failureText(err), err)
	case !makesSense(answer):
		return nil, ErrDependencyFailed.because("Invalid Lambda Response: " + strings.ToValidUTF8(string(answer[:min(len(answer), 200)]), ""))
	}
	return answer, nil
}

// failureText is what a function said, or else Lambda.
func failureText(err error) string {
	if f, ok := errors.AsType[*lambda.FunctionError](err); ok {
		return f.Message
	}
	return err.Error()
}
