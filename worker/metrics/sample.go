package metrics

import (
	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/feed"
	"github.com/ioserver/ioserver/broker/roster"
	"github.com/ioserver/ioserver/worker/api"
	"github.com/ioserver/ioserver/worker/backend"
	"github.com/ioserver/ioserver/worker/engineio"
	"github.com/ioserver/ioserver/worker/intake"
	"github.com/ioserver/ioserver/worker/loop"
	"github.com/ioserver/ioserver/worker/socketio"
	"github.com/ioserver/ioserver/worker/tail"
	"github.com/ioserver/ioserver/worker/tokens"
	"github.com/ioserver/ioserver/worker/witness"
)

// Sample is all that a worker has counted since its start.
type Sample struct {
	Loop   loop.Stats
	Engine engineio.Stats
	IO     socketio.Stats
	Feed   feed.Stats
	Roster roster.Stats
	Bus    broker.Stats
	State  broker.Condition
	API    api.Stats
	Tail   tail.Stats
	Relay  Relay
	Tokens tokens.Stats
	Worker Worker

	Backend  backend.Stats // zero where there is none
	Commands intake.Stats  // over NATS
	Witness  witness.Stats // zero without a backend
}

// Worker is what the worker itself counts, beside its parts.
type Worker struct {
	Accepted        uint64 // connections taken from the master
	Stale           uint64 // connections that had waited for too long
	Lost            uint64 // connections that there was no descriptor for
	BadMessages     uint64 // of other processes, dropped
	RelaysAsked     uint64 // requests passed on to the slot of their session
	RelaysAcross    uint64 // requests passed on to the other machine of their session
	RelaysAnswered  uint64 // requests of other slots
	RelaysLost      uint64 // requests passed on and never answered
	PartialRequests uint64 // requests of other slots refused: too many were arriving
	LogLost         uint64 // log lines
}
