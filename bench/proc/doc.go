// Package proc tells what a process and all below it take of the machine: CPU and
// memory, as Linux's /proc has it (proc(5)).
//
// CPU never goes backwards: what a process had used when it was last seen stays in
// the sum after its end. What it uses between that and its end is not known.
// Memory is the proportional set size (PSS), which shares a page among those that
// have it, where /proc/PID/smaps_rollup may be read, and the resident set (RSS),
// which counts such a page in each. Not here: containers' own accounts, other
// machines.
package proc
