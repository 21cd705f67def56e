// Package crowd is many Socket.IO clients in one process: of both Engine.IO
// revisions, over polling, WebSocket, and polling that is upgraded. Each has a
// source address of its own, comes back when its connection ends if it is told
// to, and remembers how each connection ended; a [Ledger] tells whether
// numbered broadcasts were lost, doubled or out of order.
//
// It joins "/" only, and speaks ASCII and no binary: whether the protocols are
// spoken rightly is shown by the official clients. It is strict where those
// forgive: an upgrade that fails, or an answer with an unexpected status, ends
// the connection with an error that says so.
package crowd
