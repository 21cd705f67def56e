package raw

import (
	"regexp"
	"strings"
)

// mostPolls bounds how many polls an expected packet may take.
const mostPolls = 20

// PollUntil polls until an answer ends in the packet, and writes the packets of
// all answers down as if one had brought them: where a server cuts is a matter
// of timing. An answer that is not 200 ends it.
func (k *Talk) PollUntil(query, packet string) {
	k.pollUntil(packet, strings.Contains(query, "EIO=4"), func() *Conn { return k.Get(query) })
}

// PollUntil is that of the conversation, on this connection.
func (c *Conn) PollUntil(query, packet string) {
	c.talk.pollUntil(packet, strings.Contains(query, "EIO=4"), func() *Conn {
		c.Write(Request("GET", path+query, "")).Answer()
		return c
	})
}

func (k *Talk) pollUntil(packet string, separated bool, poll func() *Conn) {
	from := len(k.lines)
	var all []string
	for range mostPolls {
		c := poll()
		if c.Status != 200 {
			return
		}
		all = append(all, string(c.Body))
		k.lines = append(k.lines[:from], strings.TrimRight(c.head+" "+k.body([]byte(join(all, separated))), " "))
		if strings.HasSuffix(string(c.Body), packet) {
			return
		}
	}
	k.Note("no %s", packet)
}

var betweenJSONP = regexp.MustCompile(`"\);\n___eio\[\d*\]\("`)

// join makes one payload of several; those of revision 4 have a separator
// between packets.
func join(payloads []string, separated bool) string {
	if !strings.HasPrefix(payloads[0], "___eio[") {
		separator := ""
		if separated {
			separator = "\x1e"
		}
		return strings.Join(payloads, separator)
	}
	separator := ""
	if separated {
		separator = `\u001e`
	}
	return betweenJSONP.ReplaceAllLiteralString(strings.Join(payloads, "\n"), separator)
}
