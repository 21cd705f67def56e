package socketio

import "errors"

var errWrongAnswer = errors.New("answer to something else")

// answer takes a part of a worker's answer. next reports that there is more to
// be asked for.
func (q *requests) answer(from Peer, e *answerEnvelope) (next bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	r := q.pending[e.id]
	switch {
	case r == nil:
		return false, nil // too late
	case r.op != e.op:
		return false, errWrongAnswer
	}
	p := r.parties[from.Home]
	if p == nil && !r.only && r.open > 0 {
		// It came when the request was on its way.
		p = &party{life: from.Life}
		r.parties[from.Home] = p
		r.open++
	}
	switch {
	case p == nil || p.over || p.life != from.Life:
		return false, nil
	case p.part != e.part:
		r.settle(p, errLost)
		return false, nil
	}
	p.part++
	if err := r.take(from, p, e); err != nil {
		r.settle(p, err)
		return false, err
	}
	switch e.status {
	case statusMore:
		return r.op == opFetch, nil
	case statusBusy:
		r.settle(p, ErrBusy)
	case statusNobody:
		r.settle(p, ErrNoHandler)
	default:
		r.settle(p, nil)
	}
	return false, nil
}

// errLost: the bus has lost a part of an answer.
var errLost = errors.New("answers were lost on their way")

// take keeps what a part of an answer holds. mu is held.
func (r *request) take(from Peer, p *party, e *answerEnvelope) error {
	switch {
	case e.status > statusLast:
	case r.op == opEmit:
		return r.takeAcks(p, e)
	case r.op == opFetch:
		for _, s := range e.sockets {
			if !r.hold(s.size()) {
				p.missing = true
				r.blame(ErrBusy)
				continue
			}
			s.ns = r.ns
			r.sockets = append(r.sockets, s)
		}
	case r.op == opServerEvent:
		if !r.hold(e.args.size()) {
			p.missing = true
			r.blame(ErrBusy)
			return nil
		}
		r.answers = append(r.answers, ServerAnswer{From: from.Home, Args: e.args})
	}
	return nil
}

// takeAcks keeps sockets' answers. mu is held.
func (r *request) takeAcks(p *party, e *answerEnvelope) error {
	p.ids = append(p.ids, e.ids...)
	for _, a := range e.answers {
		if !r.settled(p, a.index, a.args, 0) {
			return errWrongAnswer
		}
	}
	for _, l := range e.lost {
		if !r.settled(p, l.index, nil, l.why) {
			return errWrongAnswer
		}
	}
	return nil
}

// settled takes a socket's answer, nil: there is none, and why says the reason.
// False: it was not asked, or has answered. mu is held.
func (r *request) settled(p *party, i uint32, a *Args, why loss) bool {
	if uint64(i) >= uint64(len(p.ids)) || p.ids[i] == "" {
		return false
	}
	id := p.ids[i]
	p.ids[i] = ""
	switch {
	case a == nil:
		r.blame(why.err())
	case !r.hold(len(id) + a.size()):
		r.blame(ErrBusy)
	default:
		r.acks.Answers = append(r.acks.Answers, SocketAnswer{id, a})
		return true
	}
	r.acks.Missing = append(r.acks.Missing, id)
	return true
}
