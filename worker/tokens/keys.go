package tokens

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
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

// ParseKey reads one key as it stands in a file: a public key or a certificate in PEM, or else an HMAC secret of at least 32
// bytes, whose surrounding white space does not count.
func ParseKey(content []byte) (Key, error) {
	block, rest := pem.Decode(content)
	if block == nil {
		if bytes.Contains(content, []byte("-----BEGIN")) {
			return Key{}, errors.New("a PEM block that does not parse")
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
