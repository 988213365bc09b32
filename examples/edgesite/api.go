package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/lambdakit/lambdakit/edge"
	"github.com/lambdakit/lambdakit/eventsource"
	"github.com/lambdakit/lambdakit/eventsource/dynamodb"
	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
)

// replication is longer than a change takes from one table to the other.
const replication = 300 * time.Millisecond

// api is the table of votes where it is written, its replica where the function runs, and what keeps the two alike.
type api struct {
	home, replica *dynamodb.Table
	mapping       *eventsource.Mapping
}

// newAPI deploys the API's function and the function that replicates.
func newAPI(svc *invoke.Service) (*api, error) {
	a := &api{home: table("eu-west-1"), replica: table("us-east-1")}
	if err := svc.Deploy(lambda.Config{Name: "api"}, lambda.Handler(a.serve)); err != nil {
		return nil, err
	}
	if _, err := svc.PublishVersion("api"); err != nil { // an edge function is a numbered version: api:1
		return nil, err
	}
	if err := svc.Deploy(lambda.Config{Name: "replicate"}, lambda.Handler(a.replicate)); err != nil {
		return nil, err
	}
	var err error
	a.mapping, err = eventsource.NewMapping(svc, a.home, eventsource.Config{FunctionName: "replicate", StartingPosition: eventsource.TrimHorizon})
	return a, err
}

func table(region string) *dynamodb.Table {
	return dynamodb.NewTable("votes", dynamodb.KeySchema{Hash: "page"}, dynamodb.Options{Identity: lambda.Identity{Region: region}})
}

// Close ends the replication.
func (a *api) Close() { a.mapping.Close() }

// serve answers /api/votes/PAGE at the edge: GET reads the replica, which is near, and POST writes to the home table,
// which may be far away.
func (a *api) serve(_ context.Context, e edge.Event) (*edge.Response, error) {
	r := e.Records[0].CF.Request
	page, ok := strings.CutPrefix(r.URI, "/api/votes/")
	switch {
	case !ok || page == "":
		return text("404", "no such thing"), nil
	case r.Method == "POST":
		if err := a.vote(page); err != nil {
			return nil, err
		}
		return text("202", "thank you"), nil
	case r.Method != "GET":
		return text("405", "GET or POST"), nil
	}
	votes, err := a.votes(page)
	if err != nil {
		return nil, err
	}
	return text("200", fmt.Sprintf("%s has %d votes", page, votes)), nil
}

func text(status, body string) *edge.Response {
	return &edge.Response{Status: status, Body: &body, Headers: edge.Headers{"content-type": {{Value: "text/plain"}}}}
}

func key(page string) dynamodb.Item {
	return dynamodb.Item{"page": events.NewStringAttribute(page)}
}

// vote counts one more, in one step: two votes at once are two.
func (a *api) vote(page string) error {
	return a.home.UpdateItem(key(page), func(item dynamodb.Item) dynamodb.Item {
		item["votes"] = events.NewNumberAttribute(strconv.Itoa(count(item) + 1))
		return item
	})
}

// votes is what the replica knows.
func (a *api) votes(page string) (int, error) {
	item, err := a.replica.GetItem(key(page))
	if err != nil && !errors.Is(err, dynamodb.ErrResourceNotFound) {
		return 0, err
	}
	return count(item), nil
}

// count is the item's votes, 0 for a page that nobody has voted for.
func count(item dynamodb.Item) int {
	if v, ok := item["votes"]; ok {
		n, _ := strconv.Atoi(v.Number()) // the table takes whole numbers only from vote
		return n
	}
	return 0
}

// replicate applies the home table's changes to the replica.
func (a *api) replicate(e events.DynamoDBEvent) error {
	for _, r := range e.Records {
		if r.EventName == string(events.DynamoDBOperationTypeRemove) {
			if err := a.replica.DeleteItem(r.Change.Keys); err != nil {
				return err
			}
			continue
		}
		if err := a.replica.PutItem(r.Change.NewImage); err != nil {
			return err
		}
	}
	return nil
}
