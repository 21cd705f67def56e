package command

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// commandEnv makes this test binary the ioserver command, with its arguments.
const commandEnv = "COMMAND_TEST_RUN"

func TestMain(m *testing.M) {
	if os.Getenv(commandEnv) != "" {
		os.Exit(Main(os.Args))
	}
	goleak.VerifyTestMain(m)
}
