package api_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/api"
	"github.com/ioserver/ioserver/worker/contract"
	"github.com/ioserver/ioserver/worker/contract/schematest"
	"github.com/ioserver/ioserver/worker/tail"
)

// tailing is a tail that is read.
type tailing struct {
	*call
	lines  *bufio.Scanner
	record []byte // the schema of a line
}

func (p *place) tails(query string) *tailing {
	p.t.Helper()
	s := p.spec()
	c := p.dial(p.tcp)
	c.send("GET /api/tail%s HTTP/1.1\r\nHost: x\r\n%s\r\n", query, authorization)
	res, err := http.ReadResponse(c.r, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "application/x-ndjson" || !res.Close {
		p.t.Fatalf("%d %v", res.StatusCode, res.Header)
	}
	schema := s.whole(s.Paths["/api/tail"]["get"].Responses["200"].Content["application/x-ndjson"].Schema)
	return &tailing{c, bufio.NewScanner(res.Body), schema}
}

// next is the next line; of no kind where there is none.
func (l *tailing) next() (r tail.Record) {
	l.t.Helper()
	if !l.lines.Scan() {
		return r
	}
	if err := schematest.Fits(l.record, l.lines.Bytes()); err != nil {
		l.t.Errorf("%s: %v", l.lines.Bytes(), err)
	}
	if err := json.Unmarshal(l.lines.Bytes(), &r); err != nil {
		l.t.Error(err)
	}
	return r
}

// What clients do is a line each, while they do it.
func TestTail(t *testing.T) {
	p := begin(t, api.New)
	l := p.tails("?kinds=connect&kinds=event&kinds=disconnect&namespace=/")
	if r := l.next(); r.Kind != tail.Watching {
		t.Errorf("%+v", r)
	}
	c := p.client("")
	p.client("/chat")
	c.Say(`42["a",{"b":[]}]`)
	c.Say("41")
	for _, want := range []string{"connect  ", `event a [{"b":[]}]`, "disconnect  "} {
		if r := l.next(); r.Kind+" "+r.Event+" "+string(r.Args) != want || r.ID != c.ID {
			t.Errorf("%+v, want %s", r, want)
		}
	}
	silent := p.tails("?args=false&events=a")
	silent.next()
	c = p.client("")
	c.Say(`42["a",1]`)
	if r := silent.next(); r.Event != "a" || r.Args != nil || r.Bytes != 1 {
		t.Errorf("%+v", r)
	}
	_ = silent.conn.Close()
	c.Say(`42["a",2]`)
	if l.next(); l.next().Kind != tail.Event {
		t.Error("another's end is mine")
	}
}

// A tail that is not to be had is refused.
func TestBadTails(t *testing.T) {
	p := begin(t, api.New)
	c := p.dial(p.tcp)
	for query, want := range map[string][2]string{
		"?event=a":             {"unknown_parameter", "/api/tail takes namespace, rooms, events, kinds and args"},
		"?kinds=emit":          {"invalid_value", "connect, refuse, disconnect, event, sent"},
		"?namespace=chat":      {"invalid_value", "slash"},
		"?args=1":              {"invalid_value", "true or false"},
		"?rooms=":              {"invalid_value", "rooms"},
		"?args=true&args=true": {"duplicate_parameter", "args"},
	} {
		if message := c.asks("tail"+query, nil).refused(t, 400, want[0]); !strings.Contains(message, want[1]) {
			t.Errorf("%s: %s", query, message)
		}
	}
	c.send("GET /api/tail HTTP/1.1\r\nHost: x\r\n\r\n")
	c.answer("GET").refused(t, 401, "unauthorized")
	for range 8 {
		p.tails("?kinds=refuse").next()
	}
	d := p.dial(p.tcp)
	d.asks("tail", nil).refused(t, 429, "too_many_requests")
}

// One that reads nothing is ended, after the time that an answer may take.
func TestTailThatIsNotRead(t *testing.T) {
	p := begin(t, func(o api.Options) (*api.Server, error) { return api.Impatient(o, 50*time.Millisecond) })
	l := p.tails("")
	l.next()
	c := p.client("")
	word := `42["m","` + strings.Repeat("x", 3000) + `"]`
	for late := time.Now().Add(patience); p.hub.Stats().Viewers > 0; {
		for range 100 {
			c.Say(word)
		}
		if time.Now().After(late) {
			t.Fatal("it goes on")
		}
	}
}

// Close ends those who look, with a word.
func TestCloseWithATail(t *testing.T) {
	p := begin(t, api.New)
	l := p.tails("")
	l.next()
	p.close()
	if r := l.next(); r.Kind != tail.End || r.Error.Code != contract.Stopping {
		t.Errorf("%+v", r)
	}
	if r := l.next(); r.Kind != "" {
		t.Errorf("%+v", r)
	}
	if _, err := io.ReadAll(l.conn); err != nil {
		t.Error(err)
	}
}
