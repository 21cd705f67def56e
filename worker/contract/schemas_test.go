package contract_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/contract"
	"github.com/ioserver/ioserver/worker/contract/schematest"
)

// Every command and every body has a schema, of words that are checked.
func TestSchemas(t *testing.T) {
	there := make(map[string]bool)
	for _, name := range contract.Schemas() {
		there[name] = true
		var s struct {
			ID          string `json:"$id"`
			Title       string
			Description string
		}
		if err := json.Unmarshal(contract.Schema(name), &s); err != nil || s.Title != name || s.Description == "" || !strings.HasSuffix(s.ID, "/worker/contract/schemas/"+name+".json") {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
		if err := schematest.Words(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range append(contract.Commands(), "done", "acked", "servers-acked", "sockets-page", "rooms-page", "error",
		"on-connect", "on-connect-answer", "on-event", "on-event-answer", "on-disconnect") {
		if !there[name] {
			t.Errorf("%s has no schema", name)
		}
		delete(there, name)
	}
	if len(there) > 0 || contract.Schema("none") != nil {
		t.Errorf("schemas of nothing: %v", there)
	}
}

// Types of ours are as their schemas say.
func TestTypesFitSchemas(t *testing.T) {
	raw := json.RawMessage(`[{"$binary":"AQ=="}]`)
	id := "AAcAu3n0T9aNjm4sEw3M7hQ0aGkX"
	handshake := contract.Handshake{Headers: map[string]string{"a": "b"}, Query: map[string][]string{"EIO": {"4"}}, Auth: json.RawMessage(`{}`), Time: time.Now().UTC().Format(time.RFC3339)}
	for name, values := range map[string][]any{
		"done":          {contract.Done{OK: true}},
		"error":         {contract.Failure{Error: &contract.Error{Code: contract.BadJSON, Message: "m"}}},
		"acked":         {contract.Acked{Answers: []contract.Answer{{ID: id, Args: raw}}, Missing: []string{id}, Workers: []contract.Worker{{Node: 7, Slot: 1}}}},
		"servers-acked": {contract.ServersAcked{Answers: []contract.ServerAnswer{{Worker: contract.Worker{Node: 7}, Args: raw}}, Workers: []contract.Worker{}}},
		"sockets-page": {contract.SocketsPage{Workers: []contract.Worker{}, Sockets: []contract.SocketInfo{
			{ID: id, Home: contract.HomeOf(id), Rooms: []string{id}}, {ID: id, Home: contract.HomeOf(id), Rooms: []string{id}, Data: json.RawMessage("1"), Handshake: &handshake},
		}}},
		"rooms-page":        {contract.RoomsPage{Rooms: []contract.RoomInfo{{Room: "r", Sockets: 1}}, Workers: []contract.Worker{}}},
		"on-connect":        {contract.Connect{ID: id, Home: contract.HomeOf(id), Namespace: "/", Handshake: handshake}},
		"on-connect-answer": {contract.ConnectAnswer{Allow: &contract.Allow{}}, contract.ConnectAnswer{Allow: &contract.Allow{Rooms: []string{"r"}, Data: raw}}, contract.ConnectAnswer{Refuse: &contract.Refuse{Message: "m", Data: raw}}},
		"on-event":          {contract.Event{ID: id, Home: contract.HomeOf(id), Namespace: "/", Args: raw, Rooms: []string{id}, Data: raw}},
		"on-event-answer":   {contract.EventAnswer{}, contract.EventAnswer{Args: raw}},
		"on-disconnect":     {contract.Disconnect{ID: id, Home: contract.HomeOf(id), Namespace: "/", Rooms: []string{id}}},
	} {
		for _, v := range values {
			b, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			schematest.Check(t, name, b)
		}
	}
}

// Schemas and parser agree on commands, and on the application's answers.
func TestSchemasAreTheParser(t *testing.T) {
	rooms := func(n int) string { return `["r"` + strings.Repeat(`,"r"`, n-1) + `]` }
	long := strings.Repeat("x", 1025)
	for _, body := range []string{
		`{}`, `[]`, `null`, `{"event":"m"}`, `{"event":""}`, `{"event":7}`, `{"event":"m","x":1}`, `{"event":"m","args":[1]}`, `{"event":"m","args":{}}`,
		`{"event":"m","rooms":["a"]}`, `{"event":"m","rooms":[]}`, `{"event":"m","rooms":[""]}`, `{"event":"m","rooms":["` + long + `"]}`, `{"event":"m","rooms":` + rooms(10_001) + `}`,
		`{"event":"m","except":[]}`, `{"event":"m","except":[1]}`, `{"event":"m","socket":"a"}`, `{"event":"m","socket":""}`, `{"event":"m","socket":"a","rooms":["b"]}`, `{"event":"m","socket":"a","except":["b"]}`,
		`{"event":"m","volatile":true,"compress":false}`, `{"event":"m","volatile":1}`, `{"event":"m","compress":null}`,
		`{"event":"m","ack":{"timeoutMs":1}}`, `{"event":"m","ack":{"timeoutMs":0}}`, `{"event":"m","ack":{"timeoutMs":60001}}`, `{"event":"m","ack":{}}`, `{"event":"m","ack":{"timeoutMs":1,"x":1}}`, `{"event":"m","ack":{"timeoutMs":1.5}}`, `{"event":"m","ack":1}`,
		`{"event":"m","namespace":"/a"}`, `{"event":"m","namespace":"a"}`, `{"namespace":"/"}`, `{"join":["a"]}`, `{"join":[]}`, `{"join":"a"}`, `{"leave":["a"]}`, `{"leave":["a"],"rooms":["b"],"except":["c"]}`,
		`{"join":["a"],"socket":"b"}`, `{"close":true}`, `{"close":"x"}`, `{"close":false,"socket":"a"}`, `{"limit":1}`, `{"limit":0}`, `{"limit":10001}`, `{"after":"a"}`, `{"after":1}`, `{"handshake":true}`, `{"handshake":1}`,
		`{"allow":{}}`, `{"allow":{"rooms":["a"],"data":null}}`, `{"allow":{"rooms":"a"}}`, `{"allow":1}`, `{"allow":{},"refuse":{"message":"m"}}`, `{"refuse":{"message":"m","data":{}}}`, `{"refuse":{}}`, `{"refuse":{"message":1}}`, `{"allow":{"x":1}}`,
		`{"args":[]}`, `{"args":[1,{"$binary":"AQ=="}]}`, `{"args":1}`, `{"arg":[]}`,
	} {
		for _, name := range contract.Commands() {
			_, refused := contract.Parse(name, []byte(body))
			agree(t, name, body, refused)
		}
		_, refused := contract.ParseConnectAnswer([]byte(body))
		agree(t, "on-connect-answer", body, refused)
		_, refused = contract.ParseEventAnswer([]byte(body))
		agree(t, "on-event-answer", body, refused)
	}
}

func agree(t *testing.T, name, body string, refused *contract.Error) {
	t.Helper()
	if err := schematest.Validate(name, []byte(body)); (err == nil) != (refused == nil) {
		t.Errorf("%s %.60s: the schema says %v, the parser %v", name, body, err, refused)
	}
}
