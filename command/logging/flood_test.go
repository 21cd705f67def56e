package logging_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioserver/ioserver/command/logging"
)

// flooded runs do in a bubble of time and returns what the log has written by its
// end, without Close, and with it.
func flooded(t *testing.T, c logging.Config, do func(*slog.Logger)) (lines []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		out := new(sink)
		l := logging.New(out, c)
		do(l.Logger())
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if l.Lost() != 0 {
			t.Errorf("%d lost", l.Lost())
		}
		lines = out.lines(t)
	})
	return lines
}

func TestFlood(t *testing.T) {
	for _, format := range formats {
		for _, level := range []slog.Level{slog.LevelInfo, slog.LevelError} {
			t.Run(format+"/"+level.String(), func(t *testing.T) {
				out := new(sink)
				synctest.Test(t, func(t *testing.T) {
					l := logging.New(out, logging.Config{Format: format})
					for i := range 2000 {
						l.Logger().Log(t.Context(), level, "refused", "n", i)
					}
					synctest.Wait()
					if n := len(out.lines(t)); n != logging.FloodLines {
						t.Errorf("%d lines at once", n)
					}
					time.Sleep(logging.FloodWindow)
					synctest.Wait()
					lines := out.lines(t)
					want := ` n=1999 repeated=1990`
					if format == "json" {
						want = `"n":1999,"repeated":1990}`
					}
					if len(lines) != logging.FloodLines+1 || !strings.HasSuffix(lines[logging.FloodLines], want) {
						t.Errorf("after the window: %q", lines[min(len(lines), logging.FloodLines):])
					}
					if err := l.Close(); err != nil || l.Lost() != 0 {
						t.Errorf("%v, %d lost", err, l.Lost())
					}
				})
			})
		}
	}
}

func TestFewRepeatsAreWritten(t *testing.T) {
	lines := flooded(t, logging.Config{}, func(l *slog.Logger) {
		for range 100 {
			l.Info("now and then")
			time.Sleep(logging.FloodWindow / (logging.FloodLines - 1))
		}
	})
	if len(lines) != 100 {
		t.Errorf("%d lines", len(lines))
	}
}

func TestFloodGoesOn(t *testing.T) {
	lines := flooded(t, logging.Config{}, func(l *slog.Logger) {
		for range 3000 { // three windows
			l.Info("again")
			time.Sleep(logging.FloodWindow / 1000)
		}
	})
	total := 0
	for _, line := range lines {
		var n int
		if _, told, ok := strings.Cut(line, " repeated="); ok {
			fmt.Sscan(told, &n)
		} else {
			n = 1
		}
		total += n
	}
	if total != 3000 || len(lines) != 3*(logging.FloodLines+1) {
		t.Errorf("%d lines tell of %d", len(lines), total)
	}
}

func TestFloodIsToldBeforeWhatFollows(t *testing.T) {
	lines := flooded(t, logging.Config{}, func(l *slog.Logger) {
		for range 50 {
			l.Info("again")
		}
		time.Sleep(logging.FloodWindow - time.Nanosecond)
		l.Info("other")
		time.Sleep(time.Nanosecond)
		l.Info("again", "window", 2)
	})
	var ends []string
	for _, line := range lines[logging.FloodLines:] {
		ends = append(ends, line[strings.Index(line, "msg="):])
	}
	if got := strings.Join(ends, ", "); got != "msg=other, msg=again repeated=40, msg=again window=2" {
		t.Error(got)
	}
}

func TestCloseTellsOfFloods(t *testing.T) {
	lines := flooded(t, logging.Config{}, func(l *slog.Logger) {
		for range 50 {
			l.Info("again")
		}
	})
	if len(lines) != logging.FloodLines+1 || !strings.HasSuffix(lines[logging.FloodLines], "msg=again repeated=40") {
		t.Errorf("%q", lines[logging.FloodLines:])
	}
}

// TestWhatTellsMessagesApart: level, text and slot do; other attributes do not.
func TestWhatTellsMessagesApart(t *testing.T) {
	tests := map[string]struct {
		log  func(l *slog.Logger, i int)
		want int
	}{
		"slots of loggers": {func(l *slog.Logger, i int) { l.With("slot", i).Info("m") }, 1000},
		"slots of events":  {func(l *slog.Logger, i int) { l.Info("m", "slot", uint8(i%250)) }, 1000},
		"levels":           {func(l *slog.Logger, i int) { l.Log(t.Context(), slog.Level(i), "m") }, 1000},
		"texts":            {func(l *slog.Logger, i int) { l.Info(fmt.Sprint(i)) }, 1000},
		"attributes":       {func(l *slog.Logger, i int) { l.Info("m", "sid", i) }, logging.FloodLines + 1},
		"groups":           {func(l *slog.Logger, i int) { l.WithGroup("g").Info("m", "slot", i) }, logging.FloodLines + 1},
		"ends of texts": {func(l *slog.Logger, i int) {
			l.Info(strings.Repeat("long", 100) + fmt.Sprint(i))
		}, logging.FloodLines + 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			lines := flooded(t, logging.Config{}, func(l *slog.Logger) {
				for i := range 1000 {
					test.log(l, i)
				}
			})
			if len(lines) != test.want {
				t.Errorf("%d lines, want %d", len(lines), test.want)
			}
		})
	}
}

func TestMessagesBeyondTheTable(t *testing.T) {
	const beyond = 500
	lines := flooded(t, logging.Config{Format: "json"}, func(l *slog.Logger) {
		for i := range logging.MaxMessages + beyond {
			l.Info(fmt.Sprint("message ", i))
		}
		time.Sleep(2 * logging.FloodWindow) // there is room again
		l.Info("later")
	})
	if want := logging.MaxMessages + logging.FloodLines + 2; len(lines) != want {
		t.Fatalf("%d lines, want %d", len(lines), want)
	}
	var told struct {
		Level, Msg string
		Repeated   int
	}
	if err := json.Unmarshal([]byte(lines[len(lines)-2]), &told); err != nil {
		t.Fatal(err)
	}
	if told.Level != "WARN" || told.Msg != "log lines of too many kinds left out" || told.Repeated != beyond-logging.FloodLines {
		t.Errorf("%s", lines[len(lines)-2])
	}
}

// TestAttributesOfTheMoment: what is told later is what was true then.
func TestAttributesOfTheMoment(t *testing.T) {
	state := &struct{ N int }{}
	lines := flooded(t, logging.Config{}, func(l *slog.Logger) {
		for state.N < 20 {
			l.Info("m", "state", state)
			state.N++
		}
		state.N = 100
	})
	if last := lines[len(lines)-1]; !strings.Contains(last, "{N:19}") {
		t.Error(last)
	}
}
