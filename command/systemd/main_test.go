package systemd_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// helperEnv makes the test binary a service that tells of its sockets.
const helperEnv = "SYSTEMD_TEST_SERVICE"

func TestMain(m *testing.M) {
	if os.Getenv(helperEnv) != "" {
		os.Exit(service())
	}
	goleak.VerifyTestMain(m)
}
