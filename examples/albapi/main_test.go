package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lambdakit/lambdakit/lambdatest"
)

func TestStory(t *testing.T) {
	var out lambdatest.Output
	require.NoError(t, story(t.Context(), &out))
	require.Equal(t, `1. Logging in sets two cookies, each on a line of its own.
POST /login?user=ann
-> 200 text/plain; charset=utf-8, 7 bytes: welcome
   cookie: user=ann; HttpOnly
   cookie: theme=dark; Path=/

2. Both cookies come back on lines of their own, and both tags under one key.
POST /entries?tag=travel&tag=food
-> 201 text/plain; charset=utf-8, 7 bytes: entry 1

3. Query strings are not decoded: the function does that.
GET /entries?tag=food&contains=was+excellent
-> 200 text/plain; charset=utf-8, 36 bytes: 1 found ann: The soup was excellent.
GET /entries?tag=weather
-> 200 text/plain; charset=utf-8, 8 bytes: 0 found 

4. Bytes travel in Base64, both ways.
PUT /picture
-> 201 text/plain; charset=utf-8, 7 bytes: 8 bytes
GET /picture
-> 200 image/png, 8 bytes

5. An error that the function chose is its own; a panic is the load balancer's 502.
POST /entries
-> 401 text/plain; charset=utf-8, 12 bytes: who are you?
   access log: GET /panic 502 LambdaUnhandled, counted as LambdaUserError
GET /panic
-> 502 text/html, 122 bytes
a health check -> healthy

6. The same without multi-value headers: all headers are lost, and browsers save the page.
GET /entries
-> 200 application/octet-stream, 36 bytes
`, out.String())
}
