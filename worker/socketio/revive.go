package socketio

import (
	"bytes"
	"encoding/json"
)

// revive decodes JSON into an untyped target and puts the attachments where
// their placeholders are.
func revive[T any](element []byte, target *T, attachments [][]byte) error {
	if err := json.Unmarshal(element, target); err != nil {
		return err
	}
	v, _ := revived(any(*target), attachments).(T) // null where the assertion fails
	*target = v
	return nil
}

// untyped is revive for a value that is to be encoded again: its numbers keep
// their digits.
func untyped(element []byte, attachments [][]byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(element))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return revived(v, attachments), nil
}

// revived replaces the placeholders in a decoded value.
func revived(v any, attachments [][]byte) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = revived(v[i], attachments)
		}
	case map[string]any:
		if v["_placeholder"] == true {
			return attached(v["num"], attachments)
		}
		for k := range v {
			v[k] = revived(v[k], attachments)
		}
	}
	return v
}

// attached is the attachment of that number. Its range was checked when the
// packet came; an Args made by an application may say anything.
func attached(num any, attachments [][]byte) any {
	n := -1
	switch num := num.(type) {
	case float64:
		n = int(num)
	case json.Number:
		if i, err := num.Int64(); err == nil {
			n = int(i)
		}
	}
	if n < 0 || n >= len(attachments) {
		return nil
	}
	return attachments[n]
}
