package raw

import (
	"fmt"
	"regexp"
	"strings"
)

// ids are the session ids that a server has told, in order.
type ids struct{ list []string }

var sidField = regexp.MustCompile(`\\?"sid\\?":\\?"([^"\\]+)\\?"`)

// learn notes the ids in an answer.
func (i *ids) learn(s string) {
	for _, m := range sidField.FindAllStringSubmatch(s, -1) {
		if !i.known(m[1]) {
			i.list = append(i.list, m[1])
		}
	}
}

var openPacket = regexp.MustCompile(`(?:^|[:"])0\{\\?"sid\\?":\\?"([^"\\]+)`)

// opened is the id of the Engine.IO session that an answer opens.
func opened(s string) (sid string, ok bool) {
	m := openPacket.FindStringSubmatch(s)
	if m == nil {
		return "", false
	}
	return m[1], true
}

// known reports whether the id was told; revision 3 puts "/namespace#" before it.
func (i *ids) known(id string) bool {
	if _, after, ok := strings.Cut(id, "#"); ok {
		id = after
	}
	for _, k := range i.list {
		if k == id {
			return true
		}
	}
	return false
}

// replace names the ids <sid1>, <sid2>... The length before a revision 3 open
// packet counts the id's characters, so it becomes what it would be without.
func (i *ids) replace(s string) string {
	for n, id := range i.list {
		s = lengthBefore.ReplaceAllStringFunc(s, func(m string) string {
			if !strings.Contains(s, id) {
				return m
			}
			var length int
			fmt.Sscan(m, &length)
			return fmt.Sprintf("<%d+sid>:0{", length-len(id))
		})
		s = strings.ReplaceAll(s, id, fmt.Sprintf("<sid%d>", n+1))
	}
	return s
}

var lengthBefore = regexp.MustCompile(`\b\d+:0\{`)
