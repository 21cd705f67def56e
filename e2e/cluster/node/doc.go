// Package node runs one ioserver and watches the life of its processes: who
// they are, what they log, how they end.
//
// A node's processes inherit an environment variable that only they have, by
// which any that is left over is found. [Node.Stop] ends a node as a service
// manager does and reports what did not end well; [Node.Kill] ends it whatever
// state it is in. Either waits until nothing is left.
package node
