package command

import (
	"log/slog"
	"slices"
)

// warnings say which of the settings leave a guard down, since one that was
// meant for a moment is easily forgotten.
func (o *options) warnings() []string {
	var w []string
	if slices.Contains(o.worker.CORSOrigins, "*") {
		w = append(w, "pages of every origin may connect, and act for who looks at them (--cors-origin=*)")
	}
	return append(w, o.tokens.notes...)
}

func (o *options) caution(l *slog.Logger) {
	for _, w := range o.warnings() {
		l.Warn(w)
	}
}
