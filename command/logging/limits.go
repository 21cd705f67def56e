package logging

import "time"

// Every bound of the log is here.
const (
	// maxLine is the longest line, in bytes, its line break included. A longer one
	// is written with its values cut, and marked with cut=true.
	maxLine = 16 << 10
	// maxValue is the longest text of one value, in bytes before quoting.
	maxValue = 8 << 10
	// cutValue is what is left of each value of a line that is longer than maxLine.
	cutValue = 256
	// chunk is how much is written at once, unless one line is longer: what Linux
	// writes to a pipe as one piece, whoever else writes there (PIPE_BUF).
	chunk = 4096

	// maxQueueBytes and maxQueueLines bound what waits to be written, what is being
	// written included.
	maxQueueBytes = 1 << 20
	maxQueueLines = 8192
	// keepBuffer is the largest buffer that is kept for the next lines.
	keepBuffer = 64 << 10

	// floodLines is how often one message is written within floodWindow of its first
	// line; the rest is counted.
	floodLines  = 10
	floodWindow = 10 * time.Second
	// maxMessages is how many different messages are counted at a time, those of each
	// slot by themselves; those beyond are counted together.
	maxMessages = 1024
	// maxMessageKey is how much of a message tells it from others, in bytes.
	maxMessageKey = 256

	// retryMin and retryMax bound the time between attempts to say how many lines
	// were lost, when nothing else is to be written; it doubles.
	retryMin = 1 * time.Second
	retryMax = 1 * time.Minute
	// pollTime is how long a writer that has no room is waited for before it is seen whether
	// Close has given up.
	pollTime = 100 * time.Millisecond
	// closeTime is how long Close waits for what is left to be written.
	closeTime = 1 * time.Second
)
