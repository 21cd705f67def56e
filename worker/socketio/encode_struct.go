package socketio

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// field is how one field of a struct is written.
type field struct {
	name      string
	index     []int
	omitEmpty bool
	omitZero  bool
	quoted    bool
}

var structFields sync.Map // reflect.Type -> []field

// fields appends a struct that may hold binary, by the rules of encoding/json:
// its tags, and embedded structs flattened.
func (e *encoder) fields(v reflect.Value) error {
	e.buf = append(e.buf, '{')
	n := 0
	for _, f := range fieldsOf(v.Type()) {
		fv, err := v.FieldByIndexErr(f.index)
		if err != nil || f.omitEmpty && isEmpty(fv) || f.omitZero && isZero(fv) {
			continue // behind an embedded nil pointer, or to be left out
		}
		e.comma2(n)
		n++
		e.buf = append(appendString(e.buf, f.name), ':')
		start := len(e.buf)
		if err := e.walk(fv); err != nil {
			return fmt.Errorf("field %q: %w", f.name, err)
		}
		if f.quoted {
			text := string(e.buf[start:])
			e.buf = appendString(e.buf[:start], text)
		}
	}
	e.buf = append(e.buf, '}')
	return nil
}

func fieldsOf(t reflect.Type) []field {
	if known, ok := structFields.Load(t); ok {
		return known.([]field)
	}
	var out []field
	at := map[string]int{}
	for _, sf := range reflect.VisibleFields(t) {
		f, ok := describe(t, sf)
		if !ok {
			continue
		}
		if i, dup := at[f.name]; dup {
			if len(f.index) < len(out[i].index) {
				out[i] = f
			}
			continue
		}
		at[f.name] = len(out)
		out = append(out, f)
	}
	structFields.Store(t, out)
	return out
}

func describe(t reflect.Type, sf reflect.StructField) (field, bool) {
	tag := sf.Tag.Get("json")
	if tag == "-" || !sf.IsExported() || flattened(sf) || !promoted(t, sf.Index) {
		return field{}, false
	}
	name, rest, _ := strings.Cut(tag, ",")
	if name == "" {
		name = sf.Name
	}
	options := strings.Split(rest, ",")
	return field{
		name:      name,
		index:     sf.Index,
		omitEmpty: slices.Contains(options, "omitempty"),
		omitZero:  slices.Contains(options, "omitzero"),
		quoted:    slices.Contains(options, "string") && isScalar(sf.Type),
	}, true
}

// flattened reports whether a field is an embedded struct whose own fields
// stand in its place.
func flattened(sf reflect.StructField) bool {
	t := sf.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return sf.Anonymous && t.Kind() == reflect.Struct && strings.Split(sf.Tag.Get("json"), ",")[0] == ""
}

// promoted reports whether every struct on the way to a field is flattened.
func promoted(t reflect.Type, index []int) bool {
	for _, i := range index[:len(index)-1] {
		sf := t.Field(i)
		if !flattened(sf) {
			return false
		}
		if t = sf.Type; t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
	}
	return true
}

func isScalar(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Slice, reflect.Array, reflect.Map, reflect.Struct, reflect.Interface, reflect.Pointer:
		return false
	}
	return true
}

func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

func isZero(v reflect.Value) bool {
	if z, ok := v.Interface().(interface{ IsZero() bool }); ok && v.Kind() != reflect.Pointer {
		return z.IsZero()
	}
	return v.IsZero()
}
