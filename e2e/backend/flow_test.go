package backend

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// TestApplicationIsKilled has clients of eight workers ask two processes of an
// application, one of which dies: no question is handled twice, those under way
// are answered with an error, and all others by the other process.
func TestApplicationIsKilled(t *testing.T) {
	n, at := withNATS(t, "--workers=8", "--backend-timeout=2s")
	r := newRecord()
	r.joinNATS(t, at)
	dies := r.joinNATS(t, at)
	all := gather(t, n, 40)
	var asked, answered, failed atomic.Int64
	var wg sync.WaitGroup
	over := make(chan struct{})
	for i, c := range all {
		wg.Go(func() {
			for j := 0; ; j++ {
				select {
				case <-over:
					return
				default:
				}
				question := fmt.Sprintf("%d.%d", i, j)
				asked.Add(1)
				answer, err := c.Ask(within(t), "work", question)
				switch {
				case err != nil:
					t.Errorf("%s: %v", question, err)
					return
				case strings.Contains(string(answer[0]), `"backend_timeout"`):
					failed.Add(1)
				case string(answer[0]) != fmt.Sprintf("%q", c.id):
					t.Errorf("%s is answered with %s", question, answer)
					return
				default:
					answered.Add(1)
				}
			}
		})
	}
	r.await(t, patience, "a thousand questions", func() bool { return len(r.handled) > 1000 })
	dies.Close() // without a farewell to those it has heard
	before := answered.Load()
	r.await(t, patience, "a thousand more", func() bool { return answered.Load() > before+1000 })
	close(over)
	wg.Wait()
	for question, times := range r.handled {
		if times > 1 {
			t.Errorf("%s was handled %d times", question, times)
		}
	}
	t.Logf("%d asked, %d answered, %d timed out", asked.Load(), answered.Load(), failed.Load())
	if asked.Load() != answered.Load()+failed.Load() {
		t.Error("some were neither answered nor failed")
	}
}

// TestApplicationIsAway has none at first: clients are told so at once. Once it
// is there they come in.
func TestApplicationIsAway(t *testing.T) {
	n, at := withNATS(t, "--workers=2", "--backend-absent=allow", "--backend-timeout=1m")
	r := newRecord()
	first := r.joinNATS(t, at)
	c := gather(t, n, 1)[0]
	ended := make(chan struct{})
	first.SetClosedHandler(func(*nats.Conn) { close(ended) })
	if err := first.Drain(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended: // and the server knows
	case <-time.After(patience):
		t.Fatal("the application does not leave")
	}
	began := time.Now()
	answer, err := c.Ask(within(t), "work", 1)
	if err != nil || !strings.Contains(string(answer[0]), `"backend_absent"`) {
		t.Errorf("%s, %v", answer, err)
	}
	t.Logf("told after %v", time.Since(began))
	r.joinNATS(t, at)
	if again := identify(t, c.Client); again.id != c.id {
		t.Errorf("%s is %s now", c.id, again.id)
	}
}
