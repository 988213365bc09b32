package main

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"

	"github.com/lambdakit/lambdakit/lambda"
)

// document is the event.
type document struct {
	Name, Text string
	Crash      bool // after the document is written
	Spool      int  // MB of working space to ask for before
}

// receipt is the result.
type receipt struct {
	File    string
	Bytes   int  // on the disk
	Already bool // an earlier invocation of this environment had written it
	Count   int  // documents that this process has written
}

// encrypter is the function's code: the init reads the key once, and each environment counts for itself.
func encrypter() lambda.Code {
	return lambda.Init(func(_ context.Context, env *lambda.Environment) (any, error) {
		box, err := sealer(env.Getenv("DOCUMENT_KEY"))
		if err != nil {
			return nil, fmt.Errorf("DOCUMENT_KEY: %w", err)
		}
		count := 0
		return func(d document) (receipt, error) {
			r, err := store(env.Scratch(), box, d)
			if err != nil {
				return r, err
			}
			count++
			r.Count = count
			fmt.Fprintf(env, "%s is in %s", d.Name, r.File)
			if d.Crash {
				panic("crashed behind " + d.Name)
			}
			return r, nil
		}, nil
	})
}

// sealer makes the cipher from a key in base64, 32 bytes for AES-256.
func sealer(key string) (cipher.AEAD, error) {
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// store writes a document into the scratch directory, encrypted, and makes sure that it can be read again.
func store(tmp *lambda.Scratch, box cipher.AEAD, d document) (receipt, error) {
	if err := spool(tmp, d.Spool); err != nil {
		return receipt{}, err
	}
	r := receipt{File: "/tmp/" + d.Name + ".sealed"}
	_, err := tmp.ReadFile(r.File)
	r.Already = !errors.Is(err, fs.ErrNotExist)
	nonce := make([]byte, box.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return r, err
	}
	sealed := box.Seal(nonce, nonce, []byte(d.Text), []byte(d.Name)) // the name is authenticated as well
	if err := tmp.WriteFile(r.File, sealed); err != nil {
		return r, err
	}
	r.Bytes = len(sealed)
	text, err := open(tmp, box, d.Name)
	if err == nil && text != d.Text {
		err = errors.New("what was written is not what is read")
	}
	return r, err
}

// open reads a document back.
func open(tmp *lambda.Scratch, box cipher.AEAD, name string) (string, error) {
	sealed, err := tmp.ReadFile("/tmp/" + name + ".sealed")
	if err != nil {
		return "", err
	}
	if len(sealed) < box.NonceSize() {
		return "", errors.New("the file is cut short")
	}
	nonce, rest := sealed[:box.NonceSize()], sealed[box.NonceSize():]
	text, err := box.Open(nil, nonce, rest, []byte(name))
	return string(text), err
}

// spool takes working space and gives it back.
func spool(tmp *lambda.Scratch, megabytes int) error {
	if megabytes == 0 {
		return nil
	}
	if err := tmp.WriteFile("/tmp/spool", make([]byte, megabytes<<20)); err != nil {
		return err
	}
	return tmp.Remove("/tmp/spool")
}
