// Package contract is what applications outside of the server and the server
// say to each other, version 1, whatever carries it (NATS, HTTP): the bodies,
// as strict JSON, and the names in subjects. docs/nats.md describes it for its
// users.
//
// Inbound, to the application, go [Connect], [Event] and [Disconnect], of which
// the first two are answered by [ConnectAnswer] and [EventAnswer].
//
// Guarantees: what an application sends is taken as a whole or refused as a
// whole, by an [Error] with a code that stays as it is and a message that names
// the field. Binary travels as {"$binary":"<base64>"} and comes back as it was;
// see [EncodeArgs].
//
// What goes to the application may get more fields with time: applications
// ignore those that they do not know. What comes from it has the known fields
// only.
//
// Non-goals: transports, credentials, and the order of what they carry.
package contract
