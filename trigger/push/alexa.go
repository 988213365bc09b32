package push

import (
	"cmp"
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/lambdakit/lambdakit/internal/stamp"
)

// Skill is an Alexa skill with its function, and one user who talks to it. A session lasts from a launch or an intent to
// an answer that ends it. Alexa waits about 8 s. It is safe for concurrent use, as long as each session is one user's.
type Skill struct {
	id, function string
	line         *line // of custom skills
	home         *line // of smart home skills

	mu         sync.Mutex
	session    string
	attributes json.RawMessage
}

// The types of requests that a skill may be asked.
const (
	LaunchRequest       = "LaunchRequest"
	IntentRequest       = "IntentRequest"
	SessionEndedRequest = "SessionEndedRequest"
)

// SkillRequest is what a user says.
type SkillRequest struct {
	// Type is [LaunchRequest], [IntentRequest] or [SessionEndedRequest]. Those of other interfaces are not modelled.
	Type string
	// Intent is anything that encodes as the intent's JSON, for an IntentRequest and nothing else.
	Intent any
	// Reason is why a session ended, for a SessionEndedRequest and nothing else; "" leaves it out.
	Reason string
	// Locale is en-US unless set.
	Locale string
	// UserID identifies the user.
	UserID string

	_ struct{}
}

// NewSkill makes a skill with that id, which is what a function's policy knows it by (EventSourceToken).
func NewSkill(id, function string, o Options) (*Skill, error) {
	l, err := newLine(alexa, id, &o)
	if err != nil {
		return nil, err
	}
	home, err := newLine(alexaSmartHome, id, &o)
	if err != nil {
		return nil, err
	}
	l.token, home.token = id, id
	arn, err := l.functionARN(function)
	if err != nil {
		return nil, err
	}
	return &Skill{id: id, function: arn, line: l, home: home}, nil
}

// check refuses a request that no user can make.
func (r *SkillRequest) check() error {
	switch r.Type {
	case LaunchRequest, IntentRequest, SessionEndedRequest:
	default:
		return ErrInvalidParameter.because("Request type " + r.Type + " is not supported.")
	}
	if (r.Intent != nil) != (r.Type == IntentRequest) {
		return ErrInvalidParameter.because("An IntentRequest has an Intent, and a " + LaunchRequest + " or " + SessionEndedRequest + " has none.")
	}
	if r.Reason != "" && r.Type != SessionEndedRequest {
		return ErrInvalidParameter.because("Only a SessionEndedRequest has a Reason.")
	}
	return nil
}

// Ask calls the function of a custom skill and returns the response member of its answer. An answer without one, or a
// failure, is an [ErrInvalidResponse]. After a [SessionEndedRequest] the session is over whatever the function answers.
func (s *Skill) Ask(ctx context.Context, r SkillRequest) (response json.RawMessage, err error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	event, err := s.event(time.Now(), &r)
	if err != nil {
		return nil, err
	}
	if r.Type == SessionEndedRequest {
		defer s.endSession()
	}
	answer, err := s.line.call(ctx, s.function, event)
	if err != nil {
		return nil, skillFailed(ctx, err)
	}
	var a struct {
		SessionAttributes json.RawMessage `json:"sessionAttributes"`
		Response          json.RawMessage `json:"response"`
	}
	if json.Unmarshal(answer, &a) != nil || !isObject(a.Response) {
		return nil, ErrInvalidResponse.because("The target Lambda application returned an invalid response")
	}
	s.remember(a.SessionAttributes, a.Response)
	return a.Response, nil
}

func skillFailed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	return ErrInvalidResponse.over("An exception occurred while dispatching the request to the skill: "+failureText(err), err)
}

// remember keeps the session's attributes, or ends it.
func (s *Skill) remember(attributes, response json.RawMessage) {
	var end struct{ ShouldEndSession bool }
	if _ = json.Unmarshal(response, &end); end.ShouldEndSession { // an object: checked
		s.endSession()
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attributes = attributes
}

func (s *Skill) endSession() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.session, s.attributes = "", nil
}

// event makes the request, and opens a session if there is none.
func (s *Skill) event(now time.Time, r *SkillRequest) ([]byte, error) {
	intent, err := encodeObject("The intent", r.Intent)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	opened := s.session == ""
	if opened {
		s.session = "amzn1.echo-api.session." + s.line.newID("session")
	}
	attributes := s.attributes
	if !isObject(attributes) {
		attributes = json.RawMessage(`{}`)
	}
	application := (&object{}).text("applicationId", s.id).end()
	user := (&object{}).text("userId", r.UserID).end()
	session := (&object{}).flag("new", opened).text("sessionId", s.session).raw("application", application)
	session.raw("attributes", attributes).raw("user", user)
	device := (&object{}).raw("supportedInterfaces", []byte("{}")).end()
	system := (&object{}).raw("application", application).raw("user", user).raw("device", device).end()
	request := (&object{}).text("type", r.Type).text("requestId", "amzn1.echo-api.request."+s.line.newID("request"))
	request.text("timestamp", stamp.Seconds(now)).text("locale", cmp.Or(r.Locale, "en-US"))
	if r.Type == IntentRequest {
		request.raw("intent", intent)
	}
	request.given("reason", r.Reason)
	return (&object{}).text("version", "1.0").raw("session", session.end()).
		raw("context", (&object{}).raw("System", system).end()).raw("request", request.end()).end(), nil
}

// Directive calls the function of a smart home skill with a directive, anything that encodes as its JSON, and returns
// the event member of the answer. An answer without one, or a failure, is an [ErrInvalidResponse].
func (s *Skill) Directive(ctx context.Context, directive any) (event json.RawMessage, err error) {
	text, err := encodeObject("A directive", directive)
	if err != nil {
		return nil, err
	}
	answer, err := s.home.call(ctx, s.function, (&object{}).raw("directive", text).end())
	if err != nil {
		return nil, skillFailed(ctx, err)
	}
	var a struct {
		Event json.RawMessage `json:"event"`
	}
	if json.Unmarshal(answer, &a) != nil || !isObject(a.Event) {
		return nil, ErrInvalidResponse.because("The target Lambda application returned an invalid response")
	}
	return a.Event, nil
}
