package main

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ioserver/ioserver/e2e/cluster/procfs"
)

const baseAtMost = 80 // MB

// base measures memory at once, which Go's collector has not looked at yet, and
// after a while.
func base(b *bench) error {
	t, err := b.demo(b.count(8, 2))
	if err != nil {
		return err
	}
	kb, err := t.pss()
	if err != nil {
		return err
	}
	b.tell(figure{name: "memory when ready", value: kb / 1000, unit: "MB PSS", how: alone, target: baseAtMost})
	<-time.After(b.span(10 * time.Second))
	if kb, err = t.pss(); err != nil {
		return err
	}
	b.tell(figure{name: "memory 10 s later", value: kb / 1000, unit: "MB PSS", how: alone, target: baseAtMost})
	return roles(b, t)
}

// roles tells which processes the memory is of. Children have their role as title.
func roles(b *bench, t *target) error {
	pids, err := tree(t.pid)
	if err != nil {
		return err
	}
	kb, processes := map[string]float64{}, map[string]int{}
	for _, pid := range pids {
		args, err := procfs.Arguments(pid)
		if err != nil {
			return err
		}
		role := "master"
		if words := strings.Fields(args[0]); pid != t.pid && len(words) > 1 {
			role = words[1]
		}
		one, err := pssOf(pid)
		if err != nil {
			return err
		}
		kb[role] += one
		processes[role]++
	}
	for _, role := range slices.Sorted(maps.Keys(kb)) {
		b.tell(figure{name: "of it each " + role, value: kb[role] / float64(processes[role]) / 1000, unit: "MB PSS", how: alone, open: true})
	}
	return nil
}
