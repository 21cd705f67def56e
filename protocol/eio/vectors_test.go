package eio_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/ioserver/ioserver/protocol/eio"
)

// vectors are what the reference implementations said; testdata/capture writes them.
type vectors struct {
	Packets []struct {
		Name string
		packetRow
		Rev    eio.Revision
		Octet  bool
		Body   octets
		Base64 string
	}
	Payloads []struct {
		Name    string
		Rev     eio.Revision
		B64     bool
		Octet   bool
		Body    octets
		Packets []packetRow
	}
	Bodies []struct {
		Rev     eio.Revision
		Octet   bool
		Body    octets
		Packets []packetRow
		Error   bool
	}
	JSONP []struct {
		Name, Index   string
		Payload, Body octets
	}
	Forms []struct {
		Body    string
		Payload *octets
	}
	Opens []struct {
		Query                     string
		Upgrade                   bool
		PingInterval, PingTimeout int
		MaxHTTPBufferSize         int
		Body                      string
	}
}

type packetRow struct {
	Type   eio.PacketType
	Binary bool
	Hex    octets
}

func (r packetRow) packet() eio.Packet {
	return eio.Packet{Type: r.Type, Data: r.Hex, Binary: r.Binary}
}

// octets is written in hexadecimal.
type octets []byte

func (o *octets) UnmarshalText(text []byte) (err error) {
	*o, err = hex.DecodeString(string(text))
	return err
}

func load(t testing.TB) (v vectors) {
	t.Helper()
	b, err := os.ReadFile("../testdata/engineio.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func packetsOf(rows []packetRow) (packets []eio.Packet) {
	for _, r := range rows {
		packets = append(packets, r.packet())
	}
	return packets
}

func same(a, b eio.Packet) bool {
	return a.Type == b.Type && a.Binary == b.Binary && string(a.Data) == string(b.Data)
}

func sameAll(a, b []eio.Packet) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !same(a[i], b[i]) {
			return false
		}
	}
	return true
}
