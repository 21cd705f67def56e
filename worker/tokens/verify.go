package tokens

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"
)

// Bounds of what a token says.
const (
	maxToken = 16 << 10 // bytes
	maxUser  = 256
	maxRooms = 1000
	leeway   = 5 * time.Second // between the clocks of who signs and of this machine
)

// Claims are what a token says of its bearer.
type Claims struct {
	User    string          // sub
	Rooms   []string        // rooms
	Data    json.RawMessage // data: any JSON
	Expires time.Time       // exp; zero: never
}

// Options of a Verifier.
type Options struct {
	Keys     []Key
	Issuer   string // iss has to be it; "": not looked at
	Audience string // aud has to contain it; "": not looked at
}

// Verifier judges tokens. It may be used by several goroutines.
type Verifier struct {
	keys   []Key
	parser *jwt.Parser
}

// NewVerifier returns a Verifier by these keys, of which there must be one.
func NewVerifier(o Options) (*Verifier, error) {
	if len(o.Keys) == 0 || len(o.Keys) > maxKeys {
		return nil, fmt.Errorf("%d keys for tokens: between 1 and %d are taken", len(o.Keys), maxKeys)
	}
	rules := []jwt.ParserOption{jwt.WithLeeway(leeway), jwt.WithIssuedAt()}
	if o.Issuer != "" {
		rules = append(rules, jwt.WithIssuer(o.Issuer))
	}
	if o.Audience != "" {
		rules = append(rules, jwt.WithAudience(o.Audience))
	}
	return &Verifier{keys: o.Keys, parser: jwt.NewParser(rules...)}, nil
}

// claims is a token's payload.
type claims struct {
	jwt.RegisteredClaims
	Rooms []string        `json:"rooms"`
	Data  json.RawMessage `json:"data"`
}

// Verify judges a token. Its errors are of type *Refusal.
func (v *Verifier) Verify(token string) (Claims, error) {
	if token == "" {
		return Claims{}, refuse(Missing, nil)
	}
	if len(token) > maxToken {
		return Claims{}, refuse(Malformed, fmt.Errorf("%d bytes", len(token)))
	}
	var c claims
	if _, err := v.parser.ParseWithClaims(token, &c, v.choose); err != nil {
		return Claims{}, refuse(codeOf(err), err)
	}
	if err := c.check(); err != nil {
		return Claims{}, refuse(Malformed, err)
	}
	said := Claims{User: c.Subject, Rooms: c.Rooms, Data: c.Data}
	if c.ExpiresAt != nil {
		said.Expires = c.ExpiresAt.Time
	}
	return said, nil
}

// choose finds the keys that may have signed the token.
func (v *Verifier) choose(t *jwt.Token) (any, error) {
	if _, ok := t.Header["crit"]; ok { // RFC 7515, section 4.1.11: extensions that have to be understood
		return nil, errors.New("critical extensions")
	}
	id, _ := t.Header["kid"].(string)
	var set jwt.VerificationKeySet
	for i := range v.keys {
		if v.keys[i].verifies(t.Method.Alg(), id) {
			set.Keys = append(set.Keys, v.keys[i].verifier)
		}
	}
	if len(set.Keys) == 0 {
		return nil, errors.New("no key of that id and algorithm")
	}
	return set, nil
}

func (c *claims) check() error {
	if len(c.Subject) > maxUser || !utf8.ValidString(c.Subject) {
		return fmt.Errorf("sub is longer than %d bytes", maxUser)
	}
	if len(c.Rooms) > maxRooms {
		return fmt.Errorf("more than %d rooms", maxRooms)
	}
	return nil
}

func codeOf(err error) Code {
	switch {
	case errors.Is(err, jwt.ErrTokenMalformed):
		return Malformed
	case errors.Is(err, jwt.ErrTokenSignatureInvalid), errors.Is(err, jwt.ErrTokenUnverifiable):
		return Refused
	case errors.Is(err, jwt.ErrTokenExpired):
		return TooOld
	case errors.Is(err, jwt.ErrTokenNotValidYet), errors.Is(err, jwt.ErrTokenUsedBeforeIssued):
		return TooEarly
	default:
		return Refused
	}
}
