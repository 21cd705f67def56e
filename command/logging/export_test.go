package logging

// The bounds that tests look at.
const (
	MaxLine       = maxLine
	MaxQueueBytes = maxQueueBytes
	MaxMessages   = maxMessages
	FloodLines    = floodLines
	FloodWindow   = floodWindow
	CloseTime     = closeTime
)
