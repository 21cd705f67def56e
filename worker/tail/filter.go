package tail

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ioserver/ioserver/worker/contract"
	"github.com/ioserver/ioserver/worker/socketio"
)

// Filter says what a viewer wants to see; the zero value: what clients do, without
// arguments.
type Filter struct {
	Namespace string   `json:"namespace,omitempty"`
	Rooms     []string `json:"rooms,omitempty"`  // sockets in one of them; an id is a room
	Events    []string `json:"events,omitempty"` // these, and no other records unless Kinds has them
	Kinds     []string `json:"kinds,omitempty"`  // none: all but Sent
	Args      bool     `json:"args,omitempty"`   // the arguments of events too
}

// Kinds are those that can be asked for.
func Kinds() []string { return kinds[:] }

// Check tells what is wrong with a filter.
func (f *Filter) Check() *contract.Error {
	invalid := func(format string, args ...any) *contract.Error {
		return &contract.Error{Code: contract.InvalidValue, Message: fmt.Sprintf(format, args...)}
	}
	if f.Namespace != "" && !strings.HasPrefix(f.Namespace, "/") {
		return invalid("namespace %s does not begin with a slash", contract.Show(f.Namespace))
	}
	for name, list := range map[string][]string{"rooms": f.Rooms, "events": f.Events, "kinds": f.Kinds} {
		if len(list) > filterNames {
			return invalid("%s: at most %d can be named", name, filterNames)
		}
		for _, s := range list {
			if s == "" || len(s) > nameBytes {
				return invalid("%s: a name has 1 to %d bytes, not %d", name, nameBytes, len(s))
			}
		}
	}
	for _, k := range f.Kinds {
		if !slices.Contains(kinds[:], k) {
			return invalid("kinds: there is no %s: %s are known", contract.Show(k), strings.Join(kinds[:], ", "))
		}
	}
	return nil
}

// wants reports whether a viewer is told of a sighting. On the loop.
func (f *Filter) wants(v *socketio.Sighting) bool {
	kind := kinds[v.Sight]
	switch {
	case len(f.Kinds) > 0 && !slices.Contains(f.Kinds, kind),
		len(f.Kinds) == 0 && (kind == Sent || len(f.Events) > 0 && kind != Event),
		len(f.Events) > 0 && (kind == Event || kind == Sent) && !slices.Contains(f.Events, v.Event()),
		f.Namespace != "" && f.Namespace != v.Namespace:
		return false
	}
	return len(f.Rooms) == 0 || slices.ContainsFunc(f.Rooms, v.In)
}
