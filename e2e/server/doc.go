// Package server starts and stops the servers under test: the test application
// on ioserver, with any number of workers, and the same application on the
// reference (socket.io for Node.js).
//
// A server listens on loopback on a port of the system's choice, is ready when
// it says so, and ends with its test: [Server.Stop] fails the test when any of
// its processes is left. What the application tells about its sockets is
// collected as [Event] values.
//
// Non-goals: remote servers, fixed ports, restarting a server in place.
package server
