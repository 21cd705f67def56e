package broker

import "strings"

// MaxSubject is the longest subject in bytes.
const MaxSubject = 512

// ValidToken reports whether s can be one token of a subject (or a cluster
// name) without any encoding: 1 to 64 of A-Z a-z 0-9 - and _.
func ValidToken(s string) bool {
	if len(s) == 0 || len(s) > 64 {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}

// validSubject checks the syntax of a subject; wild allows wildcards.
func validSubject(s string, wild bool) bool {
	if len(s) == 0 || len(s) > MaxSubject {
		return false
	}
	start := 0
	for i := 0; i <= len(s); i++ {
		if i < len(s) && s[i] != '.' {
			if s[i] <= ' ' || s[i] == 0x7f {
				return false
			}
			continue
		}
		token := s[start:i]
		switch token {
		case "":
			return false
		case "*":
			if !wild {
				return false
			}
		case ">":
			if !wild || i < len(s) {
				return false
			}
		}
		start = i + 1
	}
	return true
}

// match reports whether a literal subject falls under a pattern. Both are valid.
func match(pattern, subject string) bool {
	for {
		p, prest, pmore := strings.Cut(pattern, ".")
		if p == ">" {
			return true
		}
		s, srest, smore := strings.Cut(subject, ".")
		if p != "*" && p != s {
			return false
		}
		if !pmore || !smore {
			return pmore == smore
		}
		pattern, subject = prest, srest
	}
}
