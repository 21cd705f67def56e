package demo

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// invisible are characters that show nothing, or turn the text around them.
func invisible(r rune) bool {
	return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) && r != zeroWidthJoiner ||
		r == utf8.RuneError || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r)
}

// zeroWidthJoiner is what families of emoji are held together by.
const zeroWidthJoiner = '\u200d'

// brailleBlank is the pattern without dots, which counts as a symbol.
const brailleBlank = '\u2800'

// visible is what shows by itself: not a space, an accent without its letter, or
// a character for fonts to leave out.
func visible(r rune) bool {
	return !unicode.IsSpace(r) && !unicode.IsMark(r) && r != zeroWidthJoiner && r != brailleBlank &&
		!unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
}

// cleanName is a person's name on one line; "" where nothing readable remains,
// or too much.
func cleanName(s string) string {
	s = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if invisible(r) {
			return -1
		}
		return r
	}, s)), " ")
	return within(s, NameRunes)
}

// cleanRoom is a room's name: lower case letters, digits and hyphens, so that
// it can stand in a link.
func cleanRoom(s string) string {
	s = strings.Join(strings.Fields(strings.ToLower(s)), "-")
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && !strings.ContainsRune("-_.", r) {
			return ""
		}
	}
	return within(s, RoomRunes)
}

// cleanText is a message: several lines may be.
func cleanText(s string) string {
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		if invisible(r) {
			return -1
		}
		return r
	}, s))
	return within(s, TextRunes)
}

func within(s string, runes int) string {
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > runes {
		return ""
	}
	if strings.ContainsFunc(s, visible) {
		return s
	}
	return ""
}
