package sio

import (
	"bytes"
	"math"
	"strconv"
)

// ParseEvent splits the Data of an event into the event's name and its arguments. A numeric name is written as
// JavaScript writes the number. args is what comes after the name, without brackets: "" for none, else raw JSON
// values between commas, for [Split]. name lies in data unless it needed decoding; args does always.
func ParseEvent(data []byte) (name, args []byte, err error) {
	i := skipSpace(data, 0)
	if i >= len(data) || data[i] != '[' {
		return nil, nil, ErrPayload
	}
	start := skipSpace(data, i+1)
	end := skipValue(data, start)
	if end < 0 {
		return nil, nil, ErrPayload
	}
	if data[start] == '"' {
		name = data[start+1 : end-1]
		if bytes.IndexByte(name, '\\') >= 0 {
			name = appendUnescaped(make([]byte, 0, len(name)), name)
		}
	} else if name = numberName(data[start:end]); name == nil {
		return nil, nil, ErrPayload
	}
	if args, ok := arguments(data, end); ok {
		return name, args, nil
	}
	return nil, nil, ErrPayload
}

// arguments returns what is between the first element of an array, which ends at i, and the closing bracket.
func arguments(array []byte, i int) (args []byte, ok bool) {
	end := trimSpace(array, len(array)) - 1
	if i = skipSpace(array, i); i > end || array[end] != ']' {
		return nil, false
	}
	if i == end {
		return nil, true
	}
	start := skipSpace(array, i+1)
	end = trimSpace(array, end)
	if array[i] != ',' || start >= end {
		return nil, false
	}
	return array[start:end:end], true
}

// numberName returns a number as JavaScript's String does, or nil when raw is none.
func numberName(raw []byte) []byte {
	if raw[0] != '-' && raw[0]-'0' > 9 {
		return nil
	}
	if len(raw) < maxDigits && skipDigits(raw, 0) == len(raw) {
		return raw
	}
	f, _ := strconv.ParseFloat(string(raw), 64) // out of range is infinite, in JavaScript as well
	switch abs := math.Abs(f); {
	case math.IsInf(f, 1):
		return []byte("Infinity")
	case math.IsInf(f, -1):
		return []byte("-Infinity")
	case f == 0:
		return []byte("0")
	case abs >= 1e-6 && abs < 1e21:
		return strconv.AppendFloat(nil, f, 'f', -1, 64)
	default:
		out := strconv.AppendFloat(nil, f, 'e', -1, 64)
		if n := len(out); n >= 4 && out[n-4] == 'e' && out[n-2] == '0' { // e-07 is e-7 in JavaScript
			out[n-2] = out[n-1]
			out = out[:n-1]
		}
		return out
	}
}
