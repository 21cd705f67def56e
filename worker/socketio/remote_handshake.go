package socketio

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
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

// decodeHandshake takes one JSON object and no unknown fields.
func decodeHandshake(b []byte) (Handshake, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var w wireHandshake
	if err := d.Decode(&w); err != nil {
		return Handshake{}, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Handshake{}, errLong
	}
	return Handshake(w), nil
}
