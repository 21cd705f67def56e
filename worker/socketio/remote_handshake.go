package socketio

import (
	"encoding/json"
	"net/url"
	"time"
)

// wireHandshake is a Handshake between workers, under the reference's names.
type wireHandshake struct {
	Headers map[string]string `json:"headers"`
	Time    time.Time         `json:"time"`
	Issued  int64             `json:"issued"`
	Address string            `json:"address"`
	XDomain bool              `json:"xdomain"`
	Secure  bool              `json:"secure"`
	URL     string            `json:"url"`
	Query   url.Values        `json:"query"`
	Auth    json.RawMessage   `json:"auth"`
}

func encodeHandshake(h Handshake) ([]byte, error) { return json.Marshal(wireHandshake(h)) }

func decodeHandshake(b []byte) (Handshake, error) {
	var w wireHandshake
	err := json.Unmarshal(b, &w)
	return Handshake(w), err
}
