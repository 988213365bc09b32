package push

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"sync"

	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/trigger/internal/redeliver"
)

// UserPoolTrigger is one of the places at which a Cognito user pool calls a function.
type UserPoolTrigger string

// The triggers. Custom senders and inbound federation are not modelled.
const (
	PreSignUp                   UserPoolTrigger = "PreSignUp"
	PostConfirmation            UserPoolTrigger = "PostConfirmation"
	PreAuthentication           UserPoolTrigger = "PreAuthentication"
	PostAuthentication          UserPoolTrigger = "PostAuthentication"
	PreTokenGeneration          UserPoolTrigger = "PreTokenGeneration"
	UserMigration               UserPoolTrigger = "UserMigration"
	CustomMessage               UserPoolTrigger = "CustomMessage"
	DefineAuthChallenge         UserPoolTrigger = "DefineAuthChallenge"
	CreateAuthChallenge         UserPoolTrigger = "CreateAuthChallenge"
	VerifyAuthChallengeResponse UserPoolTrigger = "VerifyAuthChallengeResponse"
)

// triggerSources are the operations that call each trigger.
var triggerSources = map[string]UserPoolTrigger{
	"PreSignUp_SignUp":                           PreSignUp,
	"PreSignUp_AdminCreateUser":                  PreSignUp,
	"PreSignUp_ExternalProvider":                 PreSignUp,
	"PostConfirmation_ConfirmSignUp":             PostConfirmation,
	"PostConfirmation_ConfirmForgotPassword":     PostConfirmation,
	"PreAuthentication_Authentication":           PreAuthentication,
	"PostAuthentication_Authentication":          PostAuthentication,
	"TokenGeneration_HostedAuth":                 PreTokenGeneration,
	"TokenGeneration_Authentication":             PreTokenGeneration,
	"TokenGeneration_NewPasswordChallenge":       PreTokenGeneration,
	"TokenGeneration_AuthenticateDevice":         PreTokenGeneration,
	"TokenGeneration_RefreshTokens":              PreTokenGeneration,
	"UserMigration_Authentication":               UserMigration,
	"UserMigration_ForgotPassword":               UserMigration,
	"CustomMessage_SignUp":                       CustomMessage,
	"CustomMessage_AdminCreateUser":              CustomMessage,
	"CustomMessage_ResendCode":                   CustomMessage,
	"CustomMessage_ForgotPassword":               CustomMessage,
	"CustomMessage_UpdateUserAttribute":          CustomMessage,
	"CustomMessage_VerifyUserAttribute":          CustomMessage,
	"CustomMessage_Authentication":               CustomMessage,
	"DefineAuthChallenge_Authentication":         DefineAuthChallenge,
	"CreateAuthChallenge_Authentication":         CreateAuthChallenge,
	"VerifyAuthChallengeResponse_Authentication": VerifyAuthChallengeResponse,
}

// UserPool is a Cognito user pool as far as its triggers go. It calls them synchronously, waits 5 s for each answer and
// tries three times. It is safe for concurrent use.
type UserPool struct {
	id   string
	line *line

	mu       sync.Mutex
	triggers map[UserPoolTrigger]string // function ARNs
}

// UserPoolEvent is what a trigger is called with.
type UserPoolEvent struct {
	// TriggerSource is the operation, such as PreSignUp_SignUp. It tells the trigger.
	TriggerSource string
	// Version is "1" unless set; PreTokenGeneration also has "2" and "3", the others do not.
	Version string
	// UserName, ClientID and AWSSDKVersion describe the caller; "" for the last is aws-sdk-unknown-unknown.
	UserName, ClientID, AWSSDKVersion string
	// Request and Response are the members of that name: anything that encodes as a JSON object, such as aws-lambda-go's
	// types. A nil Response is the one that the pool starts from.
	Request, Response any

	_ struct{}
}

// NewUserPool makes a user pool with that id, such as us-east-1_abc.
func NewUserPool(id string, o Options) (*UserPool, error) {
	if id == "" {
		return nil, ErrInvalidParameter.because("A user pool needs an id.")
	}
	l, err := newLine(cognito, o.Identity.ARN("cognito-idp", "userpool/"+id), &o)
	if err != nil {
		return nil, err
	}
	return &UserPool{id: id, line: l, triggers: map[UserPoolTrigger]string{}}, nil
}

// ARN is the pool's ARN.
func (p *UserPool) ARN() string { return p.line.source }

// SetTrigger makes a function, by name or ARN, the pool's for a trigger; "" takes it away.
func (p *UserPool) SetTrigger(t UserPoolTrigger, function string) error {
	if !t.known() {
		return ErrInvalidParameter.because("Trigger " + string(t) + " is not supported.")
	}
	arn := ""
	if function != "" {
		var err error
		if arn, err = p.line.functionARN(function); err != nil {
			return err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.triggers[t] = arn
	return nil
}

func (t UserPoolTrigger) known() bool {
	for _, known := range triggerSources {
		if t == known {
			return true
		}
	}
	return false
}

// Trigger calls the function of an operation's trigger and returns the response member of what it returned. A trigger
// without a function changes nothing: then it is the event's own. An [*Error] has Cognito's texts.
func (p *UserPool) Trigger(ctx context.Context, e UserPoolEvent) (response json.RawMessage, err error) {
	trigger, ok := triggerSources[e.TriggerSource]
	if !ok {
		return nil, ErrInvalidParameter.because("Trigger source " + e.TriggerSource + " is not supported.")
	}
	event, response, err := p.event(trigger, &e)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	function := p.triggers[trigger]
	p.mu.Unlock()
	if function == "" {
		return response, nil
	}
	answer, err := p.line.call(ctx, function, event)
	if err != nil {
		return nil, triggerFailed(ctx, trigger, err)
	}
	return readTrigger(answer)
}

// event is what the function gets, and the response in it.
func (p *UserPool) event(t UserPoolTrigger, e *UserPoolEvent) (event []byte, response json.RawMessage, err error) {
	version := cmp.Or(e.Version, "1")
	if version != "1" && (t != PreTokenGeneration || version != "2" && version != "3") {
		return nil, nil, ErrInvalidParameter.because("Version " + version + " of trigger " + string(t) + " is not supported.")
	}
	request, err := encodeObject("The request", e.Request)
	if err != nil {
		return nil, nil, err
	}
	if response, err = encodeObject("The response", e.Response); err != nil {
		return nil, nil, err
	}
	if e.Response == nil {
		response = t.startsFrom(version)
	}
	o := &object{}
	o.text("version", version).text("triggerSource", e.TriggerSource).text("region", p.line.identity.Region)
	o.text("userPoolId", p.id).text("userName", e.UserName)
	caller := &object{}
	caller.text("awsSdkVersion", cmp.Or(e.AWSSDKVersion, "aws-sdk-unknown-unknown")).text("clientId", e.ClientID)
	return o.raw("callerContext", caller.end()).raw("request", request).raw("response", response).end(), response, nil
}

// startsFrom is the response that a function finds in its event. Those with members are documented.
func (t UserPoolTrigger) startsFrom(version string) json.RawMessage {
	switch t {
	case PreSignUp:
		return json.RawMessage(`{"autoConfirmUser":false,"autoVerifyEmail":false,"autoVerifyPhone":false}`)
	case PreTokenGeneration:
		if version == "1" {
			return json.RawMessage(`{"claimsOverrideDetails":null}`)
		}
		return json.RawMessage(`{"claimsAndScopeOverrideDetails":null}`)
	case CustomMessage:
		return json.RawMessage(`{"smsMessage":null,"emailMessage":null,"emailSubject":null}`)
	case DefineAuthChallenge:
		return json.RawMessage(`{"challengeName":null,"issueTokens":null,"failAuthentication":null}`)
	case CreateAuthChallenge:
		return json.RawMessage(`{"publicChallengeParameters":null,"privateChallengeParameters":null,"challengeMetadata":null}`)
	case VerifyAuthChallengeResponse:
		return json.RawMessage(`{"answerCorrect":null}`)
	}
	return json.RawMessage(`{}`)
}

// readTrigger takes the response out of the event that came back. That it must have the members of the event is as far
// as what counts as the whole event is known.
func readTrigger(answer []byte) (json.RawMessage, error) {
	var members map[string]json.RawMessage
	if json.Unmarshal(answer, &members) == nil {
		whole := true
		for _, name := range []string{"version", "triggerSource", "region", "userPoolId", "userName", "request", "response"} {
			_, ok := members[name]
			whole = whole && ok
		}
		if whole && isObject(members["response"]) {
			return members["response"], nil
		}
	}
	return nil, ErrInvalidLambdaResponse.because("Unrecognizable lambda output")
}

// triggerFailed says in Cognito's words why there is no answer. The text of a time-out is from memory.
func triggerFailed(ctx context.Context, t UserPoolTrigger, err error) error {
	if ctx.Err() != nil {
		return err
	}
	if failure, ok := errors.AsType[*lambda.FunctionError](err); ok {
		return ErrUserLambdaValidation.over(string(t)+" failed with error "+failure.Message+".", err)
	}
	reason := cmp.Or(redeliver.CodeOf(err), "InternalErrorException")
	if errors.Is(err, errTimeout) {
		reason = "Socket timeout while invoking Lambda function"
	}
	return ErrUnexpectedLambda.over(string(t)+" invocation failed due to error "+reason+".", err)
}
