package fdpass_test

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/ioserver/ioserver/fdpass"
)

func FuzzParseRights(f *testing.F) {
	for _, fds := range [][]int{{}, {7}, {7, 8}, {7, 8, 9, 10}, {7, 8, 9, 10, 11}} {
		f.Add(unix.UnixRights(fds...))
	}
	f.Add(append(unix.UnixCredentials(&unix.Ucred{Pid: 1}), unix.UnixRights(3)...))
	f.Add(unix.UnixRights(7)[:unix.SizeofCmsghdr-1])
	f.Fuzz(func(t *testing.T, oob []byte) {
		fds, foreign := fdpass.ParseRights(oob)
		if len(fds) > 0 && len(oob) < unix.SizeofCmsghdr+4*len(fds) {
			t.Errorf("%d descriptors out of %d bytes", len(fds), len(oob))
		}
		if len(oob) > 0 && len(oob) < unix.SizeofCmsghdr && !foreign {
			t.Error("a truncated header passed")
		}
	})
}
