// Package systemd speaks with the service manager that started this process:
// it tells that the server is ready, reloads, stops and is alive (sd_notify(3)),
// and takes the sockets that the manager has opened for it
// (sd_listen_fds(3)).
//
// It guarantees that a manager which does not listen holds nobody up for longer
// than a named bound, and that the environment variables of the protocol are
// gone from the environment when they have been used. Without a service manager
// everything here does nothing, successfully.
//
// Non-goals: storing descriptors with the manager, and managers that are reached
// over AF_VSOCK.
package systemd
