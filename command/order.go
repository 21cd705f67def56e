package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/ioserver/ioserver/worker/contract"
)

// The groups of flags of commands that go to a server.
const (
	orderWhom = "Whom it is for"
	orderWhat = "What is done"
	orderList = "What is listed"
)

// answerBytesMost bounds an answer that is read: a server's own bound, with room.
const answerBytesMost = 32 << 20

// order is what the flags of a command set that a server is to do.
type order struct {
	outlook
	name      string
	namespace string
	rooms     []string
	except    []string
	socket    string
}

// flags say whom it is for.
func (o *order) flags(t *table, socket bool) {
	t.add("namespace", orderWhom, "`NAME` of the namespace", text(&o.namespace, func(s string) bool { return strings.HasPrefix(s, "/") }), "a name that begins with /").usually("/")
	t.nameList("room", orderWhom, "`ROOM` whose members it is for, repeatable; the id of a socket is one", &o.rooms)
	t.nameList("except", orderWhom, "`ROOM` whose members it is not for, repeatable", &o.except)
	if socket {
		t.add("socket", orderWhom, "`ID` of the one socket that it is for, which has to be there", text(&o.socket, named), "an id")
	}
	o.outlook.flags(t)
}

// nameList adds a list of names, which may have commas in them.
func (t *table) nameList(name, group, usage string, target *[]string) *setting {
	return t.add(name, group, usage, &listValue{target: target, check: func(s string) error { return usable(named(s)) }, whole: true}, "a name")
}

// fields are what all commands say in common.
func (o *order) fields() map[string]any {
	f := make(map[string]any)
	if o.namespace != "" {
		f["namespace"] = o.namespace
	}
	if len(o.rooms) > 0 {
		f["rooms"] = o.rooms
	}
	if len(o.except) > 0 {
		f["except"] = o.except
	}
	if o.socket != "" {
		f["socket"] = o.socket
	}
	return f
}

// aimed refuses what would be for everybody and does not say so.
func (o *order) aimed(p *program) error {
	if o.socket == "" && len(o.rooms) == 0 && !p.switches["all"] {
		return &usageError{what: o.name, problem: "for whom? Give --socket, --room, or --all for everybody in the namespace"}
	}
	if o.socket != "" && (len(o.rooms) > 0 || len(o.except) > 0) {
		return &usageError{what: o.name, given: "--socket", problem: "does not go with --room or --except"}
	}
	return nil
}

var allSwitch = switchFlag{"all", "everybody in the namespace is meant, but for --except"}

// do has the server do it, and returns its answer. patience is beside what the
// answer is known to take.
func (o *order) do(fields map[string]any, takes time.Duration) (answer []byte, err error) {
	c, err := o.caller()
	if err != nil {
		return nil, err
	}
	defer c.close()
	c.client.Timeout += takes
	body, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	ctx, stop := interruptible()
	defer stop()
	answer, err = c.call(ctx, http.MethodPost, "/api/"+o.name, body, answerBytesMost)
	return answer, o.wrapped(c, err)
}

func (o *order) wrapped(c *caller, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %s: %w", o.name, oneLine(c.place.name), err)
}

// interruptible ends with the first signal; the second one ends the program.
func interruptible() (context.Context, func()) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// partly is an error where workers have not said anything.
func (o *order) partly(workers []contract.Worker) error {
	if len(workers) == 0 {
		return nil
	}
	list := ""
	for i, w := range workers {
		if i == 5 {
			list += fmt.Sprintf(" and %d more", len(workers)-i)
			break
		}
		list += fmt.Sprintf(", slot %d of node %d", w.Slot, w.Node)
	}
	return errors.New(o.name + ": not all is there, since these have not answered: " + strings.TrimPrefix(list, ", "))
}
