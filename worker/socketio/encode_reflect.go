package socketio

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

var (
	jsonMarshaler = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
	errDepth      = errors.New("value is nested too deeply")
)

// binaryTypes remembers, for each type met, whether a value may hold binary.
var binaryTypes sync.Map // reflect.Type -> bool

// reflected appends a value of any type. What cannot hold binary goes to
// encoding/json whole; the rest is walked here for its byte slices.
func (e *encoder) reflected(v any) error {
	rv := reflect.ValueOf(v)
	if !mayHoldBinary(rv.Type()) {
		return e.leaf(v)
	}
	return e.walk(rv)
}

// leaf leaves a value to encoding/json.
func (e *encoder) leaf(v any) error {
	w := bytes.NewBuffer(e.buf)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	start := len(e.buf)
	e.buf = bytes.TrimSuffix(w.Bytes(), []byte("\n"))
	if !utf8.Valid(e.buf[start:]) { // encoding/json takes a marshaller's word for it
		return ErrInvalidJSON
	}
	return nil
}

// mayHoldBinary reports whether a value of type t can lead to a byte slice. A
// type with a marshaller of its own is opaque.
func mayHoldBinary(t reflect.Type) bool {
	if known, ok := binaryTypes.Load(t); ok {
		return known.(bool)
	}
	may := searchBinary(t, map[reflect.Type]bool{})
	binaryTypes.Store(t, may)
	return may
}

func searchBinary(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] || opaque(t) {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Interface:
		return true
	case reflect.Slice:
		return isBytes(t) || searchBinary(t.Elem(), seen)
	case reflect.Array, reflect.Map, reflect.Pointer:
		return searchBinary(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if searchBinary(t.Field(i).Type, seen) {
				return true
			}
		}
	}
	return false
}

func opaque(t reflect.Type) bool {
	return t.Kind() != reflect.Interface && (t.Implements(jsonMarshaler) || t.Implements(textMarshaler))
}

func isBytes(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 && !opaque(t.Elem())
}

// walk appends a value whose type may hold binary.
func (e *encoder) walk(v reflect.Value) error {
	if e.depth++; e.depth > encodeDepth {
		return errDepth
	}
	defer func() { e.depth-- }()
	switch t := v.Type(); {
	case opaque(t) || !mayHoldBinary(t):
		return e.leaf(v.Interface())
	case isBytes(t):
		e.attach(v.Bytes())
		return nil
	}
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return e.value(nil)
		}
		if v.Kind() == reflect.Interface && v.Elem().CanInterface() {
			return e.value(v.Elem().Interface())
		}
		return e.walk(v.Elem())
	case reflect.Map:
		return e.object(v)
	case reflect.Struct:
		return e.fields(v)
	}
	if v.Kind() == reflect.Slice && v.IsNil() {
		return e.value(nil)
	}
	e.buf = append(e.buf, '[')
	for i := range v.Len() {
		e.comma2(i)
		if err := e.walk(v.Index(i)); err != nil {
			return err
		}
	}
	e.buf = append(e.buf, ']')
	return nil
}

func (e *encoder) comma2(i int) {
	if i > 0 {
		e.buf = append(e.buf, ',')
	}
}

// object appends a map, its keys sorted as encoding/json does, so that the
// order of attachments is the same every time.
func (e *encoder) object(v reflect.Value) error {
	if v.IsNil() {
		return e.value(nil)
	}
	type entry struct {
		key   string
		value reflect.Value
	}
	entries := make([]entry, 0, v.Len())
	for it := v.MapRange(); it.Next(); {
		key, err := mapKey(it.Key())
		if err != nil {
			return err
		}
		entries = append(entries, entry{key, it.Value()})
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	e.buf = append(e.buf, '{')
	for i, en := range entries {
		e.comma2(i)
		e.buf = append(appendString(e.buf, en.key), ':')
		if err := e.walk(en.value); err != nil {
			return fmt.Errorf("key %q: %w", en.key, err)
		}
	}
	e.buf = append(e.buf, '}')
	return nil
}

func mapKey(k reflect.Value) (string, error) {
	if k.Kind() == reflect.String {
		return k.String(), nil
	}
	if m, ok := k.Interface().(encoding.TextMarshaler); ok {
		b, err := m.MarshalText()
		return string(b), err
	}
	switch {
	case k.CanInt():
		return strconv.FormatInt(k.Int(), 10), nil
	case k.CanUint():
		return strconv.FormatUint(k.Uint(), 10), nil
	}
	return "", fmt.Errorf("map key of type %s", k.Type())
}
