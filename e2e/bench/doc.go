// Package bench has `ioserver bench` load the reference and ioserver: whatever it
// says of one server would be worth little if it understood only its own. It also
// runs scripts/bench.sh, as users do.
package bench
