package intake

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/contract"
	"github.com/ioserver/ioserver/worker/socketio"
)

const (
	// group is the queue group of all workers: one answers.
	group = "ioserver"
	// answering bounds the commands that are being answered. One more is refused
	// with too_many_requests. Stats.Overflows.
	answering = 256
	// answerRoom is what an answer may take besides what it lists.
	answerRoom = 64 << 10
)

// Options of an Intake; all are needed.
type Options struct {
	// Bus is where applications are. Its owner closes it, after Close.
	Bus     broker.Broker
	Cluster string
	// Home is this worker's, as in the ids of its sockets.
	Home   sid.Home
	Server *socketio.Server
	Logger *slog.Logger
}

// Intake hears commands and has them done.
type Intake struct {
	bus      broker.Broker
	prefix   string
	home     string
	executor contract.Executor
	bad      complaint
	counters counters

	subscriptions []broker.Subscription
	places        chan struct{}
	ctx           context.Context
	cancel        context.CancelFunc
	wg            sync.WaitGroup
	ending        sync.Mutex
	ended         bool // begin begins nothing more
}

// New begins to hear commands. Handlers run on the Bus's goroutine; it is one
// that nothing else waits for.
func New(o Options) (*Intake, error) {
	i := &Intake{
		bus: o.Bus, prefix: contract.Prefix(o.Cluster), home: homeToken(o.Home),
		executor: contract.Executor{Server: o.Server},
		bad:      complaint{logger: o.Logger, text: "a command over NATS was refused"},
		places:   make(chan struct{}, answering),
	}
	i.ctx, i.cancel = context.WithCancel(context.Background())
	if err := i.subscribe(); err != nil {
		i.cancel()
		return nil, errors.Join(fmt.Errorf("hear commands: %w", err), i.unsubscribe())
	}
	return i, nil
}

// homeToken is what [contract.HomeOf] makes of the ids of a home.
func homeToken(h sid.Home) string {
	return base64.RawURLEncoding.EncodeToString([]byte{byte(h.Node >> 8), byte(h.Node), h.Slot})
}

func (i *Intake) subscribe() error {
	for _, name := range contract.Commands() {
		for _, subject := range []string{i.prefix + name, i.prefix + name + ".>"} {
			if simple(name) { // before the group's, as NATS delivers them
				if err := i.keep(i.bus.Subscribe(subject, i.everybody)); err != nil {
					return err
				}
			}
			if err := i.keep(i.bus.SubscribeQueue(subject, group, i.one)); err != nil {
				return err
			}
		}
	}
	return i.keep(i.bus.Subscribe(i.prefix+"at."+i.home+".>", i.alone))
}

func simple(name string) bool {
	switch name {
	case contract.EmitCommand, contract.JoinCommand, contract.LeaveCommand, contract.DisconnectCommand:
		return true
	}
	return false
}

func (i *Intake) keep(s broker.Subscription, err error) error {
	if err == nil {
		i.subscriptions = append(i.subscriptions, s)
	}
	return err
}

func (i *Intake) unsubscribe() (err error) {
	for _, s := range i.subscriptions {
		err = errors.Join(err, s.Unsubscribe())
	}
	i.subscriptions = nil
	return err
}

// Close hears no more commands, and ends those that are being answered.
func (i *Intake) Close() error {
	err := i.unsubscribe()
	i.ending.Lock()
	i.ended = true
	i.ending.Unlock()
	i.cancel()
	i.wg.Wait()
	return err
}

// internal are the beginnings of subjects at which nothing is answered: the
// server's own, and NATS's. An answer there would be taken for one of a worker's
// messages, or of an application's.
var internal = []string{"_ioserver.", "ioserver.", "$"}

// answerable reports whether an application may have its answer there.
func answerable(reply string) bool {
	for _, prefix := range internal {
		if strings.HasPrefix(reply, prefix) {
			return false
		}
	}
	return true
}
