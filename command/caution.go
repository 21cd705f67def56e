package command

import (
	"log/slog"
	"slices"
)

// caution says which of the settings leave a guard down, since one that was
// meant for a moment is easily forgotten.
func (o *options) caution(l *slog.Logger) {
	if slices.Contains(o.worker.CORSOrigins, "*") {
		l.Warn("pages of every origin may connect, and act for who looks at them", "flag", "--cors-origin=*")
	}
	for _, note := range o.tokens.notes {
		l.Warn(note)
	}
}
