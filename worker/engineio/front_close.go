package engineio

import (
	"context"

	"github.com/ioserver/ioserver/worker/loop"
)

// Close stops accepting, lets requests under way be answered until ctx ends,
// closes every connection and waits for the goroutines. It is to be called once,
// after [Server.Shutdown], which is what answers the polls that wait.
func (f *Front) Close(ctx context.Context) error {
	f.mu.Lock()
	f.closing = true
	quiet := make(chan struct{})
	f.quiet = quiet
	for l := range f.accepts {
		_ = l.Close()
	}
	f.loop.Post(loop.Func(f.drain))
	for c, active := range f.serving {
		if !active {
			_ = inner(c).Close()
		}
	}
	f.settle()
	f.mu.Unlock()
	var err error
	select {
	case <-quiet:
	case <-ctx.Done():
		err = ctx.Err()
		f.cutOff()
		<-quiet
	}
	f.wg.Wait() // nobody is added any more
	return err
}

// drain closes the kept connections without a request. The others end with its
// answer.
func (f *Front) drain() {
	f.draining = true
	for k := range f.kept {
		if k.request == nil {
			k.finish()
		}
	}
}

func (f *Front) cutOff() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cut = true
	for c := range f.serving {
		_ = inner(c).Close()
	}
	f.settle()
}

// settle tells Close when nothing is under way. The caller holds the lock.
func (f *Front) settle() {
	if f.quiet != nil && len(f.serving)+len(f.accepts) == 0 && (f.away == 0 || f.cut) {
		close(f.quiet)
		f.quiet = nil
	}
}
