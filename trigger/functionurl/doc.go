// Package functionurl serves function URLs: an http.Handler that turns each request into the event of payload format
// 2.0, calls the function, and answers with what it returns, at once or as it is written.
//
//	handler, err := functionurl.New(functionurl.Options{Invoker: svc, URLs: svc.Registry(), Identity: svc.Identity()})
//	…
//	http.ListenAndServe("127.0.0.1:8080", handler)
//
// With [Options.URLs] the request's Host decides whose URL it is: <url-id>.lambda-url.<region>.on.aws. With
// [Options.URL] there is one function, whatever the Host.
//
// # Buffered
//
// A result that is an object with a statusCode is a response: headers, cookies and a body, Base64 if it says so.
// Everything else is the body itself, as compact JSON; a string loses its quotes. A function's failure is a 502 that
// tells nothing.
//
// # Streamed
//
// In the mode RESPONSE_STREAM every piece is sent as soon as the function wrote it. A response of aws-lambda-go's
// events.LambdaFunctionURLStreamingResponse begins with a prelude that holds the status, headers and cookies. Anything
// else is the body of a 200 and not interpreted, also an object with a statusCode. A failure before the first byte is a
// 502; after it, the connection is cut: [http.ErrAbortHandler].
//
// # Permission
//
// AuthType NONE lets everybody in whom the function's resource policy lets. AWS_IAM wants a signature, see [SigV4], and
// then asks the policies. Both ask through the Invoker, which knows the policies.
//
// # What is inferred
//
// The list of text types, which is ALB's; the empty body of a 429; the 502 for results that are malformed, such as a
// statusCode of 0; the Content-Type of a stream's prelude that names none, application/octet-stream; that the end of a
// prelude must come within 64 KB; that a preflight from elsewhere gets a 200 without headers.
//
// # What is not modelled
//
// What a middleware does to the URL: the path is that which the client sent (Request.RequestURI), so that
// http.StripPrefix before a door does nothing. A request that came over no connection has the path of its URL.
//
// TLS, of which events tell what a modern client would have; HTTP/2 beyond what net/http does; signatures in the query
// string. Response header names get their canonical spelling. What net/http's server refuses before a handler runs,
// such as a target with a stray percent sign, gets that server's 400.
package functionurl
