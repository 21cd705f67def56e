package lean

import "time"

var began = time.Now()

// Clock is a monotonic time in nanoseconds. Processes do not share it.
func Clock() int64 { return int64(time.Since(began)) }
