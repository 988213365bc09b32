// Package iam decides who may do what: execution roles with their policies, and the resource policies of functions.
package iam
