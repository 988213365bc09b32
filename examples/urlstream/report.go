package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-lambda-go/events"
)

// report is the function, and what it and the story have in common.
type report struct {
	w    io.Writer
	next chan struct{} // the client has read a line
}

// handle is the function: aws-lambda-go's types in and out, the body a reader of what is not there yet.
func (r *report) handle(_ context.Context, e events.LambdaFunctionURLRequest) (*events.LambdaFunctionURLStreamingResponse, error) {
	if e.RawPath == "/impossible" {
		return nil, errors.New("no such report")
	}
	body, w := io.Pipe()
	go func() { w.CloseWithError(r.write(w, e.RawPath == "/broken")) }()
	return &events.LambdaFunctionURLStreamingResponse{
		Headers: map[string]string{"Content-Type": "text/plain; charset=utf-8"},
		Cookies: []string{"report=1"},
		Body:    body,
	}, nil
}

// write writes three lines, or fails after the first.
func (r *report) write(w io.Writer, broken bool) error {
	for i, line := range []string{"January: 3 guests", "February: 5 guests", "March: 12 guests"} {
		if broken && i == 1 {
			return errors.New("the database is gone")
		}
		fmt.Fprintf(r.w, "   function: writes %q\n", line)
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
		<-r.next
	}
	return nil
}
