// Package httpevent is what the HTTP doors have in common: how a request becomes an event's JSON, and how a function's
// result is taken apart. What differs between ALB, API Gateway and function URLs is theirs.
//
// Everything here is a pure function of its arguments, but for [ReadBody]. Events are written by hand and not by
// marshalling aws-lambda-go's types, which leave out members that AWS sends and write others that it does not.
package httpevent
