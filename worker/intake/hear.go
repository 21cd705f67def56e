package intake

import (
	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/worker/contract"
)

// everybody does this worker's part of a command that all workers hear.
func (i *Intake) everybody(m broker.Message) {
	a, err := contract.ParseAddress(m.Subject[len(i.prefix):])
	if err != nil {
		i.refuse(m, err)
		return
	}
	if i.idle(&a) {
		i.counters.idle.Add(1)
		return
	}
	c, err := a.Parse(m.Data)
	switch {
	case err != nil:
		i.refuse(m, err)
	case !answerable(m.Reply):
		i.refuse(m, badReply())
	case c.Simple():
		i.here(m, c)
	case m.Reply == "":
		i.refuse(m, replyWanted())
	}
}

// idle reports whether nobody here is meant, by the subject alone.
func (i *Intake) idle(a *contract.Address) bool {
	if a.Room == "" || a.Namespace == "" {
		return false
	}
	ns := i.executor.Server.Lookup(a.Namespace)
	return ns != nil && !ns.To(a.Room).MayReach()
}

func (i *Intake) here(m broker.Message, c *contract.Command) {
	if i.executor.Server.Reach(c.Namespace) == nil {
		i.refuse(m, &contract.Error{Code: contract.UnknownNamespace, Message: "there is no namespace " + contract.Show(c.Namespace)})
		return
	}
	if err := i.executor.Here(c); err != nil {
		i.refuse(m, err)
		return
	}
	i.counters.done.Add(1)
}

// alone does a command that this worker only hears.
func (i *Intake) alone(m broker.Message) {
	a, err := contract.ParseAddress(m.Subject[len(i.prefix):])
	var c *contract.Command
	if err == nil {
		c, err = a.Parse(m.Data)
	}
	switch {
	case err == nil && !answerable(m.Reply):
		err = badReply()
	case err == nil && m.Reply == "" && !c.Simple():
		err = replyWanted()
	}
	switch {
	case err != nil:
		i.answerError(m, err)
	case m.Reply == "":
		i.here(m, c)
	case c.Simple(): // in order with the others
		i.finish(m, func() (any, *contract.Error) { return i.executor.DoHere(i.ctx, c, i.most()) })
	default:
		i.begin(m, tooMany(), func() (any, *contract.Error) { return i.executor.DoHere(i.ctx, c, i.most()) })
	}
}

func badReply() *contract.Error {
	return &contract.Error{Code: contract.BadSubject, Message: "the reply subject is none of an application's"}
}

func replyWanted() *contract.Error {
	return &contract.Error{Code: contract.BadSubject, Message: "the command answers: a reply subject is wanted"}
}
