package sio

import "strconv"

// AppendPlaceholder appends the JSON object that stands for attachment num to dst.
func AppendPlaceholder(dst []byte, num int) []byte {
	dst = append(dst, `{"_placeholder":true,"num":`...)
	return append(strconv.AppendInt(dst, int64(num), 10), '}')
}

// Placeholder reports whether a raw JSON value is a placeholder, and of which attachment. It reports false for one whose
// number is no index at all; whether there is such an attachment, [Placeholders] has checked.
func Placeholder(value []byte) (num int, ok bool) {
	i := skipSpace(value, 0)
	if i >= len(value) || value[i] != '{' {
		return 0, false
	}
	s := scan{b: value, limit: int(^uint(0) >> 1)}
	if end := s.object(i, 1); end < 0 || skipSpace(value, end) != len(value) || !s.found {
		return 0, false
	}
	return s.num, true
}

// Placeholders checks that every placeholder in json, at any depth, names one of n attachments: an object whose
// "_placeholder" is true must have a "num" from 0 to n-1.
func Placeholders(json []byte, n int) error {
	s := scan{b: json, limit: n}
	end := s.value(skipSpace(json, 0), 0)
	if end < 0 || skipSpace(json, end) != len(json) {
		if s.bad {
			return ErrPlaceholder
		}
		return ErrPayload
	}
	return nil
}

// scan walks through JSON and looks at each object. Its depth is bounded by MaxDepth, so recursion is, too.
type scan struct {
	b     []byte
	limit int
	bad   bool // a placeholder was refused
	found bool // the object that ended last is a placeholder,
	num   int  // of this attachment
}

// value returns the index after the value at b[i], or -1.
func (s *scan) value(i, depth int) int {
	if i >= len(s.b) {
		return -1
	}
	switch s.b[i] {
	case '{':
		return s.object(i, depth+1)
	case '[':
		return s.array(i, depth+1)
	}
	return skipValue(s.b, i)
}

func (s *scan) array(i, depth int) int {
	if depth > MaxDepth {
		return -1
	}
	i = skipSpace(s.b, i+1)
	if i < len(s.b) && s.b[i] == ']' {
		return i + 1
	}
	for {
		if i = s.value(i, depth); i < 0 {
			return -1
		}
		i = skipSpace(s.b, i)
		if i >= len(s.b) || s.b[i] != ',' {
			break
		}
		i = skipSpace(s.b, i+1)
	}
	if i >= len(s.b) || s.b[i] != ']' {
		return -1
	}
	return i + 1
}

func (s *scan) object(i, depth int) int {
	if depth > MaxDepth {
		return -1
	}
	var marked bool
	var num []byte
	i = skipSpace(s.b, i+1)
	if i < len(s.b) && s.b[i] == '}' {
		s.found = false
		return i + 1
	}
	for {
		start := skipKey(s.b, i)
		if start < 0 {
			return -1
		}
		end := s.value(start, depth)
		if end < 0 {
			return -1
		}
		// Of keys that come twice the last counts, as in JSON.parse.
		key := s.b[i+1 : skipString(s.b, i)-1]
		if stringIs(key, "_placeholder") {
			marked = string(s.b[start:end]) == "true"
		} else if stringIs(key, "num") {
			num = s.b[start:end]
		}
		i = skipSpace(s.b, end)
		if i >= len(s.b) || s.b[i] != ',' {
			break
		}
		i = skipSpace(s.b, i+1)
	}
	if i >= len(s.b) || s.b[i] != '}' || !s.close(marked, num) {
		return -1
	}
	return i + 1
}

// close notes what an object was, and reports false for a placeholder that may not be.
func (s *scan) close(marked bool, num []byte) bool {
	s.found = marked
	if !marked {
		return true
	}
	n, digits := number(num)
	canonical := digits > 0 && digits == len(num) && (num[0] != '0' || digits == 1)
	if !canonical || n >= uint64(max(0, s.limit)) {
		s.bad = true
		return false
	}
	s.num = int(n)
	return true
}
