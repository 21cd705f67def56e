package sio_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/ioserver/ioserver/protocol/sio"
)

// vectors are what the reference implementations said; testdata/capture writes them.
type vectors struct {
	Encoded []struct {
		Protocol    int
		Nsp         string
		ID          *uint64
		Text        octets
		Attachments []octets
	}
	Decoded []struct {
		Text      octets
		Protocol5 *decodedRow
		Protocol4 *decodedRow
	}
	Placeholders []struct {
		JSON        string
		Attachments int
		OK          bool
	}
}

// decodedRow is a packet as the reference understands it; its data is what JSON.stringify makes of that.
type decodedRow struct {
	Type        sio.Type
	Nsp         string
	ID          *float64
	Attachments int
	Data        *octets
}

// octets is written in hexadecimal.
type octets []byte

func (o *octets) UnmarshalText(text []byte) (err error) {
	*o, err = hex.DecodeString(string(text))
	return err
}

func load(t testing.TB) (v vectors) {
	t.Helper()
	b, err := os.ReadFile("../testdata/socketio.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}
