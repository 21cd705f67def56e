package broker_test

import (
	"testing"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/brokertest"
)

func TestMemoryConforms(t *testing.T) {
	brokertest.Run(t, func(*testing.T) brokertest.Bus {
		hub := broker.NewHub()
		return brokertest.Bus{
			Connect: func(*testing.T) broker.Broker { return hub.ConnectQueue(20000, 16<<20) },
			Cut:     func(b broker.Broker) { b.(*broker.Memory).Interrupt() },
			Mend:    func(b broker.Broker) { b.(*broker.Memory).Restore() },
			Flood:   20 << 20,
		}
	})
}
