module github.com/lambdakit/lambdakit/concurrency/linearizability

go 1.26.0

replace github.com/lambdakit/lambdakit => ../..

require github.com/lambdakit/lambdakit v0.0.0

require github.com/anishathalye/porcupine v1.3.1
