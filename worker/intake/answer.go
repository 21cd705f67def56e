package intake

import (
	"encoding/json"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/worker/contract"
)

// one answers a command for all workers.
func (i *Intake) one(m broker.Message) {
	a, err := contract.ParseAddress(m.Subject[len(i.prefix):])
	if err != nil {
		if m.Reply != "" { // else everybody has told
			i.answerError(m, err)
		}
		return
	}
	if m.Reply == "" && simple(a.Command) {
		return // everybody does it
	}
	c, err := a.Parse(m.Data)
	switch {
	case err != nil:
		i.answerError(m, err)
	case !answerable(m.Reply):
		i.refuse(m, badReply())
	case m.Reply == "" && (c.Name != contract.ServerSideEmitCommand || c.AckTimeout > 0):
		i.refuse(m, replyWanted())
	case c.Name == contract.EmitCommand && c.AckTimeout == 0:
		// Everybody does it. This one says whether it could be done.
		check := func() (any, *contract.Error) {
			if err := i.executor.Check(i.ctx, c); err != nil {
				return nil, err
			}
			return contract.Done{OK: true}, nil
		}
		if c.Socket == "" { // nobody has to be asked
			i.finish(m, check)
			return
		}
		i.begin(m, tooManyDone(), check)
	default:
		// What everybody does of it already is done once more, which changes
		// nothing, to know when all have done it.
		full := tooMany()
		if c.Simple() {
			full = tooManyDone()
		}
		i.begin(m, full, func() (any, *contract.Error) { return i.executor.Do(i.ctx, c, i.most()) })
	}
}

func tooMany() *contract.Error {
	return &contract.Error{Code: contract.TooManyRequests, Message: "this worker has too many commands to answer already"}
}

// tooManyDone is tooMany for what everybody has done, or is about to do.
func tooManyDone() *contract.Error {
	return &contract.Error{Code: contract.Unanswered, Message: "it is done, but this worker has too many commands to answer already to say when, and to whom"}
}

// most is what an answer may list: it travels in one message.
func (i *Intake) most() int { return i.bus.MaxPayload() - answerRoom }

// begin has a command done and answered beside others; where these are too many,
// the answer is full.
func (i *Intake) begin(m broker.Message, full *contract.Error, do func() (any, *contract.Error)) {
	select {
	case i.places <- struct{}{}:
	default:
		i.counters.overflows.Add(1)
		i.answer(m, contract.Failure{Error: full})
		return
	}
	i.ending.Lock()
	defer i.ending.Unlock()
	if i.ended { // it was on its way here when the subscriptions ended
		<-i.places
		return
	}
	i.wg.Go(func() {
		defer func() { <-i.places }()
		i.finish(m, do)
	})
}

func (i *Intake) finish(m broker.Message, do func() (any, *contract.Error)) {
	answer, err := do()
	if err != nil {
		i.answerError(m, err)
		return
	}
	i.counters.done.Add(1)
	i.answer(m, answer)
}

// answerError refuses a command.
func (i *Intake) answerError(m broker.Message, err *contract.Error) {
	if m.Reply == "" || !answerable(m.Reply) {
		i.refuse(m, err)
		return
	}
	i.counters.refused.Add(1)
	i.answer(m, contract.Failure{Error: err})
}

// refuse is for what nobody waits to hear of.
func (i *Intake) refuse(m broker.Message, err *contract.Error) {
	if m.Reply != "" && answerable(m.Reply) {
		return // who answers says so
	}
	i.counters.refused.Add(1)
	i.bad.say("subject", contract.Show(m.Subject), "code", err.Code, "error", err.Message)
}

func (i *Intake) answer(m broker.Message, answer any) {
	if m.Reply == "" {
		return
	}
	b, err := json.Marshal(answer)
	if err == nil && len(b) > i.bus.MaxPayload() {
		b, err = json.Marshal(contract.Failure{Error: &contract.Error{Code: contract.TooLarge, Message: "the answer is larger than NATS lets through"}})
	}
	if err == nil {
		err = i.bus.Publish(m.Reply, b)
	}
	if err != nil {
		i.counters.unanswered.Add(1)
		i.bad.say("subject", contract.Show(m.Subject), "error", "cannot be answered: "+err.Error())
		return
	}
	i.counters.answered.Add(1)
}
