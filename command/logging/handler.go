package logging

import (
	"context"
	"log/slog"
	"slices"
)

// handler is a Log's slog.Handler: attributes and groups that were added to a
// logger, and where they go.
type handler struct {
	log    *Log
	attrs  []slog.Attr // outside of any group
	groups []group     // open, outermost first
	slot   int64       // by attrs
}

type group struct {
	name  string
	attrs []slog.Attr
}

// Enabled is all that an event below the level costs.
func (h *handler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.log.level.Level()
}

// Handle never waits for the log to be written, and never fails.
func (h *handler) Handle(_ context.Context, r slog.Record) error {
	h.log.take(kind{r.Level, r.Message, h.slotOf(r)}, h.whole(r))
	return nil
}

// WithAttrs implements slog.Handler.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	n := *h
	if len(h.groups) == 0 {
		n.attrs = append(slices.Clip(h.attrs), attrs...)
		for _, a := range attrs {
			n.slot = slotIn(a, n.slot)
		}
		return &n
	}
	n.groups = slices.Clone(h.groups)
	g := &n.groups[len(n.groups)-1]
	g.attrs = append(slices.Clip(g.attrs), attrs...)
	return &n
}

// WithGroup implements slog.Handler.
func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	n := *h
	n.groups = append(slices.Clip(h.groups), group{name: name})
	return &n
}

// whole is the record with what was added to the logger.
func (h *handler) whole(r slog.Record) slog.Record {
	if len(h.attrs) == 0 && len(h.groups) == 0 {
		return r
	}
	w := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	w.AddAttrs(h.attrs...)
	if len(h.groups) == 0 {
		r.Attrs(func(a slog.Attr) bool {
			w.AddAttrs(a)
			return true
		})
		return w
	}
	inner := make([]slog.Attr, 0, r.NumAttrs())
	r.Attrs(func(a slog.Attr) bool {
		inner = append(inner, a)
		return true
	})
	for _, g := range slices.Backward(h.groups) {
		inner = []slog.Attr{{Key: g.name, Value: slog.GroupValue(append(slices.Clip(g.attrs), inner...)...)}}
	}
	w.AddAttrs(inner...)
	return w
}

// noSlot is an event that names no slot.
const noSlot = -1

func (h *handler) slotOf(r slog.Record) int64 {
	slot := h.slot
	if len(h.groups) > 0 {
		return slot
	}
	r.Attrs(func(a slog.Attr) bool {
		slot = slotIn(a, slot)
		return true
	})
	return slot
}

// slotIn is the slot that a names, or the one known before.
func slotIn(a slog.Attr, before int64) int64 {
	if a.Key != "slot" {
		return before
	}
	switch a.Value.Kind() {
	case slog.KindInt64:
		return a.Value.Int64()
	case slog.KindUint64:
		return int64(a.Value.Uint64())
	}
	return before
}
