// Package schematest checks bodies against package contract's JSON Schemas, for
// tests. It knows as much of JSON Schema as these use, and refuses the rest.
package schematest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/ioserver/ioserver/worker/contract"
)

// Check fails the test where a body is not as the schema of that name says.
func Check(t testing.TB, name string, body []byte) {
	t.Helper()
	if err := Validate(name, body); err != nil {
		t.Errorf("%.200s is no %s: %v", body, name, err)
	}
}

// CheckOne fails the test where a body is as none of the schemas says.
func CheckOne(t testing.TB, body []byte, names ...string) {
	t.Helper()
	var errs []error
	for _, name := range names {
		err := Validate(name, body)
		if err == nil {
			return
		}
		errs = append(errs, err)
	}
	t.Errorf("%.200s is none of %q: %v", body, names, errs)
}

// Validate tells what is wrong with a body.
func Validate(name string, body []byte) error {
	raw := contract.Schema(name)
	if raw == nil {
		return fmt.Errorf("there is no schema %q", name)
	}
	return Fits(raw, body)
}

// Fits is Validate by a schema that is given, without references.
func Fits(schema, body []byte) error {
	s, err := decode(schema)
	if err != nil {
		return fmt.Errorf("schema: %w", err)
	}
	value, err := decode(body)
	if err != nil {
		return err
	}
	return validate(s, value, "")
}

func decode(b []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	err = d.Decode(&v)
	return v, err
}

// validate checks a value against a schema. at is where.
func validate(schema, value any, at string) error {
	s, ok := schema.(map[string]any)
	if !ok {
		return fmt.Errorf("%s: schema %v is not understood", at, schema)
	}
	for word, want := range s {
		rule, known := rules[word]
		if !known {
			return fmt.Errorf("%s: %q is not understood", at, word)
		}
		if rule == nil {
			continue
		}
		if err := rule(s, want, value, at); err != nil {
			return err
		}
	}
	return nil
}

// rules are the words of schemas; nil: it only tells, or belongs to another.
var rules map[string]func(schema map[string]any, want, value any, at string) error

func init() {
	rules = map[string]func(map[string]any, any, any, string) error{
		"$schema": nil, "$id": nil, "title": nil, "description": nil, "additionalProperties": nil,
		"type": checkType, "const": checkConst, "properties": checkProperties, "required": checkRequired, "items": checkItems,
		"pattern": checkPattern, "oneOf": checkOneOf, "anyOf": checkAnyOf, "not": checkNot,
		"minLength": bound(length, false), "maxLength": bound(length, true), "minItems": bound(items, false), "maxItems": bound(items, true),
		"minimum": bound(number, false), "maximum": bound(number, true),
	}
}

func checkType(_ map[string]any, want, value any, at string) error {
	if got := typeOf(value); got != want && !(want == "number" && got == "integer") {
		return fmt.Errorf("%s: %s instead of %v", at, got, want)
	}
	return nil
}

func typeOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	case json.Number:
		if f, err := v.Float64(); err == nil && f == math.Trunc(f) {
			return "integer"
		}
	}
	return "number"
}

func checkConst(_ map[string]any, want, value any, at string) error {
	if !reflect.DeepEqual(want, value) {
		return fmt.Errorf("%s: %v instead of %v", at, value, want)
	}
	return nil
}

func checkProperties(s map[string]any, want, value any, at string) error {
	object, ok := value.(map[string]any)
	if !ok {
		return nil
	}
	known := want.(map[string]any)
	for name, v := range object {
		sub, ok := known[name]
		if !ok {
			sub, ok = s["additionalProperties"]
			if sub == false {
				return fmt.Errorf("%s: %q is unknown", at, name)
			}
		}
		if ok {
			if err := validate(sub, v, at+"/"+name); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkRequired(_ map[string]any, want, value any, at string) error {
	object, ok := value.(map[string]any)
	for _, name := range want.([]any) {
		if _, there := object[name.(string)]; ok && !there {
			return fmt.Errorf("%s: %v is missing", at, name)
		}
	}
	return nil
}

func checkItems(_ map[string]any, want, value any, at string) error {
	list, _ := value.([]any)
	for i, v := range list {
		if err := validate(want, v, fmt.Sprint(at, "/", i)); err != nil {
			return err
		}
	}
	return nil
}

func checkPattern(_ map[string]any, want, value any, at string) error {
	if text, ok := value.(string); ok && !regexp.MustCompile(want.(string)).MatchString(text) {
		return fmt.Errorf("%s: %q does not match %v", at, text, want)
	}
	return nil
}

func count(want, value any, at string) (n int) {
	for _, s := range want.([]any) {
		if validate(s, value, at) == nil {
			n++
		}
	}
	return n
}

func checkOneOf(_ map[string]any, want, value any, at string) error {
	if n := count(want, value, at); n != 1 {
		return fmt.Errorf("%s: %d of the alternatives fit", at, n)
	}
	return nil
}

func checkAnyOf(_ map[string]any, want, value any, at string) error {
	if count(want, value, at) == 0 {
		return fmt.Errorf("%s: none of the alternatives fits", at)
	}
	return nil
}

func checkNot(_ map[string]any, want, value any, at string) error {
	if validate(want, value, at) == nil {
		return fmt.Errorf("%s: it is what it may not be", at)
	}
	return nil
}

func length(v any) (float64, bool) {
	s, ok := v.(string)
	return float64(utf8.RuneCountInString(s)), ok
}

func items(v any) (float64, bool) {
	list, ok := v.([]any)
	return float64(len(list)), ok
}

func number(v any) (float64, bool) {
	n, ok := v.(json.Number)
	f, err := n.Float64()
	return f, ok && err == nil
}

func bound(measure func(any) (float64, bool), most bool) func(map[string]any, any, any, string) error {
	return func(_ map[string]any, want, value any, at string) error {
		limit, _ := number(want)
		if got, ok := measure(value); ok && (most && got > limit || !most && got < limit) {
			return fmt.Errorf("%s: %v is beyond %v", at, got, limit)
		}
		return nil
	}
}

// Words tells whether a schema uses words that are understood only.
func Words(name string) error {
	schema, err := decode(contract.Schema(name))
	if err != nil {
		return err
	}
	return words(schema, false)
}

// words walks through a schema; names: the members are properties' names.
func words(v any, names bool) error {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			if err := words(e, false); err != nil {
				return err
			}
		}
	case map[string]any:
		for word, sub := range v {
			if _, ok := rules[word]; !ok && !names {
				return fmt.Errorf("%q is not understood", word)
			}
			if slices.Contains([]string{"required", "const"}, word) && !names {
				continue
			}
			if err := words(sub, word == "properties" && !names); err != nil {
				return err
			}
		}
	}
	return nil
}
