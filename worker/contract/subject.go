package contract

import "github.com/ioserver/ioserver/protocol/sid"

// Prefix begins all subjects of version 1.
func Prefix(cluster string) string { return "ioserver." + cluster + ".v1." }

// What follows are the subjects on which the server asks and tells the
// application. They lie apart from those of commands: "disconnect" is both.

// ConnectSubject is where [Connect] goes.
func ConnectSubject(cluster, namespace string) string {
	return Prefix(cluster) + "on.connect." + NamespaceToken(namespace)
}

// EventSubject is where [Event] goes.
func EventSubject(cluster, namespace, event string) string {
	return Prefix(cluster) + "on.event." + NamespaceToken(namespace) + "." + Token(event)
}

// DisconnectSubject is where [Disconnect] goes.
func DisconnectSubject(cluster, namespace string) string {
	return Prefix(cluster) + "on.disconnect." + NamespaceToken(namespace)
}

// homeChars are the characters of an id that name node and slot: three bytes.
const homeChars = 4

// HomeOf is the part of a socket's id that names its worker: a token for
// commands that only this one needs to hear. "" where id has not the form of one.
func HomeOf(id string) string {
	if len(id) < sid.Len {
		return ""
	}
	if id = id[len(id)-sid.Len:]; !sid.Shape(id) {
		return ""
	}
	return id[:homeChars]
}
