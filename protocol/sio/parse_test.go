package sio_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/protocol/sio"
)

// What reference encoders write is read, and written again byte for byte.
func TestPacketsAreTheReference(t *testing.T) {
	for _, row := range load(t).Encoded {
		p, err := sio.Parse(row.Text, 0)
		if err != nil {
			t.Errorf("protocol %d, %s: %v", row.Protocol, row.Text, err)
			continue
		}
		if p.Namespace != row.Nsp || p.HasID != (row.ID != nil) || (p.HasID && p.ID != *row.ID) || p.Attachments != len(row.Attachments) {
			t.Errorf("protocol %d, %s: got %+v", row.Protocol, row.Text, p)
		}
		if got := sio.Append([]byte("prefix"), p); string(got) != "prefix"+string(row.Text) {
			t.Errorf("protocol %d: %s was written as %s", row.Protocol, row.Text, got)
		}
		if err := sio.Placeholders(p.Data, p.Attachments); p.Attachments > 0 && err != nil {
			t.Errorf("protocol %d, %s: %v", row.Protocol, row.Text, err)
		}
	}
}

// differs are the texts about which this package and socket.io-parser 4.2.7 disagree, with the reason.
var differs = map[string]string{
	`50-["a"]`: "no attachments: complete at once, where the reference refuses; nothing may wait",
	`60-[]`:    "no attachments",

	``:   "nothing, which Number makes a 0",
	` `:  "a space, which Number makes a 0",
	`2`:  "an event without data",
	`2 `: "an event without data, and a space for an id",
	`3`:  "an ack without data", `31`: "an ack without data",
	`4`: "an error without data", `41`: "an error without data",
	`2/["a"]`: "an event without data: its namespace has no end", `21`: "an event without data", `311`: "an ack without data",
	`51-`: "an event without data", `51-/a,`: "an event without data",
	`21 ["a"]`: "a space in an id", `2 1["a"]`: "a space in an id", `2 ["a"]`: "a space for an id",
	`31 ["a"]`:               "a space in an id",
	`51e1-["a"]`:             "ten attachments in the notation of floating point",
	`5 1-["a"]`:              "a space in the number of attachments",
	`29007199254740993["a"]`: "an id beyond what JavaScript can count", `299999999999999999999["a"]`: "an id beyond what JavaScript can count",
}

func TestParseIsTheReference(t *testing.T) {
	met := map[string]bool{}
	for _, row := range load(t).Decoded {
		text := string(row.Text)
		p, err := sio.Parse(row.Text, 0)
		if _, known := differs[text]; known {
			met[text] = true
			if (err == nil) == (row.Protocol5 != nil) {
				t.Errorf("%q: no difference: got %+v, %v", text, p, err)
			}
			continue
		}
		if (err == nil) != (row.Protocol5 != nil) {
			t.Errorf("%q: got %+v, %v, want %+v", text, p, err, row.Protocol5)
			continue
		}
		if err == nil {
			if why := unlike(p, row.Protocol5); why != "" {
				t.Errorf("%q: %s", text, why)
			}
		}
		// The old parser knows no reserved names, and takes null and arrays for objects.
		if (err == nil) != (row.Protocol4 != nil) && !errors.Is(err, sio.ErrReserved) && !strings.ContainsAny(text[:1], "04") {
			t.Errorf("%q: got %v, but protocol 4 says %+v", text, err, row.Protocol4)
		}
	}
	for text, why := range differs {
		if !met[text] {
			t.Errorf("%q (%s) was not captured", text, why)
		}
	}
}

// unlike compares a packet with the reference's.
func unlike(p sio.Packet, want *decodedRow) string {
	switch {
	case p.Type != want.Type || p.Namespace != want.Nsp || p.Attachments != want.Attachments:
		return fmt.Sprintf("got %+v, want %+v", p, want)
	case p.HasID != (want.ID != nil) || (p.HasID && float64(p.ID) != *want.ID):
		return fmt.Sprintf("id %d %v, want %+v", p.ID, p.HasID, want)
	case (p.Data == nil) != (want.Data == nil):
		return fmt.Sprintf("data %q, want %+v", p.Data, want)
	case p.Data == nil:
		return ""
	}
	var got, ref any
	if err := json.Unmarshal(p.Data, &got); err != nil {
		return err.Error()
	}
	if err := json.Unmarshal(*want.Data, &ref); err != nil {
		return err.Error()
	}
	if !reflect.DeepEqual(got, ref) {
		return fmt.Sprintf("data %q, want %q", p.Data, *want.Data)
	}
	return ""
}

func TestParseErrors(t *testing.T) {
	for _, test := range []struct {
		text string
		max  int
		want error
	}{
		{"", 0, sio.ErrType},
		{"7", 0, sio.ErrType},
		{"5", 0, sio.ErrAttachments},
		{"510-[1]", 0, nil},
		{"511-[1]", 0, sio.ErrAttachments},
		{"511-[1]", 11, nil},
		{"53-[1]", 2, sio.ErrAttachments},
		{"599999999999999999999999-[1]", 1 << 62, sio.ErrAttachments},
		{"2018446744073709551617[1]", 0, sio.ErrID},
		{"29007199254740992[1]", 0, sio.ErrID},
		{"29007199254740991[1]", 0, nil},
		{"10", 0, nil},
		{"1[]", 0, sio.ErrPayload},
		{`2["disconnecting"]`, 0, sio.ErrReserved},
		{`2[ "new\u004cistener" ]`, 0, sio.ErrReserved},
		{`50-["removeListener"]`, 0, sio.ErrReserved},
		{`2["error"]`, 0, nil},
		{`2["__proto__"]`, 0, nil},
		{`2["` + strings.Repeat(`\u0063`, 100) + `"]`, 0, nil},
		{"2" + strings.Repeat("[", sio.MaxDepth) + strings.Repeat("]", sio.MaxDepth), 0, sio.ErrPayload}, // no name
		{`2["a"` + strings.Repeat(",[", 1) + strings.Repeat("[", sio.MaxDepth-2) + strings.Repeat("]", sio.MaxDepth), 0, nil},
		{`2["a"` + strings.Repeat(",[", 1) + strings.Repeat("[", sio.MaxDepth-1) + strings.Repeat("]", sio.MaxDepth+1), 0, sio.ErrPayload},
		{`0` + strings.Repeat(`{"a":`, sio.MaxDepth) + "1" + strings.Repeat("}", sio.MaxDepth), 0, nil},
		{`0` + strings.Repeat(`{"a":`, sio.MaxDepth+1) + "1" + strings.Repeat("}", sio.MaxDepth+1), 0, sio.ErrPayload},
	} {
		p, err := sio.Parse([]byte(test.text), test.max)
		if !errors.Is(err, test.want) {
			t.Errorf("%.60q: got %v, want %v", test.text, err, test.want)
		}
		if err != nil && !reflect.DeepEqual(p, sio.Packet{}) {
			t.Errorf("%.60q: a packet beside an error: %+v", test.text, p)
		}
	}
}

// A prefix of a packet is refused unless it is one in its own right; nothing reads beyond it.
func TestPrefixes(t *testing.T) {
	for _, row := range load(t).Encoded {
		for cut := range row.Text {
			text := row.Text[:cut:cut]
			p, err := sio.Parse(text, 0)
			if err == nil && string(sio.Append(nil, p)) != string(text) && p.Type != sio.Connect && p.Type != sio.Disconnect {
				t.Errorf("%q of %q: got %+v", text, row.Text, p)
			}
		}
	}
}

func TestTypeNames(t *testing.T) {
	if got := sio.BinaryAck.String() + " " + sio.Type(7).String(); got != "BINARY_ACK INVALID" {
		t.Errorf("got %q", got)
	}
}
