// Package bundle serves the builds of Socket.IO's browser client, below the path
// of the server, as socket.io for Node.js does with its option serveClient: the
// same names, ETag, Cache-Control and types, whatever the method. Where it does
// more than Node.js it is what RFC 9110 asks for: Vary, lists in If-None-Match,
// and the sender's weights before its own taste in Accept-Encoding. Among what
// is equally welcome it takes brotli, which is the smallest.
//
// The files are taken from npm by scripts/client.sh before the build and
// embedded, compressed already. They are written to the connection from the
// program's own pages: a worker holds no copy. A binary that was built without
// them answers 404 and says how to get them.
//
// Non-goals: other files, ranges, compressing anything.
package bundle
