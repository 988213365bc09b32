// Package alb is an Application Load Balancer in front of a function: an http.Handler that turns each request into the
// event that a Lambda target group sends, calls the function, and turns what it returns into the answer that the load
// balancer would give.
//
//	group, err := alb.New(alb.Options{Invoker: svc, FunctionName: "web", MultiValueHeaders: true})
//	…
//	http.ListenAndServe("127.0.0.1:8080", group)
//
// # Requests
//
// An event has either headers and queryStringParameters, of which the last of several values counts, or, with
// [Options.MultiValueHeaders], multiValueHeaders and multiValueQueryStringParameters; never both. Query strings are not
// decoded. Header names are lower-case. A body is text if its content type is on a short list, and Base64 otherwise,
// whatever its bytes are. Of what goes as text, headers too, bytes that are no UTF-8 become U+FFFD. A body over 1 MB is
// refused without a call.
//
// # Responses
//
// A result needs a statusCode, 200 to 599, as a number. Only the header map that belongs to the target group's mode is
// read; it may be missing and must not be null, nor may the body and the description. The trap that most people meet:
// with multi-value headers off, a function that returns multiValueHeaders loses all of them, and its pages come as
// application/octet-stream, which browsers save to disk; and aws-lambda-go's response type, which writes an unset map as
// null, gets a 502 if it is the map that counts. What is malformed, and a function's failure, is a 502 with the
// load balancer's own page, which tells nothing about the cause: see [Options.AccessLog].
//
// # What is inferred
//
// That a status in a string is malformed, that a refused call gives a 502, and all of the texts of refused
// registrations.
//
// # What is not modelled
//
// What a middleware does to the URL: the path is that which the client sent (Request.RequestURI), so that
// http.StripPrefix before a door does nothing. A request that came over no connection has the path of its URL.
//
// Listeners, rules and other targets; authentication by the load balancer; sticky sessions; HTTP/2 and gRPC beyond what
// net/http does. Reason phrases are net/http's, not statusDescription, and response header names get their canonical
// spelling. What net/http's server refuses before a handler runs, such as a target with a stray percent sign, gets that
// server's 400.
package alb
