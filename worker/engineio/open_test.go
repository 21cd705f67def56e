package engineio_test

import (
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/engineio"
)

type openPacket struct {
	SID          string   `json:"sid"`
	Upgrades     []string `json:"upgrades"`
	PingInterval int      `json:"pingInterval"`
	PingTimeout  int      `json:"pingTimeout"`
	MaxPayload   int      `json:"maxPayload"`
}

func parseOpen(t *testing.T, packet string) openPacket {
	t.Helper()
	var p openPacket
	d := json.NewDecoder(strings.NewReader(strings.TrimPrefix(packet, "0")))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		t.Fatalf("open packet %q: %v", packet, err)
	}
	return p
}

var idShape = regexp.MustCompile(`^[A-Za-z0-9_-]{20}$`)

func TestOpenPacket(t *testing.T) {
	for _, c := range []struct {
		name     string
		change   func(*engineio.Options)
		polling  []string
		socket   []string
		interval int
		timeout  int
		payload  int
	}{
		{"defaults", func(*engineio.Options) {}, []string{"websocket"}, []string{}, 25000, 20000, 1_000_000},
		{"zero is default", func(o *engineio.Options) {
			*o = engineio.Options{AllowUpgrades: true, AllowEIO3: true, Logger: quiet()}
		}, []string{"websocket"}, []string{}, 25000, 20000, 1_000_000},
		{"own", func(o *engineio.Options) {
			o.PingInterval, o.PingTimeout, o.MaxHTTPBufferSize = 1500*time.Millisecond, 7*time.Second, 1234
		}, []string{"websocket"}, []string{}, 1500, 7000, 1234},
		{"no upgrades", func(o *engineio.Options) { o.AllowUpgrades = false }, []string{}, []string{}, 25000, 20000, 1_000_000},
		{"polling only", func(o *engineio.Options) { o.Transports = []string{"polling"} }, []string{}, nil, 25000, 20000, 1_000_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := start(t, options(c.change))
			want := openPacket{"", c.polling, c.interval, c.timeout, c.payload}
			check := func(packet string) {
				t.Helper()
				got := parseOpen(t, packet)
				if got.SID != e.session(t).ID() || !idShape.MatchString(got.SID) {
					t.Errorf("sid %q", got.SID)
				}
				got.SID = ""
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%+v, want %+v", got, want)
				}
			}
			w := dial(t, e.addr)
			w.get("EIO=4&transport=polling")
			_, body, _ := w.answer()
			check(body)
			w.get("EIO=3&transport=polling")
			_, body, _ = w.answer()
			length, packet, _ := strings.Cut(body, ":")
			if got, _ := json.Marshal(len(packet)); string(got) != length {
				t.Errorf("length %s of %q", length, packet)
			}
			check(packet)
			if c.socket == nil {
				return
			}
			want.Upgrades = c.socket
			for _, q := range []string{"EIO=4", "EIO=3", "EIO=4&b64=1"} {
				check(e.socket(t, q).next())
			}
		})
	}
}

// TestOpenAloneFirst: what the handler sends on opening comes with the next
// poll, as with the reference.
func TestOpenAloneFirst(t *testing.T) {
	e := start(t, handler(func(a *app) {
		a.open = func(s *engineio.Session) { s.Send(messages("hi")...) }
	}))
	p := e.polling(t, "EIO=4")
	p.poll.get(p.q)
	p.poll.expect(200, "4hi")
	s := e.socket(t, "EIO=3")
	parseOpen(t, s.next())
	s.expect("4hi")
}

func TestSessionSaysWhatItIs(t *testing.T) {
	e := start(t)
	p := e.polling(t, "EIO=3&token=a%20b")
	s := p.session
	r := s.Request()
	if s.Revision() != 3 || r.Method != "GET" || r.Path() != "/engine.io/" || r.Query().Get("token") != "a b" || r.Get("host") != "host.test" ||
		r.Headers()["host"] != "host.test" || r.Remote.Network() != "tcp" || r.Remote.String() != p.poll.LocalAddr().String() || r.Secure || time.Since(r.Time) > time.Minute {
		t.Errorf("request %+v", r)
	}
	e.on(t, func() {
		if s.Transport() != "polling" || e.server.Session(s.ID()) != s || e.server.Session("") != nil {
			t.Error("a session that is not found")
		}
	})
	e.socket(t, "EIO=4", "X-Twice", "a", "X-Twice", "b")
	s = e.session(t)
	if r := s.Request(); r.Get("Connection")+r.Get("Upgrade")+r.Get("Sec-WebSocket-Key") != "" || r.Get("Host") == "" {
		t.Errorf("kept of the head: %q", r.Header)
	}
	if s.Revision() != 4 || s.Request().Headers()["x-twice"] != "a, b" || s.Request().Get("x-twice") != "a" || s.Request().Get("x-none") != "" {
		t.Errorf("headers %v", s.Request().Headers())
	}
	e.on(t, func() {
		if s.Transport() != "websocket" {
			t.Error(s.Transport())
		}
	})
}
