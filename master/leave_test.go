package master

import (
	"testing"
	"testing/synctest"
	"time"
)

// leaving is a process that ends when it is killed.
type leaving struct{ ended chan string }

func (leaving) Pid() int     { return 1 }
func (leaving) Wait() string { return "" }
func (l leaving) Kill()      { l.ended <- "killed" }

// A child that has closed its channel has time to write its log, and no more.
func TestChildLeavesInItsTime(t *testing.T) {
	for what, test := range map[string]struct {
		after time.Duration // 0: it stays
		want  string
	}{
		"ends":  {leaveTime - time.Nanosecond, "exit status 0"},
		"stays": {0, "killed"},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ended := make(chan string, 1)
				if test.after > 0 {
					time.AfterFunc(test.after, func() { ended <- "exit status 0" })
				}
				c := &child{process: leaving{ended}}
				began := time.Now()
				if got := c.leave(ended); got != test.want || time.Since(began) > leaveTime {
					t.Errorf("%s after %v", got, time.Since(began))
				}
			})
		})
	}
}
