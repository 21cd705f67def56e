package fdpass

import "golang.org/x/sys/unix"

// Behind the inboxes are the slot's estate, and the turnstile where there is one.

func inheritedEstate(slots int) int { return inheritedMemory(OutboxesFD + slots) }

func inheritedTurnstile(slots int) int { return inheritedMemory(OutboxesFD + slots + 1) }

func inheritedMemory(fd int) int {
	if !isFile(fd) {
		return -1
	}
	unix.CloseOnExec(fd)
	return fd
}
