package procfs

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
)

// listenState is TCP_LISTEN in /proc/net/tcp.
const listenState = "0A"

// Listening are the addresses at which the process accepts TCP connections, in
// whatever network it is.
func Listening(pid int) ([]netip.AddrPort, error) {
	open, err := Descriptors(pid)
	if err != nil {
		return nil, err
	}
	var found []netip.AddrPort
	for _, table := range []string{fmt.Sprintf("/proc/%d/net/tcp", pid), fmt.Sprintf("/proc/%d/net/tcp6", pid)} {
		b, err := os.ReadFile(table)
		if err != nil {
			return nil, err
		}
		for _, line := range strings.Split(string(b), "\n")[1:] {
			f := strings.Fields(line)
			if len(f) < 10 || f[3] != listenState || !slices.Contains(open, "socket:["+f[9]+"]") {
				continue
			}
			a, err := parseAddress(f[1])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", table, err)
			}
			found = append(found, a)
		}
	}
	return found, nil
}

// parseAddress reads "0100007F:0BB8": words in the machine's byte order, taken
// to be little endian, then the port.
func parseAddress(s string) (netip.AddrPort, error) {
	words, port, _ := strings.Cut(s, ":")
	b, err := hex.DecodeString(words)
	if err != nil || len(b)%4 != 0 {
		return netip.AddrPort{}, fmt.Errorf("not an address: %q", s)
	}
	for i := 0; i < len(b); i += 4 {
		binary.BigEndian.PutUint32(b[i:], binary.LittleEndian.Uint32(b[i:]))
	}
	ip, ok := netip.AddrFromSlice(b)
	n, err := strconv.ParseUint(port, 16, 16)
	if err != nil || !ok {
		return netip.AddrPort{}, fmt.Errorf("not an address: %q", s)
	}
	return netip.AddrPortFrom(ip, uint16(n)), nil
}
