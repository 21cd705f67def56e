package e2e

import (
	"strings"
	"testing"

	"github.com/ioserver/ioserver/e2e/raw"
)

// rawCase is a conversation that both servers are to lead in the same way.
type rawCase struct {
	name string
	on   *config // nil: plain
	talk func(k *raw.Talk)
	// racy says that what is sent first may arrive second, on another way, and
	// that the answers then differ: the conversation may be led again
	racy bool
	// where ioserver answers otherwise, and why
	differs []difference
	// all that ioserver answers, where the reference is no model, and why
	ioserver, why string
}

// difference is intended: where the reference answers one, ioserver answers the
// other. One that does not occur any more fails its case.
type difference struct{ reference, ioserver, why string }

// plain is every default, over all that ioserver has: each connection of a
// conversation reaches another worker.
var plain = &config{name: "plain"}

func init() { plain.Workers, plain.Balance = 8, "round-robin" }

// compare leads each conversation with both servers.
func compare(t *testing.T, cases []rawCase) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			on := c.on
			if on == nil {
				on = plain
			}
			if c.ioserver != "" && *against == "reference" {
				t.Skip(c.why)
			}
			want, got := c.want(t, on), lead(t, *against, on, c)
			for again := 0; c.racy && got != want && again < 5; again++ {
				want, got = c.want(t, on), lead(t, *against, on, c)
			}
			if got != want {
				t.Errorf("%s:\n%s\n\nwanted:\n%s", *against, got, want)
			}
		})
	}
}

// want is what the server under test is to answer.
func (c rawCase) want(t *testing.T, on *config) string {
	if c.ioserver != "" {
		return c.ioserver
	}
	transcript := lead(t, "reference", on, c)
	t.Logf("reference:\n%s", transcript)
	if *against == "ioserver" {
		return c.apply(t, transcript)
	}
	return transcript
}

func lead(t *testing.T, kind string, on *config, c rawCase) string {
	k := raw.New(t, servers.get(t, kind, on))
	c.talk(k)
	return k.Transcript()
}

// apply makes of the reference's answers what ioserver's are to be.
func (c rawCase) apply(t *testing.T, transcript string) string {
	for _, d := range c.differs {
		if !strings.Contains(transcript, d.reference) {
			t.Errorf("the reference does not answer %q any more; ioserver answers %q because %s", d.reference, d.ioserver, d.why)
		}
		transcript = strings.ReplaceAll(transcript, d.reference, d.ioserver)
	}
	return transcript
}
