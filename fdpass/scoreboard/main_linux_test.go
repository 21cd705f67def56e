package scoreboard_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// childMode names what this binary does when a test starts it as another process.
const childMode = "SCOREBOARD_TEST_CHILD"

func TestMain(m *testing.M) {
	if mode := os.Getenv(childMode); mode != "" {
		os.Exit(childMain(mode))
	}
	goleak.VerifyTestMain(m)
}
