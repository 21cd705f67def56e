// Package brokertest is the conformance suite of broker.Broker. Each
// implementation's tests call Run.
package brokertest
