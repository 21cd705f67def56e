package master

import (
	"fmt"

	"golang.org/x/sys/unix"
)

var unavailable = fmt.Appendf(nil, "HTTP/1.1 503 Service Unavailable\r\nRetry-After: %d\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
	int(retryAfter.Seconds()))

// maxUnread is how much of a refused client's request is taken out of the kernel, in bytes, so that closing does not reset the
// connection before the answer is read.
const maxUnread = 64 << 10

// refuse answers each connection with 503 and closes it, without waiting.
func refuse(conns []conn) {
	for _, c := range conns {
		refuseOne(c.fd)
	}
}

func refuseOne(fd int) {
	defer unix.Close(fd)
	if _, err := unix.SendmsgN(fd, unavailable, nil, nil, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL); err != nil {
		return
	}
	_ = unix.Shutdown(fd, unix.SHUT_WR)
	var scrap [4096]byte
	for range maxUnread / len(scrap) {
		if n, _, err := unix.Recvfrom(fd, scrap[:], unix.MSG_DONTWAIT); n <= 0 || err != nil {
			return
		}
	}
}
