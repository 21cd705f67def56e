package crowd

import (
	"fmt"
	"strconv"
	"strings"
)

// encodePayload makes a polling body of packets.
func encodePayload(revision int, packets []string) string {
	if revision == 4 {
		return strings.Join(packets, "\x1e")
	}
	var b strings.Builder
	for _, p := range packets {
		b.WriteString(strconv.Itoa(len(p)) + ":" + p)
	}
	return b.String()
}

// decodePayload takes a polling body apart.
func decodePayload(revision int, body string) (packets []string, err error) {
	if revision == 4 {
		return strings.Split(body, "\x1e"), nil
	}
	for body != "" {
		length, rest, _ := strings.Cut(body, ":")
		n, err := strconv.Atoi(length)
		if err != nil || n < 1 || n > len(rest) {
			return nil, fmt.Errorf("not a payload of revision 3: %.60q", body)
		}
		packets, body = append(packets, rest[:n]), rest[n:]
	}
	return packets, nil
}
