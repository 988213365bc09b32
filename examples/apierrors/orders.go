package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/aws/aws-lambda-go/events"
)

// The errors of the shop. Lambda's errorType is the bare name of the Go type; the text's beginning is what a custom
// integration can tell them by, because it sees nothing but the text.

// InvalidOrderID is the client's mistake.
type InvalidOrderID struct{ ID string }

func (e InvalidOrderID) Error() string { return "[400] " + strconv.Quote(e.ID) + " is no order's id" }

// OrderNotFound is nobody's.
type OrderNotFound struct{ ID int }

func (e OrderNotFound) Error() string { return fmt.Sprintf("[404] there is no order %d", e.ID) }

// errDisk is what nobody thought of.
var errDisk = errors.New("disk on fire")

// order is what the shop knows.
type order struct {
	ID    int      `json:"id"`
	Items []string `json:"items"`
}

// find is the business of both functions.
func find(id string) (order, error) {
	n, err := strconv.Atoi(id)
	switch {
	case err != nil:
		return order{}, InvalidOrderID{id}
	case n == 13:
		return order{}, errDisk
	case n > 100:
		return order{}, OrderNotFound{n}
	}
	return order{ID: n, Items: []string{"kite", "string"}}, nil
}

// custom is the function behind a custom integration: it returns orders and errors, and knows nothing of HTTP. The
// request's template made its event.
func custom(_ context.Context, e struct{ ID string }) (order, error) { return find(e.ID) }

// proxied is the function behind a proxy integration: it makes the answer itself, and says by a header what went wrong.
func proxied(_ context.Context, e events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
	found, err := find(e.PathParameters["id"])
	var invalid InvalidOrderID
	var missing OrderNotFound
	switch {
	case errors.As(err, &invalid):
		return refusal(http.StatusBadRequest, "InvalidOrderID", err), nil
	case errors.As(err, &missing):
		return refusal(http.StatusNotFound, "OrderNotFound", err), nil
	case err != nil:
		return events.APIGatewayProxyResponse{}, err
	}
	return answer(http.StatusOK, found), nil
}

func refusal(status int, errorType string, err error) events.APIGatewayProxyResponse {
	a := answer(status, map[string]string{"message": err.Error()[len("[400] "):]})
	a.Headers["X-Amzn-ErrorType"] = errorType
	return a
}

func answer(status int, body any) events.APIGatewayProxyResponse {
	b, err := json.Marshal(body)
	if err != nil {
		panic(err) // maps and structs of texts can be marshalled
	}
	return events.APIGatewayProxyResponse{
		StatusCode: status, Headers: map[string]string{"Content-Type": "application/json"}, Body: string(b),
	}
}
