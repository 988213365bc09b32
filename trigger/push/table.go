package push

import (
	"slices"
	"time"

	"github.com/lambdakit/lambdakit/invoke"
)

// Producer is one row of the table: how a service calls functions.
type Producer struct {
	// Name is the service's.
	Name string
	// Event says what the function gets, Answer what the service does with the result.
	Event, Answer string
	// InvocationType is how it invokes.
	InvocationType invoke.InvocationType
	// Principals are the service as resource policies know it; one of them has to be let. Empty for a service that acts
	// with somebody's role or right.
	Principals []string
	// SourceARN, SourceAccount and EventSourceToken say what else policies are told.
	SourceARN, SourceAccount, EventSourceToken bool
	// Wait is how long it waits for a synchronous answer; 0 for as long as the function takes.
	Wait time.Duration
	// Attempts is how often it makes a synchronous call that gets no answer.
	Attempts int
	// Redelivers is for how long it goes on when Lambda refuses an asynchronous event; 0 for one try.
	Redelivers time.Duration
	// Callback is how long it waits for the answer to an asynchronous event by another way; 0 for none.
	Callback time.Duration

	_ struct{}
}

// The rows.
const (
	logs = iota
	cognito
	cognitoSync
	ses
	iot
	codeCommit
	config
	cloudFormation
	lexV1
	lexV2
	alexa
	alexaSmartHome
	secretsManager
)

// region stands in a principal for the Region of the service.
const region = "<region>"

// producers is the table. Of the figures those of Cognito, CloudWatch Logs, SES and CloudFormation are documented; the
// waits of Lex and Alexa are from memory.
var producers = [...]Producer{
	logs: {
		Name: "CloudWatch Logs", Event: "awslogs.data, gzip and Base64", Answer: "none",
		InvocationType: invoke.Event, Redelivers: 24 * time.Hour,
		Principals: []string{"logs." + region + ".amazonaws.com", "logs.amazonaws.com"}, SourceARN: true, SourceAccount: true,
	},
	cognito: {
		Name: "Cognito user pool", Event: "version, triggerSource, request, response, …", Answer: "the whole event",
		InvocationType: invoke.RequestResponse, Wait: 5 * time.Second, Attempts: 3,
		Principals: []string{"cognito-idp.amazonaws.com"}, SourceARN: true,
	},
	cognitoSync: {
		Name: "Cognito Sync", Event: "datasetName, datasetRecords, …", Answer: "the whole event",
		InvocationType: invoke.RequestResponse, Attempts: 1,
		Principals: []string{"cognito-sync.amazonaws.com"}, SourceARN: true,
	},
	ses: {
		Name: "SES", Event: "Records[0].ses, without the body", Answer: "disposition, if synchronous",
		InvocationType: invoke.Event, Wait: 30 * time.Second, Attempts: 1,
		Principals: []string{"ses.amazonaws.com"}, SourceAccount: true,
	},
	iot: {
		Name: "IoT rule", Event: "the SQL result itself", Answer: "none",
		InvocationType: invoke.Event,
		Principals:     []string{"iot.amazonaws.com"}, SourceARN: true,
	},
	codeCommit: {
		Name: "CodeCommit", Event: "Records[0].codecommit", Answer: "none",
		InvocationType: invoke.Event,
		Principals:     []string{"codecommit.amazonaws.com"}, SourceARN: true,
	},
	config: {
		Name: "Config", Event: "invokingEvent, ruleParameters, …", Answer: "none; the function calls PutEvaluations",
		InvocationType: invoke.Event,
		Principals:     []string{"config.amazonaws.com"}, SourceAccount: true,
	},
	cloudFormation: {
		Name: "CloudFormation", Event: "RequestType, ResponseURL, ResourceProperties, …", Answer: "PUT to ResponseURL",
		InvocationType: invoke.Event, Callback: time.Hour,
	},
	lexV1: {
		Name: "Lex V1", Event: "currentIntent, bot, …", Answer: "dialogAction",
		InvocationType: invoke.RequestResponse, Wait: 30 * time.Second, Attempts: 1,
		Principals: []string{"lex.amazonaws.com"}, SourceARN: true,
	},
	lexV2: {
		Name: "Lex V2", Event: "sessionState, interpretations, bot, …", Answer: "sessionState.dialogAction",
		InvocationType: invoke.RequestResponse, Wait: 30 * time.Second, Attempts: 1,
		Principals: []string{"lexv2.amazonaws.com"}, SourceARN: true,
	},
	alexa: {
		Name: "Alexa skill", Event: "session, context, request", Answer: "response",
		InvocationType: invoke.RequestResponse, Wait: 8 * time.Second, Attempts: 1,
		Principals: []string{"alexa-appkit.amazon.com"}, EventSourceToken: true,
	},
	alexaSmartHome: {
		Name: "Alexa smart home", Event: "directive", Answer: "event",
		InvocationType: invoke.RequestResponse, Wait: 8 * time.Second, Attempts: 1,
		Principals: []string{"alexa-connectedhome.amazon.com"}, EventSourceToken: true,
	},
	secretsManager: {
		Name: "Secrets Manager", Event: "Step, SecretId, ClientRequestToken, RotationToken", Answer: "none; an error ends the rotation",
		InvocationType: invoke.RequestResponse, Attempts: 1,
		Principals: []string{"secretsmanager.amazonaws.com"}, SourceAccount: true,
	},
}

// Producers is the table of the services in this package. The caller owns it.
func Producers() []Producer {
	rows := slices.Clone(producers[:])
	for i := range rows {
		rows[i].Principals = slices.Clone(rows[i].Principals)
	}
	return rows
}
