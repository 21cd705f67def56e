package tokens

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
)

// Bounds of keys. RSA: RFC 7518, section 3.3; HMAC: section 3.2.
const (
	minRSABits   = 2048
	minHMACBytes = 32
	maxKeys      = 100
)

// Key verifies the signatures of the algorithms that it is made for.
type Key struct {
	ID         string // a token that names a kid is verified by keys of that id, and by those without one; "": without one
	algorithms []string
	verifier   any // *rsa.PublicKey, *ecdsa.PublicKey, ed25519.PublicKey or []byte
}

// Secret reports whether who knows the key can make tokens, not only verify them.
func (k Key) Secret() bool {
	_, ok := k.verifier.([]byte)
	return ok
}

// ParseKey reads one key as it stands in a file: a public key or a certificate in PEM, or else an HMAC secret of at least 32
// bytes, whose surrounding white space does not count. A public key in another form is an error: taken for a secret, it would
// be one that everybody knows.
func ParseKey(content []byte) (Key, error) {
	block, rest := pem.Decode(content)
	if block == nil {
		if bytes.Contains(content, []byte("-----BEGIN")) {
			return Key{}, errors.New("a PEM block that does not parse")
		}
		if form := publicForm(content); form != "" {
			return Key{}, fmt.Errorf("%s is no form of a secret: give a public key in PEM", form)
		}
		return hmacKey(bytes.TrimSpace(content))
	}
	if another, _ := pem.Decode(rest); another != nil {
		return Key{}, errors.New("more than one PEM block: give each key a file")
	}
	switch block.Type {
	case "PUBLIC KEY":
		public, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return Key{}, fmt.Errorf("PUBLIC KEY: %w", err)
		}
		return publicKey(public)
	case "RSA PUBLIC KEY":
		public, err := x509.ParsePKCS1PublicKey(block.Bytes)
		if err != nil {
			return Key{}, fmt.Errorf("RSA PUBLIC KEY: %w", err)
		}
		return publicKey(public)
	case "CERTIFICATE":
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return Key{}, fmt.Errorf("CERTIFICATE: %w", err)
		}
		return publicKey(certificate.PublicKey)
	default:
		return Key{}, fmt.Errorf("PEM block %q: give the public key, which is all that verifying takes", block.Type)
	}
}

// publicForm names the form of what is a public key, or a set of them, but not in PEM.
func publicForm(content []byte) string {
	text := bytes.TrimSpace(content)
	switch {
	case len(text) > 0 && text[0] == '{' && json.Valid(text):
		return "JSON (a JSON Web Key Set has a flag of its own)"
	case bytes.HasPrefix(text, []byte("ssh-")), bytes.HasPrefix(text, []byte("ecdsa-sha2-")):
		return "a line of OpenSSH"
	case isDER(content):
		return "DER"
	}
	bare, err := base64.StdEncoding.DecodeString(string(bytes.Join(bytes.Fields(text), nil)))
	if err == nil && isDER(bare) {
		return "base64 without the lines around it"
	}
	return ""
}

func isDER(b []byte) bool {
	_, key := x509.ParsePKIXPublicKey(b)
	_, rsaKey := x509.ParsePKCS1PublicKey(b)
	_, certificate := x509.ParseCertificate(b)
	return key == nil || rsaKey == nil || certificate == nil
}

func hmacKey(secret []byte) (Key, error) {
	if len(secret) < minHMACBytes {
		return Key{}, fmt.Errorf("a secret of %d bytes: at least %d are needed", len(secret), minHMACBytes)
	}
	return Key{algorithms: []string{"HS256", "HS384", "HS512"}, verifier: secret}, nil
}

func publicKey(public any) (Key, error) {
	switch k := public.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() < minRSABits {
			return Key{}, fmt.Errorf("an RSA key of %d bits: at least %d are needed", k.N.BitLen(), minRSABits)
		}
		return Key{algorithms: []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}, verifier: k}, nil
	case *ecdsa.PublicKey:
		algorithm := map[elliptic.Curve]string{elliptic.P256(): "ES256", elliptic.P384(): "ES384", elliptic.P521(): "ES512"}[k.Curve]
		if algorithm == "" {
			return Key{}, fmt.Errorf("the curve %s: P-256, P-384 or P-521 are taken", k.Curve.Params().Name)
		}
		return Key{algorithms: []string{algorithm}, verifier: k}, nil
	case ed25519.PublicKey:
		return Key{algorithms: []string{"EdDSA"}, verifier: k}, nil
	default:
		return Key{}, fmt.Errorf("a key of type %T: RSA, ECDSA and Ed25519 are taken", public)
	}
}

// verifies reports whether a token of this algorithm, which names this kid, may be signed by the key.
func (k *Key) verifies(algorithm, id string) bool {
	return slices.Contains(k.algorithms, algorithm) && (id == "" || k.ID == "" || k.ID == id)
}
