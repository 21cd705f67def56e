package command

import (
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/ioserver/ioserver/command/logging"
	"github.com/ioserver/ioserver/master"
)

// reloader reads the configuration again at each SIGHUP, with the command line
// and the environment of the start.
type reloader struct {
	line    given
	running *configuration // what is in force
	log     *logging.Log
	logger  *slog.Logger
	told    *attendant
	out     chan master.Reload
	ended   chan struct{} // closed by stop
}

func newReloader(line given, running *configuration, log *logging.Log, told *attendant) *reloader {
	return &reloader{
		line:    line,
		running: running,
		log:     log,
		logger:  log.Logger(),
		told:    told,
		out:     make(chan master.Reload),
		ended:   make(chan struct{}),
	}
}

// start begins to reload at each of the signals, but for one that comes of the
// terminal's end, which is the server's. The returned function ends that, and
// waits for a reload that is under way.
func (r *reloader) start(hangups <-chan os.Signal, h *hangup, end func()) (stop func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-hangups:
				switch {
				case !h.closed():
					r.reload()
				case h.outlive:
					r.logger.Info("the terminal has been closed, the server goes on")
				default:
					r.logger.Info("the terminal has been closed, the server ends with it")
					end()
				}
			case <-r.ended:
				return
			}
		}
	}()
	return func() {
		signal.Ignore(syscall.SIGHUP) // it is late for one, and early for dying of it
		close(r.ended)
		<-done
	}
}

// reload takes up what can change, and says what cannot. What cannot be read
// changes nothing.
func (r *reloader) reload() {
	defer r.told.reloading(r.running.workers)()
	next, err := load(r.line)
	if err != nil {
		r.logger.Error("configuration not reloaded, all stays as it is", "error", err)
		return
	}
	changed, kept := r.running.take(next)
	if len(kept) > 0 {
		r.logger.Warn("needs a restart", "settings", strings.Join(kept, ", "))
	}
	if len(changed) == 0 {
		r.logger.Info("configuration reloaded, nothing has changed that can while running")
		return
	}
	m, err := r.running.reload()
	if err != nil {
		r.logger.Error("configuration not reloaded", "error", err)
		return
	}
	r.told.within.Store(int64(r.running.shutdownTimeout))
	r.log.SetLevel(r.running.logging.Level)
	select {
	case r.out <- m:
		r.logger.Info("configuration reloaded", "changed", strings.Join(changed, ", "))
		r.running.caution(r.logger)
	case <-r.ended:
	}
}
