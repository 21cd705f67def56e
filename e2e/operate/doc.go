// Package operate shows how an ioserver is operated: how it speaks with systemd,
// where its log goes and what becomes of it when nobody takes it, which guards
// its unit has, and how it is installed. See the tests' names.
package operate
