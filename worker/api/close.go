package api

import "context"

// Close takes no more connections, closes those without a request, lets requests
// under way be answered until ctx ends, and waits for the goroutines. It returns
// the context's error where that cut any off.
func (s *Server) Close(ctx context.Context) error {
	s.end(false)
	defer s.cancel()
	over := make(chan struct{})
	go func() {
		s.wg.Wait()
		close(over)
	}()
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		s.end(true)
		<-over
		return ctx.Err()
	}
}

func (s *Server) end(all bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closing {
		s.closing = true
		close(s.closed)
	}
	for v := range s.viewers {
		v.End()
	}
	if all {
		s.cancel()
	}
	for c, active := range s.serving {
		if all || !active {
			_ = c.(*conn).Conn.Close()
		}
	}
	if all {
		for c := range s.leaving {
			_ = c.Conn.Close()
		}
	}
}
