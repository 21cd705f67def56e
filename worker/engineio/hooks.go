package engineio

import "slices"

// Hooks are the application's word in the handling of requests. They run off
// the loop and may block.
type Hooks struct {
	// AllowRequest may refuse a handshake: the error's text is the answer's
	// message.
	AllowRequest func(*Request) error
	// InitialHeaders adds header lines to the first answer of a session,
	// Headers to every one; h is theirs to fill.
	InitialHeaders, Headers func(h *HeaderLines, r *Request)
	// ConnectionError hears of each refused request.
	ConnectionError func(*Request, *RequestError)
}

// SetHooks replaces the hooks of the options: for a program that is given a
// server which others made. To be called before the server serves.
func (s *Server) SetHooks(h Hooks) { s.options.Hooks = h }

// OnConnectionError adds to the hook of that name another that is called after
// it. It may be called at any time.
func (s *Server) OnConnectionError(f func(*Request, *RequestError)) {
	for {
		before := s.refusals.Load()
		all := []func(*Request, *RequestError){f}
		if before != nil {
			all = append(slices.Clone(*before), f)
		}
		if s.refusals.CompareAndSwap(before, &all) {
			return
		}
	}
}
