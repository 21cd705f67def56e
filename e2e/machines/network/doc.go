// Package network makes a network of several machines on this one, of Linux
// network namespaces that a bridge joins.
//
//	this machine ── bridge ── machine, machine, ...
//	198.18.N.1, .129 to .254       198.18.N.10, .11, ...
//
// Each machine has an address and a cable, which can be cut and mended. The
// process that made the network reaches the machines from many addresses, so
// that it can be many clients. A machine runs whatever [Machine.Do] starts.
//
// The number N belongs to one network of one process at a time, by a lock that
// the system takes back when the process ends, however it does: whoever makes a
// network next removes what was left over. The addresses are those that RFC
// 2544 sets aside for tests of networks.
//
// Making networks needs root, or CAP_NET_ADMIN and CAP_SYS_ADMIN.
package network
