// Package overnats reaches an application over NATS: each call is a request to a
// subject that names what it is about, so that applications choose by
// subscribing what they hear, and share it among their processes by a queue
// group.
//
// Guarantees: a call is published once. Where nobody subscribes it fails at once.
//
// Non-goals: to make sure that whoever gets a call lives to answer it. The
// caller's time-out ends that.
package overnats
