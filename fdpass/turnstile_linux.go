package fdpass

import "golang.org/x/sys/unix"

// inheritedTurnstile is behind the inboxes, where there is one.
func inheritedTurnstile(slots int) int {
	fd := OutboxesFD + slots
	if !isFile(fd) {
		return -1
	}
	unix.CloseOnExec(fd)
	return fd
}
