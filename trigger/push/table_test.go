package push_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/cfn"
	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/trigger/push"
)

// known is what each service of this package calls with: the principal, and whether the policy is told the source's
// ARN, its account, or a token.
var known = map[string]struct {
	kind                   invoke.InvocationType
	principals             string
	source, account, token bool
	shape                  func(*testing.T, *fakeLambda)
}{
	"CloudWatch Logs":   {invoke.Event, "logs.<region>.amazonaws.com logs.amazonaws.com", true, true, false, logsShape},
	"Cognito user pool": {invoke.RequestResponse, "cognito-idp.amazonaws.com", true, false, false, userPoolShape},
	"Cognito Sync":      {invoke.RequestResponse, "cognito-sync.amazonaws.com", true, false, false, identityPoolShape},
	"SES":               {invoke.Event, "ses.amazonaws.com", false, true, false, sesShape},
	"IoT rule":          {invoke.Event, "iot.amazonaws.com", true, false, false, iotShape},
	"CodeCommit":        {invoke.Event, "codecommit.amazonaws.com", true, false, false, codeCommitShape},
	"Config":            {invoke.Event, "config.amazonaws.com", false, true, false, configShape},
	"CloudFormation":    {invoke.Event, "", false, false, false, cloudFormationShape},
	"Lex V1":            {invoke.RequestResponse, "lex.amazonaws.com", true, false, false, lexShape},
	"Lex V2":            {invoke.RequestResponse, "lexv2.amazonaws.com", true, false, false, lexV2Shape},
	"Alexa skill":       {invoke.RequestResponse, "alexa-appkit.amazon.com", false, false, true, alexaShape},
	"Alexa smart home":  {invoke.RequestResponse, "alexa-connectedhome.amazon.com", false, false, true, smartHomeShape},
	"Secrets Manager":   {invoke.RequestResponse, "secretsmanager.amazonaws.com", false, true, false, secretShape},
}

// Every service has a row, with its principal and type, and an event of the right shape, sent as the row says.
func TestProducers(t *testing.T) {
	rows := push.Producers()
	require.Len(t, rows, len(known))
	for i, row := range rows {
		t.Run(row.Name, func(t *testing.T) {
			want, ok := known[row.Name]
			require.True(t, ok, "a row that nobody tests")
			require.Equal(t, want.kind, row.InvocationType)
			require.Equal(t, want.principals, strings.Join(row.Principals, " "))
			require.Equal(t, want.source, row.SourceARN)
			require.Equal(t, want.account, row.SourceAccount)
			require.Equal(t, want.token, row.EventSourceToken)
			require.NotEmpty(t, row.Event)
			require.NotEmpty(t, row.Answer)
			require.Equal(t, row.InvocationType == invoke.RequestResponse || row.Name == "SES", row.Attempts > 0)
			bubble(t, func(t *testing.T) {
				fake := &fakeLambda{}
				want.shape(t, fake)
				require.NotEmpty(t, fake.real())
				for _, in := range fake.all() {
					requireCaller(t, &row, in)
				}
			})
		})
		rows[i].Name = "changed" // the table is not ours
		if len(row.Principals) > 0 {
			rows[i].Principals[0] = "changed"
		}
	}
	require.Equal(t, "CloudWatch Logs", push.Producers()[0].Name)
	require.Equal(t, "logs.<region>.amazonaws.com", push.Producers()[0].Principals[0])
}

func requireCaller(t *testing.T, row *push.Producer, in invoke.Input) {
	t.Helper()
	require.Equal(t, "arn:aws:lambda:us-east-1:123456789012:function:f", in.FunctionName)
	if in.InvocationType != invoke.DryRun {
		kind := in.InvocationType
		if kind == "" {
			kind = invoke.RequestResponse
		}
		require.Equal(t, row.InvocationType, kind)
	}
	if len(row.Principals) == 0 {
		require.Nil(t, in.Caller)
		return
	}
	require.Equal(t, strings.Replace(row.Principals[0], "<region>", "us-east-1", 1), in.Caller.Principal)
	require.Equal(t, row.SourceARN, in.Caller.SourceARN != "")
	require.Equal(t, row.SourceAccount, in.Caller.SourceAccount == account)
	require.Equal(t, row.EventSourceToken, in.Caller.EventSourceToken != "")
}

// The documented figures.
func TestFigures(t *testing.T) {
	by := map[string]push.Producer{}
	for _, row := range push.Producers() {
		by[row.Name] = row
	}
	require.Equal(t, 24*time.Hour, by["CloudWatch Logs"].Redelivers)
	require.Equal(t, 5*time.Second, by["Cognito user pool"].Wait)
	require.Equal(t, 3, by["Cognito user pool"].Attempts)
	require.Equal(t, 30*time.Second, by["SES"].Wait)
	require.Equal(t, time.Hour, by["CloudFormation"].Callback)
}

func logsShape(t *testing.T, fake *fakeLambda) {
	g, err := push.NewLogGroup("/app", options(fake))
	require.NoError(t, err)
	require.Equal(t, "arn:aws:logs:us-east-1:123456789012:log-group:/app:*", g.ARN())
	require.NoError(t, g.PutSubscriptionFilter(t.Context(), push.SubscriptionFilter{Name: "all", Function: "f"}))
	g.PutLogEvents("stream", push.LogEvent{Timestamp: time.UnixMilli(1552518348220), Message: "a <b> \"c\""})
	var e events.CloudwatchLogsEvent
	require.NoError(t, json.Unmarshal([]byte(fake.last()), &e))
	data, err := e.AWSLogs.Parse()
	require.NoError(t, err)
	require.Len(t, data.LogEvents[0].ID, 56)
	require.Equal(t, fmt.Sprintf(`{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"/app","logStream":"stream",`+
		`"subscriptionFilters":["all"],"logEvents":[{"id":"%s","timestamp":1552518348220,"message":"a <b> \"c\""}]}`, data.LogEvents[0].ID),
		document(t, fake.last()))

	require.NoError(t, g.Probe("all"))
	require.Equal(t, `{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","subscriptionFilters":[],`+
		`"logEvents":[{"id":"","timestamp":946684800000,"message":"CWL CONTROL MESSAGE: Checking health of destination Lambda."}]}`,
		document(t, fake.last()))
}

func userPoolShape(t *testing.T, fake *fakeLambda) {
	p, err := push.NewUserPool("us-east-1_abc", options(fake))
	require.NoError(t, err)
	require.Equal(t, "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_abc", p.ARN())
	require.NoError(t, p.SetTrigger(push.PreSignUp, "f"))
	response, err := p.Trigger(t.Context(), push.UserPoolEvent{
		TriggerSource: "PreSignUp_SignUp", UserName: "ann", ClientID: "c",
		Request: map[string]any{"userAttributes": map[string]string{"email": "a@b"}},
	})
	require.NoError(t, err)
	require.Equal(t, `{"version":"1","triggerSource":"PreSignUp_SignUp","region":"us-east-1","userPoolId":"us-east-1_abc","userName":"ann",`+
		`"callerContext":{"awsSdkVersion":"aws-sdk-unknown-unknown","clientId":"c"},"request":{"userAttributes":{"email":"a@b"}},`+
		`"response":{"autoConfirmUser":false,"autoVerifyEmail":false,"autoVerifyPhone":false}}`, fake.last())
	require.JSONEq(t, `{"autoConfirmUser":false,"autoVerifyEmail":false,"autoVerifyPhone":false}`, string(response))
	var e events.CognitoEventUserPoolsPreSignup
	require.NoError(t, json.Unmarshal([]byte(fake.last()), &e))
	require.Equal(t, "a@b", e.Request.UserAttributes["email"])
	require.Equal(t, "us-east-1_abc", e.UserPoolID)
}

func identityPoolShape(t *testing.T, fake *fakeLambda) {
	p, err := push.NewIdentityPool("us-east-1:id", "f", options(fake))
	require.NoError(t, err)
	require.Equal(t, "arn:aws:cognito-identity:us-east-1:123456789012:identitypool/us-east-1:id", p.ARN())
	records := map[string]push.DatasetRecord{"b": {OldValue: "1", NewValue: "2", Op: "replace"}, "a": {OldValue: "x", Op: "remove"}}
	back, err := p.Synchronize(t.Context(), "me", "settings", records)
	require.NoError(t, err)
	require.Equal(t, records, back)
	require.Equal(t, `{"datasetName":"settings","eventType":"SyncTrigger","region":"us-east-1","identityId":"me","datasetRecords":{`+
		`"a":{"newValue":"","oldValue":"x","op":"remove"},"b":{"newValue":"2","oldValue":"1","op":"replace"}},`+
		`"identityPoolId":"us-east-1:id","version":2}`, fake.last())
	var e events.CognitoEvent
	require.NoError(t, json.Unmarshal([]byte(fake.last()), &e))
	require.Equal(t, "2", e.DatasetRecords["b"].NewValue)
	require.Equal(t, 2, e.Version)
}

func sesShape(t *testing.T, fake *fakeLambda) {
	r, err := push.NewReceiptRule("f", "", options(fake))
	require.NoError(t, err)
	disposition, err := r.Receive(t.Context(), push.Mail{
		MessageID: "id", Source: "a@b", Destination: []string{"c@d", "e@f"}, Headers: []push.MailHeader{{"Subject", "Hi"}},
		CommonHeaders: push.CommonHeaders{From: []string{"a@b"}, To: []string{"c@d"}, Subject: "Hi", MessageID: "<1>", Date: "now", ReturnPath: "a@b"},
		DMARCVerdict:  "FAIL", DMARCPolicy: "reject", ProcessingTime: 574 * time.Millisecond,
	})
	require.NoError(t, err)
	require.Equal(t, push.Continue, disposition)
	require.Equal(t, `{"Records":[{"eventSource":"aws:ses","eventVersion":"1.0","ses":{"mail":{"timestamp":"2000-01-01T00:00:00.000Z",`+
		`"source":"a@b","messageId":"id","destination":["c@d","e@f"],"headersTruncated":false,"headers":[{"name":"Subject","value":"Hi"}],`+
		`"commonHeaders":{"returnPath":"a@b","from":["a@b"],"date":"now","to":["c@d"],"messageId":"<1>","subject":"Hi"}},`+
		`"receipt":{"timestamp":"2000-01-01T00:00:00.000Z","processingTimeMillis":574,"recipients":["c@d","e@f"],`+
		`"spamVerdict":{"status":"PASS"},"virusVerdict":{"status":"PASS"},"spfVerdict":{"status":"PASS"},"dkimVerdict":{"status":"PASS"},`+
		`"dmarcVerdict":{"status":"FAIL"},"dmarcPolicy":"reject",`+
		`"action":{"type":"Lambda","functionArn":"arn:aws:lambda:us-east-1:123456789012:function:f","invocationType":"Event"}}}}]}`, fake.last())
	var e events.SimpleEmailEvent
	require.NoError(t, json.Unmarshal([]byte(fake.last()), &e))
	require.Equal(t, "Hi", e.Records[0].SES.Mail.CommonHeaders.Subject)
	require.Equal(t, "Event", e.Records[0].SES.Receipt.Action.InvocationType)

	_, err = r.Receive(t.Context(), push.Mail{Destination: []string{"x"}, Recipients: []string{}, CommonHeaders: push.CommonHeaders{Cc: []string{"y"}}})
	require.NoError(t, err)
	require.Len(t, member(t, fake.last(), "Records", "ses", "mail", "messageId"), 36)
	require.Contains(t, fake.last(), `"recipients":[]`)
	require.Contains(t, fake.last(), `"cc":["y"]`)
}

func iotShape(t *testing.T, fake *fakeLambda) {
	r, err := push.NewTopicRule("temperature", "f", options(fake))
	require.NoError(t, err)
	require.Equal(t, "arn:aws:iot:us-east-1:123456789012:rule/temperature", r.ARN())
	result := []byte(`{"celsius": 21.50}`)
	require.NoError(t, r.Publish(t.Context(), result))
	result[0] = '!'
	require.Equal(t, `{"celsius": 21.50}`, fake.last())
	require.ErrorIs(t, r.Publish(t.Context(), []byte("{")), push.ErrInvalidParameter)
}

func codeCommitShape(t *testing.T, fake *fakeLambda) {
	r, err := push.NewRepository("repo", "on-push", "f", "my data", options(fake))
	require.NoError(t, err)
	require.Equal(t, "arn:aws:codecommit:us-east-1:123456789012:repo", r.ARN())
	time.Sleep(25400 * time.Millisecond)
	require.NoError(t, r.Push(t.Context(), "arn:aws:iam::123456789012:user/ann",
		push.Reference{Commit: "c1", Ref: "refs/heads/main"}, push.Reference{Commit: "c2", Ref: "refs/tags/v1", Created: true}, push.Reference{Commit: "c3", Ref: "refs/heads/old", Deleted: true}))
	id, config := member(t, fake.last(), "Records", "eventId"), member(t, fake.last(), "Records", "eventTriggerConfigId")
	require.NotEqual(t, id, config)
	require.Equal(t, `{"Records":[{"eventId":"`+id+`","eventVersion":"1.0","eventTime":"2000-01-01T00:00:25.400+0000","eventTriggerName":"on-push",`+
		`"eventPartNumber":1,"codecommit":{"references":[{"commit":"c1","ref":"refs/heads/main"},{"commit":"c2","ref":"refs/tags/v1","created":true},`+
		`{"commit":"c3","ref":"refs/heads/old","deleted":true}]},"eventName":"ReferenceChanges","eventTriggerConfigId":"`+config+`",`+
		`"eventSourceARN":"arn:aws:codecommit:us-east-1:123456789012:repo","userIdentityARN":"arn:aws:iam::123456789012:user/ann",`+
		`"eventSource":"aws:codecommit","awsRegion":"us-east-1","eventTotalParts":1,"customData":"my data"}]}`, fake.last())
	var e events.CodeCommitEvent
	require.NoError(t, json.Unmarshal([]byte(fake.last()), &e))
	require.True(t, time.Now().Equal(time.Time(e.Records[0].EventTime)))
	require.True(t, e.Records[0].CodeCommit.References[1].Created)
}

func configShape(t *testing.T, fake *fakeLambda) {
	r, err := push.NewConfigRule("encrypted", "f", "arn:aws:iam::123456789012:role/config", map[string]string{"k": "<v>"}, options(fake))
	require.NoError(t, err)
	token, err := r.Evaluate(t.Context(), map[string]any{"messageType": "ScheduledNotification"}, false)
	require.NoError(t, err)
	id := strings.TrimPrefix(r.ARN(), "arn:aws:config:us-east-1:123456789012:config-rule/")
	require.Regexp(t, `^config-rule-[0-9a-f]{6}$`, id)
	require.Equal(t, `{"version":"1.0","invokingEvent":"{\"messageType\":\"ScheduledNotification\"}","ruleParameters":"{\"k\":\"<v>\"}",`+
		`"resultToken":"`+token+`","eventLeftScope":false,"executionRoleArn":"arn:aws:iam::123456789012:role/config","configRuleArn":"`+r.ARN()+`",`+
		`"configRuleName":"encrypted","configRuleId":"`+id+`","accountId":"123456789012"}`, fake.last())
	var e events.ConfigEvent
	require.NoError(t, json.Unmarshal([]byte(fake.last()), &e))
	require.Equal(t, token, e.ResultToken)
}

func cloudFormationShape(t *testing.T, fake *fakeLambda) {
	s := answeringStack(t, fake, "phys")
	_, err := s.Create(t.Context(), push.CustomResource{
		LogicalID: "Bucket", Type: "Custom::Bucket", ServiceToken: "f", ServiceTimeout: time.Minute,
		Properties: map[string]any{"Count": 7, "On": true, "List": []any{1.5, "x", map[string]any{"n": 2}}},
	})
	require.NoError(t, err)
	url, id := member(t, fake.last(), "ResponseURL"), member(t, fake.last(), "RequestId")
	const properties = `{"Count":"7","List":["1.5","x",{"n":"2"}],"On":"true","ServiceTimeout":"60","ServiceToken":"arn:aws:lambda:us-east-1:123456789012:function:f"}`
	require.Equal(t, `{"RequestType":"Create","ServiceToken":"arn:aws:lambda:us-east-1:123456789012:function:f","ResponseURL":"`+url+`",`+
		`"StackId":"`+s.ARN()+`","RequestId":"`+id+`","LogicalResourceId":"Bucket","ResourceType":"Custom::Bucket","ResourceProperties":`+properties+`}`, fake.last())
	var e cfn.Event
	require.NoError(t, json.Unmarshal([]byte(fake.last()), &e))
	require.Equal(t, cfn.RequestCreate, e.RequestType)

	_, err = s.Update(t.Context(), push.CustomResource{LogicalID: "Bucket", Type: "Custom::Bucket", ServiceToken: "f"})
	require.NoError(t, err)
	url, id = member(t, fake.last(), "ResponseURL"), member(t, fake.last(), "RequestId")
	require.Equal(t, `{"RequestType":"Update","ServiceToken":"arn:aws:lambda:us-east-1:123456789012:function:f","ResponseURL":"`+url+`",`+
		`"StackId":"`+s.ARN()+`","RequestId":"`+id+`","LogicalResourceId":"Bucket","PhysicalResourceId":"phys","ResourceType":"Custom::Bucket",`+
		`"ResourceProperties":{"ServiceToken":"arn:aws:lambda:us-east-1:123456789012:function:f"},"OldResourceProperties":`+properties+`}`, fake.last())
	require.NoError(t, s.Delete(t.Context(), "Bucket"))
	require.Equal(t, "Delete", member(t, fake.last(), "RequestType"))
	require.Equal(t, "phys", member(t, fake.last(), "PhysicalResourceId"))
	require.NotContains(t, fake.last(), "OldResourceProperties")
}

func lexShape(t *testing.T, fake *fakeLambda) {
	fake.answer = returning(`{"sessionAttributes":{},"dialogAction":{"type":"Delegate"}}`)
	b, err := push.NewLexBot(push.LexBotName{Name: "shop", Alias: "prod", Version: "3"}, "Order", "f", options(fake))
	require.NoError(t, err)
	require.Equal(t, "arn:aws:lex:us-east-1:123456789012:intent:Order:3", b.ARN())
	answer, err := b.Turn(t.Context(), push.LexTurn{
		InvocationSource: push.DialogCodeHook, UserID: "u", InputTranscript: "two roses", Slots: map[string]*string{"n": new("2"), "colour": nil},
	})
	require.NoError(t, err)
	require.JSONEq(t, `{"sessionAttributes":{},"dialogAction":{"type":"Delegate"}}`, string(answer))
	require.Equal(t, `{"messageVersion":"1.0","invocationSource":"DialogCodeHook","userId":"u","sessionAttributes":{},`+
		`"bot":{"name":"shop","alias":"prod","version":"3"},"outputDialogMode":"Text",`+
		`"currentIntent":{"name":"Order","slots":{"colour":null,"n":"2"},"confirmationStatus":"None"},"inputTranscript":"two roses"}`, fake.last())
	var e events.LexEvent
	require.NoError(t, json.Unmarshal([]byte(fake.last()), &e))
	require.Equal(t, "2", *e.CurrentIntent.Slots["n"])
}

func lexV2Shape(t *testing.T, fake *fakeLambda) {
	fake.answer = returning(`{"sessionState":{"dialogAction":{"type":"Close"}}}`)
	b, err := push.NewLexV2Bot(push.LexV2BotName{ID: "B", Name: "shop", AliasID: "A", AliasName: "prod", LocaleID: "en_US", Version: "1"}, "f", options(fake))
	require.NoError(t, err)
	require.Equal(t, "arn:aws:lex:us-east-1:123456789012:bot-alias/B/A", b.ARN())
	_, err = b.Turn(t.Context(), push.LexV2Turn{
		InvocationSource: push.FulfillmentCodeHook, SessionID: "s", InputTranscript: "two", Intent: "Order", Slots: map[string]*string{"n": new("2"), "c": nil},
	})
	require.NoError(t, err)
	id := member(t, fake.last(), "sessionState", "originatingRequestId")
	const intent = `{"name":"Order","slots":{"c":null,"n":{"shape":"Scalar","value":{"originalValue":"2","interpretedValue":"2","resolvedValues":["2"]}}},"state":"InProgress","confirmationState":"None"}`
	require.Equal(t, `{"messageVersion":"1.0","invocationSource":"FulfillmentCodeHook","inputMode":"Text","responseContentType":"text/plain; charset=utf-8",`+
		`"sessionId":"s","inputTranscript":"two","bot":{"id":"B","name":"shop","localeId":"en_US","version":"1","aliasId":"A","aliasName":"prod"},`+
		`"interpretations":[{"intent":`+intent+`,"interpretationSource":"Lex"}],"sessionState":{"activeContexts":[],"sessionAttributes":{},"intent":`+intent+
		`,"originatingRequestId":"`+id+`"},"transcriptions":[{"transcription":"two","transcriptionConfidence":1.0}]}`, fake.last())
}

func alexaShape(t *testing.T, fake *fakeLambda) {
	fake.answer = returning(`{"version":"1.0","sessionAttributes":{"n":1},"response":{"shouldEndSession":false}}`)
	s, err := push.NewSkill("amzn1.ask.skill.1", "f", options(fake))
	require.NoError(t, err)
	response, err := s.Ask(t.Context(), push.SkillRequest{Type: "LaunchRequest", UserID: "u"})
	require.NoError(t, err)
	require.JSONEq(t, `{"shouldEndSession":false}`, string(response))
	session, request := member(t, fake.last(), "session", "sessionId"), member(t, fake.last(), "request", "requestId")
	want := func(first bool, session, request, attributes, rest string) string {
		return fmt.Sprintf(`{"version":"1.0","session":{"new":%t,"sessionId":"%s","application":{"applicationId":"amzn1.ask.skill.1"},"attributes":%s,"user":{"userId":"u"}},`+
			`"context":{"System":{"application":{"applicationId":"amzn1.ask.skill.1"},"user":{"userId":"u"},"device":{"supportedInterfaces":{}}}},`+
			`"request":{%s,"requestId":"%s","timestamp":"2000-01-01T00:00:00Z","locale":"en-US"%s}}`,
			first, session, attributes, strings.SplitN(rest, "|", 2)[0], request, strings.SplitN(rest, "|", 2)[1])
	}
	require.Equal(t, want(true, session, request, `{}`, `"type":"LaunchRequest"|`), fake.last())

	_, err = s.Ask(t.Context(), push.SkillRequest{Type: "IntentRequest", UserID: "u", Intent: map[string]string{"name": "Hi"}})
	require.NoError(t, err)
	request = member(t, fake.last(), "request", "requestId")
	require.Equal(t, want(false, session, request, `{"n":1}`, `"type":"IntentRequest"|,"intent":{"name":"Hi"}`), fake.last())

	_, err = s.Ask(t.Context(), push.SkillRequest{Type: "SessionEndedRequest", UserID: "u", Reason: "USER_INITIATED"})
	require.NoError(t, err)
	require.Contains(t, fake.last(), `"reason":"USER_INITIATED"`)
	_, err = s.Ask(t.Context(), push.SkillRequest{Type: "LaunchRequest", UserID: "u"})
	require.NoError(t, err)
	require.NotEqual(t, session, member(t, fake.last(), "session", "sessionId"), "a new session")
	require.Contains(t, fake.last(), `"new":true`)
	require.Contains(t, fake.last(), `"attributes":{}`)
}

func smartHomeShape(t *testing.T, fake *fakeLambda) {
	fake.answer = returning(`{"event":{"header":{"name":"Response"}}}`)
	s, err := push.NewSkill("amzn1.ask.skill.1", "f", options(fake))
	require.NoError(t, err)
	event, err := s.Directive(t.Context(), map[string]any{"header": map[string]string{"name": "TurnOn"}})
	require.NoError(t, err)
	require.JSONEq(t, `{"header":{"name":"Response"}}`, string(event))
	require.Equal(t, `{"directive":{"header":{"name":"TurnOn"}}}`, fake.last())
}

func secretShape(t *testing.T, fake *fakeLambda) {
	s, err := push.NewSecret(t.Context(), "db", "f", options(fake))
	require.NoError(t, err)
	require.Regexp(t, `^arn:aws:secretsmanager:us-east-1:123456789012:secret:db-[0-9a-f]{6}$`, s.ARN())
	token, err := s.RotateSecret(t.Context(), "")
	require.NoError(t, err)
	calls := fake.real()
	require.Len(t, calls, 4)
	rotation := member(t, string(calls[0].Payload), "RotationToken")
	for i, step := range []string{"createSecret", "setSecret", "testSecret", "finishSecret"} {
		require.Equal(t, `{"Step":"`+step+`","SecretId":"`+s.ARN()+`","ClientRequestToken":"`+token+`","RotationToken":"`+rotation+`"}`, string(calls[i].Payload))
		var e events.SecretsManagerSecretRotationEvent
		require.NoError(t, json.Unmarshal(calls[i].Payload, &e))
		require.Equal(t, token, e.ClientRequestToken)
	}
}
