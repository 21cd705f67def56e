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
			name = appendUnescaped(nil, name)
		}
	} else if name = numberName(data[start:end]); name == nil {
		return nil, nil, ErrPayload
	}
	rest := bytes.TrimRight(data[end:], " \n\t\r")
	if len(rest) == 0 || rest[len(rest)-1] != ']' {
		return nil, nil, ErrPayload
	}
	rest = bytes.Trim(rest[:len(rest)-1], " \n\t\r")
	if len(rest) == 0 {
		return name, nil, nil
	}
	if args = bytes.TrimLeft(rest[1:], " \n\t\r"); rest[0] != ',' || len(args) == 0 {
		return nil, nil, ErrPayload
	}
	return name, args, nil
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
