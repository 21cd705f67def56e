package api

import "io"

// View tells how the machine is, and the cluster. Any goroutine may ask.
type View interface {
	// Slots is how many workers there are to be.
	Slots() int
	// Missing is what is missing for all of them to serve.
	Missing() []Missing
	// WriteMetrics writes the metrics, and returns their content type.
	WriteMetrics(w io.Writer) (contentType string, err error)
	// Status is what is known of the cluster.
	Status() Status
}

// Missing is a slot that does not serve as it should, and why.
type Missing struct {
	Slot int    `json:"slot"`
	Why  string `json:"why"`
}
