// Encrypt writes documents into a function's scratch directory, encrypted with AES-256-GCM, and shows what becomes of
// /tmp: it is there for the next invocation of the same environment, outlives a crash, has a quota, and is gone with
// the environment.
//
//	go run ./examples/encrypt
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/lambdakit/lambdakit/invoke"
	"github.com/lambdakit/lambdakit/lambda"
	"github.com/lambdakit/lambdakit/lambda/registry"
	"github.com/lambdakit/lambdakit/lambdatest"
)

func main() {
	var timeline lambdatest.Timeline
	if err := story(context.Background(), os.Stdout, &timeline); err != nil {
		fmt.Fprintln(os.Stderr, "encrypt:", err)
		os.Exit(1)
	}
	fmt.Printf("\n%s", timeline.String())
}

// key is the documents' key. A real one comes from a secret store.
const key = "bGFtYmRha2l0IGV4YW1wbGUga2V5LCAzMiBieXRlcyE="

// chapters are the calls, one after the other.
var chapters = []struct {
	title string
	event document
}{
	{"A document is encrypted into /tmp.", document{Name: "contract", Text: "between us"}},
	{"The same again: the environment is warm, and the file still there.", document{Name: "contract", Text: "between us, amended"}},
	{"The function crashes behind its writing.", document{Name: "invoice", Text: "12 kites", Crash: true}},
	{"Its process is new and counts from 1; /tmp is as it was.", document{Name: "invoice", Text: "12 kites"}},
	{"Working space of 600 MB is more than /tmp has.", document{Name: "film", Text: "frames", Spool: 600}},
}

func story(ctx context.Context, w io.Writer, timeline *lambdatest.Timeline) error {
	svc := invoke.New(invoke.Options{Trace: timeline.Trace})
	defer svc.Close()
	config := lambda.Config{
		Name: "encrypt", MemorySize: 256, EphemeralStorage: 512, Environment: map[string]string{"DOCUMENT_KEY": key},
	}
	if err := svc.Deploy(config, encrypter()); err != nil {
		return err
	}
	for i, c := range chapters {
		fmt.Fprintf(w, "%d. %s\n", i+1, c.title)
		if err := call(ctx, w, svc, c.event); err != nil {
			return err
		}
	}
	fmt.Fprintf(w, "%d. Another key is a new configuration, and that new environments with an empty /tmp.\n", len(chapters)+1)
	if err := replaceKey(svc, "YW5vdGhlciBrZXkgb2YgdGhpcnR5LXR3byBieXRlcy4="); err != nil {
		return err
	}
	if err := call(ctx, w, svc, document{Name: "contract", Text: "between us"}); err != nil {
		return err
	}
	fmt.Fprintf(w, "%d. A key of the wrong length fails the init.\n", len(chapters)+2)
	if err := replaceKey(svc, "c2hvcnQ="); err != nil {
		return err
	}
	return call(ctx, w, svc, document{Name: "contract", Text: "between us"})
}

// call invokes the function and prints what came of it.
func call(ctx context.Context, w io.Writer, svc *invoke.Service, d document) error {
	payload, err := json.Marshal(d)
	if err != nil {
		return err
	}
	out, err := svc.Invoke(ctx, invoke.Input{FunctionName: "encrypt", Payload: payload})
	if err != nil {
		return err
	}
	if failure := out.Err(); failure != nil {
		fmt.Fprintf(w, "   failed: %v\n", failure)
		return nil
	}
	var r receipt
	if err := out.Unmarshal(&r); err != nil {
		return err
	}
	fmt.Fprintf(w, "   %s, %d bytes; there before: %t; written by this process: %d\n", r.File, r.Bytes, r.Already, r.Count)
	return nil
}

func replaceKey(svc *invoke.Service, key string) error {
	_, err := svc.Registry().UpdateFunctionConfiguration(time.Now(), "encrypt", registry.UpdateFunctionConfigurationInput{
		Environment: map[string]string{"DOCUMENT_KEY": key},
	})
	return err
}
