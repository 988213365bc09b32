package push_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/cfn"
	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lambdakit/lambdakit/trigger/push"
)

// text draws a text with what JSON, HTML and Go write in other ways than others do.
func text(t *rapid.T, name string) string {
	part := rapid.SampledFrom([]string{"a", "B", " ", `"`, `\`, "/", "<&>", "\n", "\x00", "\x1f", "\x7f", "é", "\u2028", "😀", "\ufffd", "{}"})
	return strings.Join(rapid.SliceOfN(part, 0, 6).Draw(t, name), "")
}

func textMap(t *rapid.T, name string) map[string]string {
	m := map[string]string{}
	for range rapid.IntRange(0, 3).Draw(t, name) {
		m[text(t, "key")] = text(t, "value")
	}
	return m
}

// roundTrip decodes an event into aws-lambda-go's type, which must know all its members but those in holes, and encodes
// it again: that is the same event, but for members that are empty, which the types write and leave out as they like.
func roundTrip[T any](t require.TestingT, event string, holes ...string) T {
	require.True(t, utf8.ValidString(event))
	var given map[string]any
	require.NoError(t, json.Unmarshal([]byte(event), &given))
	for _, name := range holes {
		require.Contains(t, given, name)
		delete(given, name)
	}
	known, err := json.Marshal(given)
	require.NoError(t, err)
	var typed T
	d := json.NewDecoder(bytes.NewReader(known))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(&typed), "%s", event)
	again, err := json.Marshal(typed)
	require.NoError(t, err)
	var back any
	require.NoError(t, json.Unmarshal(again, &back))
	require.Equal(t, pruned(given), pruned(back), "%s", event)
	return typed
}

// pruned is a value without empty members; nil if it is empty itself.
func pruned(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, m := range v {
			if m = pruned(m); m == nil {
				delete(v, name)
			} else {
				v[name] = m
			}
		}
		if len(v) == 0 {
			return nil
		}
	case []any:
		for i := range v {
			v[i] = pruned(v[i])
		}
		if len(v) == 0 {
			return nil
		}
	case string:
		if v == "" {
			return nil
		}
		if at, err := time.Parse("2006-01-02T15:04:05.999Z0700", v); err == nil {
			return at.UTC() // however it is written
		}
	case bool, float64:
		if v == false || v == 0.0 {
			return nil
		}
	}
	return v
}

// roundTrips has for every producer that aws-lambda-go has a type for what it does with texts of any kind: it sends an
// event, and what the function finds in the type is what was put in.
var roundTrips = map[string]func(*rapid.T, *fakeLambda){
	"CloudWatch Logs": func(t *rapid.T, fake *fakeLambda) {
		g, err := push.NewLogGroup("/g", options(fake))
		require.NoError(t, err)
		require.NoError(t, g.PutSubscriptionFilter(context.Background(), push.SubscriptionFilter{Name: "s", Function: "f"}))
		stream, message := text(t, "stream"), "m"+text(t, "message")
		g.PutLogEvents(stream, push.LogEvent{Timestamp: time.UnixMilli(7), Message: message})
		data, err := roundTrip[events.CloudwatchLogsEvent](t, fake.last()).AWSLogs.Parse()
		require.NoError(t, err)
		require.Equal(t, events.CloudwatchLogsData{
			Owner: account, LogGroup: "/g", LogStream: stream, SubscriptionFilters: []string{"s"}, MessageType: "DATA_MESSAGE",
			LogEvents: []events.CloudwatchLogsLogEvent{{ID: data.LogEvents[0].ID, Timestamp: 7, Message: message}},
		}, data)
	},
	"Cognito Sync": func(t *rapid.T, fake *fakeLambda) {
		p, err := push.NewIdentityPool("pool", "f", options(fake))
		require.NoError(t, err)
		want := events.CognitoEvent{
			DatasetName: text(t, "dataset"), IdentityID: text(t, "identity"), EventType: "SyncTrigger", IdentityPoolID: "pool", Region: "us-east-1", Version: 2,
			DatasetRecords: map[string]events.CognitoDatasetRecord{},
		}
		records := map[string]push.DatasetRecord{}
		for key, value := range textMap(t, "records") {
			records[key] = push.DatasetRecord{OldValue: value, NewValue: "new" + value, Op: "replace"}
			want.DatasetRecords[key] = events.CognitoDatasetRecord{OldValue: value, NewValue: "new" + value, Op: "replace"}
		}
		back, err := p.Synchronize(context.Background(), want.IdentityID, want.DatasetName, records)
		require.NoError(t, err)
		require.Equal(t, records, back)
		require.Equal(t, want, roundTrip[events.CognitoEvent](t, fake.last()))
	},
	"SES": func(t *rapid.T, fake *fakeLambda) {
		r, err := push.NewReceiptRule("f", "", options(fake))
		require.NoError(t, err)
		m := push.Mail{
			MessageID: "id" + text(t, "id"), Timestamp: time.UnixMilli(rapid.Int64Range(1, 4e12).Draw(t, "time")), Source: text(t, "source"),
			Destination: []string{text(t, "to"), text(t, "to")}, Headers: []push.MailHeader{{Name: text(t, "name"), Value: text(t, "value")}},
			HeadersTruncated: rapid.Bool().Draw(t, "truncated"), ProcessingTime: time.Duration(rapid.IntRange(0, 99).Draw(t, "ms")) * time.Millisecond,
			CommonHeaders: push.CommonHeaders{ReturnPath: text(t, "path"), Date: text(t, "date"), MessageID: text(t, "id"), Subject: text(t, "subject"), From: []string{text(t, "from")}},
			SpamVerdict:   "FAIL", VirusVerdict: "GRAY", SPFVerdict: "PROCESSING_FAILED", DMARCPolicy: text(t, "policy"),
		}
		_, err = r.Receive(context.Background(), m)
		require.NoError(t, err)
		e := roundTrip[events.SimpleEmailEvent](t, fake.last()).Records[0].SES
		require.True(t, m.Timestamp.Equal(e.Mail.Timestamp))
		require.True(t, m.Timestamp.Equal(e.Receipt.Timestamp))
		require.Equal(t, []string{m.MessageID, m.Source}, []string{e.Mail.MessageID, e.Mail.Source})
		require.Equal(t, m.Destination, e.Mail.Destination)
		require.Equal(t, m.Destination, e.Receipt.Recipients)
		require.Equal(t, events.SimpleEmailHeader(m.Headers[0]), e.Mail.Headers[0])
		require.Equal(t, m.HeadersTruncated, e.Mail.HeadersTruncated)
		c := m.CommonHeaders
		require.Equal(t, events.SimpleEmailCommonHeaders{
			From: c.From, To: []string{}, ReturnPath: c.ReturnPath, MessageID: c.MessageID, Date: c.Date, Subject: c.Subject,
		}, e.Mail.CommonHeaders)
		require.Equal(t, m.ProcessingTime.Milliseconds(), e.Receipt.ProcessingTimeMillis)
		require.Equal(t, []string{"FAIL", "GRAY", "PROCESSING_FAILED", "PASS", "PASS", m.DMARCPolicy}, []string{
			e.Receipt.SpamVerdict.Status, e.Receipt.VirusVerdict.Status, e.Receipt.SPFVerdict.Status, e.Receipt.DKIMVerdict.Status,
			e.Receipt.DMARCVerdict.Status, e.Receipt.DMARCPolicy,
		})
	},
	"CodeCommit": func(t *rapid.T, fake *fakeLambda) {
		trigger, custom, user := text(t, "trigger"), text(t, "custom"), text(t, "user")
		r, err := push.NewRepository("r", trigger, "f", custom, options(fake))
		require.NoError(t, err)
		want := events.CodeCommitReference{
			Commit: text(t, "commit"), Ref: text(t, "ref"), Created: rapid.Bool().Draw(t, "created"), Deleted: rapid.Bool().Draw(t, "deleted"),
		}
		require.NoError(t, r.Push(context.Background(), user, push.Reference(want)))
		e := roundTrip[events.CodeCommitEvent](t, fake.last()).Records[0]
		require.Equal(t, []events.CodeCommitReference{want}, e.CodeCommit.References)
		require.Equal(t, []string{trigger, custom, user}, []string{e.EventTriggerName, e.CustomData, e.UserIdentityARN})
	},
	"Config": func(t *rapid.T, fake *fakeLambda) {
		name, role, parameters, found := text(t, "name"), text(t, "role"), textMap(t, "parameters"), textMap(t, "event")
		r, err := push.NewConfigRule(name, "f", role, parameters, options(fake))
		require.NoError(t, err)
		left := rapid.Bool().Draw(t, "left scope")
		token, err := r.Evaluate(context.Background(), found, left)
		require.NoError(t, err)
		e := roundTrip[events.ConfigEvent](t, fake.last())
		require.Equal(t, []string{name, role, token, r.ARN()}, []string{e.ConfigRuleName, e.ExecutionRoleArn, e.ResultToken, e.ConfigRuleArn})
		require.Equal(t, left, e.EventLeftScope)
		for text, want := range map[string]map[string]string{e.RuleParameters: parameters, e.InvokingEvent: found} {
			got := map[string]string{}
			require.NoError(t, json.Unmarshal([]byte(text), &got))
			if text == e.RuleParameters && e.RuleParameters == e.InvokingEvent {
				require.Contains(t, []map[string]string{parameters, found}, got)
				continue
			}
			require.Equal(t, want, got)
		}
	},
	"CloudFormation": func(t *rapid.T, fake *fakeLambda) {
		s := answeringStack(t, fake, "physical")
		id, properties := rapid.StringMatching(`[A-Za-z0-9]{1,9}`).Draw(t, "id"), textMap(t, "properties")
		given := map[string]any{}
		for key, value := range properties {
			given["k"+key] = value
		}
		_, err := s.Create(context.Background(), push.CustomResource{LogicalID: id, Type: "Custom::T", ServiceToken: "f", Properties: given})
		require.NoError(t, err)
		e := roundTrip[cfn.Event](t, fake.last(), "ServiceToken")
		require.Equal(t, id, e.LogicalResourceID)
		delete(e.ResourceProperties, "ServiceToken")
		require.Equal(t, given, e.ResourceProperties)
	},
	"Lex V1": func(t *rapid.T, fake *fakeLambda) {
		fake.answer = returning(`{"dialogAction":{"type":"Delegate"}}`)
		name := push.LexBotName{Name: text(t, "name"), Alias: text(t, "alias"), Version: "1"}
		intent := text(t, "intent")
		b, err := push.NewLexBot(name, intent, "f", options(fake))
		require.NoError(t, err)
		slots := map[string]*string{"none": nil}
		for key, value := range textMap(t, "slots") {
			slots["k"+key] = new("v" + value)
		}
		turn := push.LexTurn{
			InvocationSource: push.FulfillmentCodeHook, UserID: text(t, "user"), InputTranscript: text(t, "transcript"),
			SessionAttributes: textMap(t, "attributes"), Slots: slots, OutputDialogMode: "Voice", ConfirmationStatus: "Denied",
		}
		_, err = b.Turn(context.Background(), turn)
		require.NoError(t, err)
		e := roundTrip[events.LexEvent](t, fake.last())
		require.Equal(t, events.LexEvent{
			MessageVersion: "1.0", InvocationSource: turn.InvocationSource, UserID: turn.UserID, InputTranscript: turn.InputTranscript,
			SessionAttributes: turn.SessionAttributes, OutputDialogMode: "Voice",
			Bot:           &events.LexBot{Name: name.Name, Alias: name.Alias, Version: "1"},
			CurrentIntent: &events.LexCurrentIntent{Name: intent, Slots: slots, ConfirmationStatus: "Denied"},
		}, e)
	},
	"Secrets Manager": func(t *rapid.T, fake *fakeLambda) {
		s, err := push.NewSecret(context.Background(), "s", "f", options(fake))
		require.NoError(t, err)
		token := "t" + text(t, "token")
		_, err = s.RotateSecret(context.Background(), token)
		require.NoError(t, err)
		for _, in := range fake.real() {
			e := roundTrip[events.SecretsManagerSecretRotationEvent](t, string(in.Payload))
			require.Equal(t, []string{token, s.ARN()}, []string{e.ClientRequestToken, e.SecretID})
		}
	},
}

// Whatever the texts of an event, the function finds them in aws-lambda-go's type, and the type knows all of the event.
func TestRoundTrips(t *testing.T) {
	for _, row := range push.Producers() {
		send, ok := roundTrips[row.Name]
		if !ok {
			require.Contains(t, []string{"Cognito user pool", "IoT rule", "Lex V2", "Alexa skill", "Alexa smart home"}, row.Name,
				"aws-lambda-go has no type for others, and user pools have their own test")
			continue
		}
		t.Run(row.Name, rapid.MakeCheck(func(t *rapid.T) { send(t, &fakeLambda{}) }))
	}
}

// userPoolTypes are aws-lambda-go's types by trigger, each with a request in which nothing is empty.
var userPoolTypes = []struct {
	source, version string
	request         any
	roundTrip       func(require.TestingT, string) (header events.CognitoEventUserPoolsHeader, request any)
}{
	{"PreSignUp_SignUp", "1", events.CognitoEventUserPoolsPreSignupRequest{UserAttributes: some, ValidationData: some, ClientMetadata: some}, func(t require.TestingT, s string) (events.CognitoEventUserPoolsHeader, any) {
		e := roundTrip[events.CognitoEventUserPoolsPreSignup](t, s)
		return e.CognitoEventUserPoolsHeader, e.Request
	}},
	{"PostConfirmation_ConfirmSignUp", "1", events.CognitoEventUserPoolsPostConfirmationRequest{UserAttributes: some, ClientMetadata: some}, func(t require.TestingT, s string) (events.CognitoEventUserPoolsHeader, any) {
		e := roundTrip[events.CognitoEventUserPoolsPostConfirmation](t, s)
		return e.CognitoEventUserPoolsHeader, e.Request
	}},
	{"PreAuthentication_Authentication", "1", events.CognitoEventUserPoolsPreAuthenticationRequest{UserAttributes: some, ValidationData: some, UserNotFound: true}, func(t require.TestingT, s string) (events.CognitoEventUserPoolsHeader, any) {
		e := roundTrip[events.CognitoEventUserPoolsPreAuthentication](t, s)
		return e.CognitoEventUserPoolsHeader, e.Request
	}},
	{"PostAuthentication_Authentication", "1", events.CognitoEventUserPoolsPostAuthenticationRequest{NewDeviceUsed: true, UserAttributes: some, ClientMetadata: some}, func(t require.TestingT, s string) (events.CognitoEventUserPoolsHeader, any) {
		e := roundTrip[events.CognitoEventUserPoolsPostAuthentication](t, s)
		return e.CognitoEventUserPoolsHeader, e.Request
	}},
	{"TokenGeneration_HostedAuth", "1", events.CognitoEventUserPoolsPreTokenGenRequest{UserAttributes: some, GroupConfiguration: groups, ClientMetadata: some}, func(t require.TestingT, s string) (events.CognitoEventUserPoolsHeader, any) {
		e := roundTrip[events.CognitoEventUserPoolsPreTokenGen](t, s)
		return e.CognitoEventUserPoolsHeader, e.Request
	}},
	{"TokenGeneration_HostedAuth", "2", events.CognitoEventUserPoolsPreTokenGenRequestV2_0{UserAttributes: some, GroupConfiguration: events.GroupConfigurationV2_0(groups), ClientMetadata: some, Scopes: []string{"s"}}, func(t require.TestingT, s string) (events.CognitoEventUserPoolsHeader, any) {
		e := roundTrip[events.CognitoEventUserPoolsPreTokenGenV2_0](t, s)
		return e.CognitoEventUserPoolsHeader, e.Request
	}},
	{"TokenGeneration_RefreshTokens", "3", events.CognitoEventUserPoolsPreTokenGenRequestV2_0{UserAttributes: some, GroupConfiguration: events.GroupConfigurationV2_0(groups), ClientMetadata: some, Scopes: []string{"s"}}, func(t require.TestingT, s string) (events.CognitoEventUserPoolsHeader, any) {
		e := roundTrip[events.CognitoEventUserPoolsPreTokenGenV2_0](t, s)
		return e.CognitoEventUserPoolsHeader, e.Request
	}},
	{"UserMigration_Authentication", "1", events.CognitoEventUserPoolsMigrateUserRequest{Password: "p", ValidationData: some, ClientMetadata: some}, func(t require.TestingT, s string) (events.CognitoEventUserPoolsHeader, any) {
		e := roundTrip[events.CognitoEventUserPoolsMigrateUser](t, s)
		return e.CognitoEventUserPoolsHeader, e.CognitoEventUserPoolsMigrateUserRequest
	}},
	{"CustomMessage_ForgotPassword", "1", events.CognitoEventUserPoolsCustomMessageRequest{UserAttributes: map[string]any{"k": "v"}, CodeParameter: "{####}", UsernameParameter: "u", ClientMetadata: some}, func(t require.TestingT, s string) (events.CognitoEventUserPoolsHeader, any) {
		e := roundTrip[events.CognitoEventUserPoolsCustomMessage](t, s)
		return e.CognitoEventUserPoolsHeader, e.Request
	}},
	{"DefineAuthChallenge_Authentication", "1", events.CognitoEventUserPoolsDefineAuthChallengeRequest{UserAttributes: some, Session: session, ClientMetadata: some, UserNotFound: true}, func(t require.TestingT, s string) (events.CognitoEventUserPoolsHeader, any) {
		e := roundTrip[events.CognitoEventUserPoolsDefineAuthChallenge](t, s)
		return e.CognitoEventUserPoolsHeader, e.Request
	}},
	{"CreateAuthChallenge_Authentication", "1", events.CognitoEventUserPoolsCreateAuthChallengeRequest{UserAttributes: some, ChallengeName: "c", Session: session, ClientMetadata: some, UserNotFound: true}, func(t require.TestingT, s string) (events.CognitoEventUserPoolsHeader, any) {
		e := roundTrip[events.CognitoEventUserPoolsCreateAuthChallenge](t, s)
		return e.CognitoEventUserPoolsHeader, e.Request
	}},
	{"VerifyAuthChallengeResponse_Authentication", "1", events.CognitoEventUserPoolsVerifyAuthChallengeRequest{UserAttributes: some, PrivateChallengeParameters: some, ChallengeAnswer: "a", ClientMetadata: some, UserNotFound: true}, func(t require.TestingT, s string) (events.CognitoEventUserPoolsHeader, any) {
		e := roundTrip[events.CognitoEventUserPoolsVerifyAuthChallenge](t, s)
		return e.CognitoEventUserPoolsHeader, e.Request
	}},
}

var (
	some    = map[string]string{"k": "<&> \"é\" \u2028"}
	groups  = events.GroupConfiguration{GroupsToOverride: []string{"g"}, IAMRolesToOverride: []string{"r"}, PreferredRole: new("p")}
	session = []*events.CognitoEventUserPoolsChallengeResult{{ChallengeName: "PASSWORD", ChallengeResult: true, ChallengeMetadata: "m"}}
)

// A user pool takes aws-lambda-go's requests for each of its triggers and hands them over whole; the response that it
// starts from has the type's members.
func TestUserPoolRoundTrips(t *testing.T) {
	triggers := map[string]bool{}
	for _, c := range userPoolTypes {
		t.Run(c.source+" "+c.version, func(t *testing.T) {
			fake := &fakeLambda{}
			pool, err := push.NewUserPool("p", options(fake))
			require.NoError(t, err)
			name, _, _ := strings.Cut(c.source, "_")
			if name == "TokenGeneration" {
				name = string(push.PreTokenGeneration)
			}
			triggers[name] = true
			require.NoError(t, pool.SetTrigger(push.UserPoolTrigger(name), "f"))
			_, err = pool.Trigger(t.Context(), push.UserPoolEvent{
				TriggerSource: c.source, Version: c.version, UserName: "ann <\"é\">", ClientID: "c", AWSSDKVersion: "sdk", Request: c.request,
			})
			require.NoError(t, err)
			header, request := c.roundTrip(t, fake.last())
			require.Equal(t, events.CognitoEventUserPoolsHeader{
				Version: c.version, TriggerSource: c.source, Region: "us-east-1", UserPoolID: "p", UserName: "ann <\"é\">",
				CallerContext: events.CognitoEventUserPoolsCallerContext{AWSSDKVersion: "sdk", ClientID: "c"},
			}, header)
			require.Equal(t, c.request, request)
		})
	}
	require.Len(t, triggers, 10, "all triggers")
}

// Where aws-lambda-go has no type, the texts are found at their places in the event.
func TestEventsWithoutAType(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		user, said, locale := text(t, "user"), text(t, "transcript"), "l"+text(t, "locale")
		find := func(fake *fakeLambda, path ...string) string { return member(t, fake.last(), path...) }

		fake := &fakeLambda{answer: returning(`{"response":{},"event":{}}`)}
		skill, err := push.NewSkill("id", "f", options(fake))
		require.NoError(t, err)
		_, err = skill.Ask(context.Background(), push.SkillRequest{Type: push.LaunchRequest, UserID: user, Locale: locale})
		require.NoError(t, err)
		require.Equal(t, user, find(fake, "session", "user", "userId"))
		require.Equal(t, user, find(fake, "context", "System", "user", "userId"))
		require.Equal(t, locale, find(fake, "request", "locale"))
		_, err = skill.Directive(context.Background(), map[string]string{"d": said})
		require.NoError(t, err)
		require.Equal(t, said, find(fake, "directive", "d"))

		fake = &fakeLambda{answer: returning(`{"sessionState":{"dialogAction":{"type":"Close"}}}`)}
		bot, err := push.NewLexV2Bot(push.LexV2BotName{ID: "B", AliasID: "A", Name: user, LocaleID: locale}, "f", options(fake))
		require.NoError(t, err)
		_, err = bot.Turn(context.Background(), push.LexV2Turn{
			InvocationSource: push.DialogCodeHook, SessionID: user, InputTranscript: said, Intent: locale, Slots: map[string]*string{"s": &said, "none": nil},
			SessionAttributes: map[string]string{"k": user},
		})
		require.NoError(t, err)
		require.Equal(t, []string{user, said, user, locale}, []string{
			find(fake, "sessionId"), find(fake, "inputTranscript"), find(fake, "bot", "name"), find(fake, "bot", "localeId"),
		})
		require.Equal(t, []string{locale, said, said, user}, []string{
			find(fake, "interpretations", "intent", "name"), find(fake, "transcriptions", "transcription"),
			find(fake, "sessionState", "intent", "slots", "s", "value", "originalValue"), find(fake, "sessionState", "sessionAttributes", "k"),
		})
	})
}
