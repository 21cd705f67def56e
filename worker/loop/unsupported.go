//go:build !linux

package loop

import (
	"errors"
	"time"
)

// There is no loop on this system: openPoller says so, and nothing below it is ever called.

var errAgain = errors.New("would block")

const (
	maxEvents = 1

	evRead   = 1
	evWrite  = 2
	evHangup = 4
)

type (
	poller      struct{ slept bool }
	vectorSpace struct{}
	pollEvent   struct{ Events uint32 }
)

func openPoller(func() bool) (*poller, error) { return nil, errors.ErrUnsupported }

func (e *pollEvent) origin() (int, uint32)                  { return 0, 0 }
func (p *poller) close() error                              { return errors.ErrUnsupported }
func (p *poller) poll() ([]pollEvent, error)                { return nil, errors.ErrUnsupported }
func (p *poller) wait() ([]pollEvent, bool, error)          { return nil, false, errors.ErrUnsupported }
func (p *poller) arm(time.Time, bool) error                 { return errors.ErrUnsupported }
func (p *poller) giveWay() error                            { return errors.ErrUnsupported }
func (p *poller) wake()                                     {}
func (p *poller) add(int, uint32, uint32) error             { return errors.ErrUnsupported }
func (p *poller) modify(int, uint32, uint32) error          { return errors.ErrUnsupported }
func (p *poller) remove(int)                                {}
func readSocket(int, []byte) (int, error)                   { return 0, errors.ErrUnsupported }
func writeSocket(int, []byte) (int, error)                  { return 0, errors.ErrUnsupported }
func writevSocket(int, [][]byte, *vectorSpace) (int, error) { return 0, errors.ErrUnsupported }
func shutdownWrite(int) error                               { return errors.ErrUnsupported }
func closeSocket(int)                                       {}
func pendingError(int) error                                { return errors.ErrUnsupported }
