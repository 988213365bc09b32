package push

import (
	"cmp"
	"context"
	"encoding/json"
)

// LexV2Bot is an alias of a Lex V2 bot with its function. aws-lambda-go has no type for its event. It is safe for
// concurrent use.
type LexV2Bot struct {
	bot      LexV2BotName
	function string
	line     *line
}

// LexV2BotName names an alias of a V2 bot. LocaleID is such as en_US.
type LexV2BotName struct{ ID, Name, AliasID, AliasName, LocaleID, Version string }

// LexV2Turn is what a user of a V2 bot said, and how far the conversation is.
type LexV2Turn struct {
	// InvocationSource is [DialogCodeHook] or [FulfillmentCodeHook].
	InvocationSource string
	// InvocationLabel names the place in the bot that calls; "" leaves it out.
	InvocationLabel string
	// InputMode is Text, Speech or DTMF, ResponseContentType such as text/plain; "" are Text and text/plain; charset=utf-8.
	InputMode, ResponseContentType string
	SessionID, InputTranscript     string
	// Intent is the intent's name; Slots are its slots, and SessionAttributes the session's. IntentState is InProgress
	// unless set, ConfirmationState None.
	Intent                         string
	Slots                          map[string]*string
	IntentState, ConfirmationState string
	SessionAttributes              map[string]string

	_ struct{}
}

// NewLexV2Bot makes an alias of a bot with a function.
func NewLexV2Bot(bot LexV2BotName, function string, o Options) (*LexV2Bot, error) {
	l, err := newLine(lexV2, o.Identity.ARN("lex", "bot-alias/"+bot.ID+"/"+bot.AliasID), &o)
	if err != nil {
		return nil, err
	}
	arn, err := l.functionARN(function)
	if err != nil {
		return nil, err
	}
	return &LexV2Bot{bot, arn, l}, nil
}

// ARN is the alias's ARN.
func (b *LexV2Bot) ARN() string { return b.line.source }

// Turn calls the function and returns its answer, which has a sessionState with a dialogAction of some type. Errors are
// those of [LexBot.Turn].
func (b *LexV2Bot) Turn(ctx context.Context, turn LexV2Turn) (answer json.RawMessage, err error) {
	if err := checkSource(turn.InvocationSource); err != nil {
		return nil, err
	}
	return b.line.converse(ctx, b.function, b.event(&turn), func(answer []byte) bool {
		var a struct {
			SessionState struct {
				DialogAction struct{ Type string } `json:"dialogAction"`
			} `json:"sessionState"`
		}
		return json.Unmarshal(answer, &a) == nil && a.SessionState.DialogAction.Type != ""
	})
}

// event has the members that AWS's guide lists. Of interpretations and transcriptions there is one each: how sure Lex is
// of them is not modelled.
func (b *LexV2Bot) event(t *LexV2Turn) []byte {
	intent := t.intent()
	o := (&object{}).text("messageVersion", "1.0").text("invocationSource", t.InvocationSource)
	o.text("inputMode", cmp.Or(t.InputMode, "Text"))
	o.text("responseContentType", cmp.Or(t.ResponseContentType, "text/plain; charset=utf-8"))
	o.text("sessionId", t.SessionID).text("inputTranscript", t.InputTranscript).given("invocationLabel", t.InvocationLabel)
	o.raw("bot", (&object{}).text("id", b.bot.ID).text("name", b.bot.Name).text("localeId", b.bot.LocaleID).
		text("version", b.bot.Version).text("aliasId", b.bot.AliasID).text("aliasName", b.bot.AliasName).end())
	interpretation := (&object{}).raw("intent", intent).text("interpretationSource", "Lex").end()
	o.raw("interpretations", append(append([]byte{'['}, interpretation...), ']'))
	state := (&object{}).raw("activeContexts", []byte("[]")).raw("sessionAttributes", encodeTexts(t.SessionAttributes)).raw("intent", intent)
	o.raw("sessionState", state.text("originatingRequestId", b.line.newID("turn")).end())
	transcription := (&object{}).text("transcription", t.InputTranscript).raw("transcriptionConfidence", []byte("1.0")).end()
	return o.raw("transcriptions", append(append([]byte{'['}, transcription...), ']')).end()
}

// slotValue is a slot that has a value.
type slotValue struct {
	Shape string `json:"shape"`
	Value struct {
		OriginalValue    string   `json:"originalValue"`
		InterpretedValue string   `json:"interpretedValue"`
		ResolvedValues   []string `json:"resolvedValues"`
	} `json:"value"`
}

func (t *LexV2Turn) intent() []byte {
	slots := map[string]*slotValue{}
	for name, value := range t.Slots {
		slots[name] = nil
		if value != nil {
			s := &slotValue{Shape: "Scalar"}
			s.Value.OriginalValue, s.Value.InterpretedValue, s.Value.ResolvedValues = *value, *value, []string{*value}
			slots[name] = s
		}
	}
	o := (&object{}).text("name", t.Intent).raw("slots", encodeTexts(slots)).text("state", cmp.Or(t.IntentState, "InProgress"))
	return o.text("confirmationState", cmp.Or(t.ConfirmationState, "None")).end()
}
