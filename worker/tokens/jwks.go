package tokens

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// jwk is one key of a set (RFC 7517, section 4; RFC 7518, section 6; RFC 8037). Members that are not here do not matter.
type jwk struct {
	Type       string   `json:"kty"`
	ID         string   `json:"kid"`
	Use        string   `json:"use"`
	Operations []string `json:"key_ops"`
	Algorithm  string   `json:"alg"`
	Curve      string   `json:"crv"`
	N, E       octets
	X, Y       octets
	Secret     octets `json:"k"`
	Private    octets `json:"d"`
}

// octets are bytes in base64url without padding.
type octets []byte

func (o *octets) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	decoded, err := base64.RawURLEncoding.DecodeString(s)
	*o = decoded
	return err
}

// ParseSet reads a JSON Web Key Set. Keys for encryption are passed over, as are those of a type that is not known here
// (RFC 7517, section 5); a set without any key that verifies is an error.
func ParseSet(content []byte) ([]Key, error) {
	var set struct{ Keys []json.RawMessage }
	if err := json.Unmarshal(content, &set); err != nil {
		return nil, fmt.Errorf("not a JSON Web Key Set: %w", err)
	}
	var keys []Key
	for i, raw := range set.Keys {
		var j jwk
		if err := json.Unmarshal(raw, &j); err != nil {
			return nil, fmt.Errorf("key %d: %w", i+1, err)
		}
		if j.Use != "" && j.Use != "sig" || len(j.Operations) > 0 && !slices.Contains(j.Operations, "verify") {
			continue
		}
		k, err := j.key()
		if errors.Is(err, errUnknownType) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("key %d (%q): %w", i+1, j.ID, err)
		}
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		return nil, errors.New("no key in the set verifies signatures")
	}
	return keys, nil
}

var errUnknownType = errors.New("unknown type of key")

func (j *jwk) key() (Key, error) {
	if len(j.Private) > 0 {
		return Key{}, errors.New("a private key: give the public one, which is all that verifying takes")
	}
	k, err := j.material()
	if err != nil {
		return Key{}, err
	}
	k.ID = j.ID
	if j.Algorithm != "" {
		if !slices.Contains(k.algorithms, j.Algorithm) {
			return Key{}, fmt.Errorf("alg %q is not one of such a key", j.Algorithm)
		}
		k.algorithms = []string{j.Algorithm}
	}
	return k, nil
}

func (j *jwk) material() (Key, error) {
	switch j.Type {
	case "RSA":
		e := new(big.Int).SetBytes(j.E)
		if len(j.N) == 0 || !e.IsInt64() || e.Int64() < 3 || e.Int64() > 1<<31-1 || e.Bit(0) == 0 {
			return Key{}, errors.New("bad modulus or exponent")
		}
		return publicKey(&rsa.PublicKey{N: new(big.Int).SetBytes(j.N), E: int(e.Int64())})
	case "EC":
		curve := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}[j.Curve]
		if curve == nil {
			return Key{}, fmt.Errorf("%w: curve %q", errUnknownType, j.Curve)
		}
		size := (curve.Params().BitSize + 7) / 8
		if len(j.X) != size || len(j.Y) != size {
			return Key{}, errors.New("bad coordinates")
		}
		public, err := ecdsa.ParseUncompressedPublicKey(curve, slices.Concat([]byte{4}, j.X, j.Y))
		if err != nil {
			return Key{}, err
		}
		return publicKey(public)
	case "OKP":
		if j.Curve != "Ed25519" {
			return Key{}, fmt.Errorf("%w: curve %q", errUnknownType, j.Curve)
		}
		if len(j.X) != ed25519.PublicKeySize {
			return Key{}, errors.New("bad length of an Ed25519 key")
		}
		return publicKey(ed25519.PublicKey(j.X))
	case "oct":
		return hmacKey(j.Secret)
	default:
		return Key{}, fmt.Errorf("%w: %q", errUnknownType, j.Type)
	}
}
