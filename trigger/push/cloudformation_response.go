package push

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// maxResponse is how many bytes a custom resource may answer with.
const maxResponse = 4096

// response is a custom resource's answer.
type response struct {
	Status             string
	Reason             string
	PhysicalResourceID string `json:"PhysicalResourceId"`
	StackID            string `json:"StackId"`
	RequestID          string `json:"RequestId"`
	LogicalResourceID  string `json:"LogicalResourceId"`
	NoEcho             bool
	Data               map[string]any
}

func (r *response) attributes() Attributes {
	return Attributes{PhysicalResourceID: r.PhysicalResourceID, Data: r.Data, NoEcho: r.NoEcho}
}

// expecting is a step that waits for its answer.
type expecting struct {
	id, logicalID string
	answer        chan []byte // has room for the one answer that counts: the first
}

// step sends an event and waits for what the function puts to its ResponseURL.
func (s *Stack) step(ctx context.Context, request string, r *resource, old []byte) (response, error) {
	e := &expecting{id: s.line.newID("request"), logicalID: r.set.LogicalID, answer: make(chan []byte, 1)}
	key := s.line.newID("response")
	s.mu.Lock()
	s.awaiting[key] = e
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.awaiting, key)
	}()
	if err := s.line.send(ctx, r.set.ServiceToken, s.event(request, r, old, e.id, s.base+key)); err != nil {
		return response{}, ErrCustomResource.over("Failed to invoke the custom resource: "+err.Error(), err)
	}
	timeout := r.set.ServiceTimeout
	if timeout == 0 {
		timeout = s.line.row.Callback
	}
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case body := <-e.answer:
		return s.read(body, request, r, e)
	case <-timer.C:
		return response{}, ErrCustomResource.because("CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [" + e.id + "]. If you are using the Python cfn-response module, you may need to update your Lambda function code so that CloudFormation can attach the updated version.")
	case <-ctx.Done():
		return response{}, ctx.Err()
	}
}

// read judges an answer. A Create that failed keeps the physical id that it gave, so that it can be deleted.
func (s *Stack) read(body []byte, request string, r *resource, e *expecting) (response, error) {
	answer, err := parseResponse(body)
	if err != nil {
		return response{}, err
	}
	for _, echo := range []struct{ name, got, want string }{
		{"StackId", answer.StackID, s.line.source}, {"RequestId", answer.RequestID, e.id},
		{"LogicalResourceId", answer.LogicalResourceID, e.logicalID},
	} {
		if echo.got != echo.want {
			return response{}, ErrCustomResource.because("Invalid response: " + echo.name + " is not that of the request.")
		}
	}
	if answer.PhysicalResourceID == "" && request == "Delete" {
		answer.PhysicalResourceID = r.physicalID
	}
	switch {
	case answer.Status == "FAILED":
		return answer, ErrCustomResource.because("Received response status [FAILED] from custom resource. Message returned: " +
			answer.Reason + " (RequestId: " + e.id + ")")
	case answer.PhysicalResourceID == "":
		return response{}, ErrCustomResource.because("Invalid PhysicalResourceId.")
	}
	return answer, nil
}

// parseResponse reads what a function has put: at most 4,096 bytes of JSON with a Status.
func parseResponse(body []byte) (response, error) {
	var r response
	if len(body) > maxResponse {
		return r, ErrCustomResource.because("Response object is too long.")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	if err := d.Decode(&r); err != nil || d.More() {
		return response{}, ErrCustomResource.because("Invalid response: it is not a JSON object.")
	}
	if r.Status != "SUCCESS" && r.Status != "FAILED" {
		return response{}, ErrCustomResource.because("Invalid response: Status must be SUCCESS or FAILED.")
	}
	return r, nil
}

// errNoStep is the error of an answer that nobody waits for.
var errNoStep = errors.New("push: no step waits for an answer at this URL")

// Respond delivers a function's answer: the body that it puts to a ResponseURL. Only the first of a step counts. body is
// not kept.
func (s *Stack) Respond(responseURL string, body []byte) error {
	key := responseURL[strings.LastIndexByte(responseURL, '/')+1:]
	key, _, _ = strings.Cut(key, "?")
	s.mu.Lock()
	e := s.awaiting[key]
	s.mu.Unlock()
	if e == nil {
		return errNoStep
	}
	select {
	case e.answer <- bytes.Clone(body):
	default: // answered already
	}
	return nil
}

// ServeHTTP takes the answers that functions put. Like the bucket it stands for, it refuses a Content-Type, which is
// not part of what CloudFormation has signed.
func (s *Stack) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method != http.MethodPut:
		http.Error(w, "MethodNotAllowed", http.StatusMethodNotAllowed)
		return
	case r.Header.Get("Content-Type") != "":
		http.Error(w, "SignatureDoesNotMatch", http.StatusForbidden)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxResponse+1))
	if err != nil {
		http.Error(w, "IncompleteBody", http.StatusBadRequest)
		return
	}
	if err := s.Respond(r.URL.Path, body); err != nil {
		http.Error(w, "AccessDenied", http.StatusForbidden)
	}
}

var _ http.Handler = (*Stack)(nil)
