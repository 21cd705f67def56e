package tokens_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/ioserver/ioserver/worker/tokens"
)

func TestAlgorithmsArePinnedByTheKey(t *testing.T) {
	signers := map[string]struct {
		method jwt.SigningMethod
		key    any
	}{
		"RS256": {jwt.SigningMethodRS256, rsaKey}, "RS512": {jwt.SigningMethodRS512, rsaKey}, "PS384": {jwt.SigningMethodPS384, rsaKey},
		"ES256": {jwt.SigningMethodES256, ecKey}, "EdDSA": {jwt.SigningMethodEdDSA, edK},
		"HS256": {jwt.SigningMethodHS256, []byte(secret)}, "HS512": {jwt.SigningMethodHS512, []byte(secret)},
		"HS256 by the public key's text": {jwt.SigningMethodHS256, inPEM(&rsaKey.PublicKey)},
		"none":                           {jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType},
	}
	keys := map[string]struct {
		content []byte
		takes   []string
	}{
		"RSA":     {inPEM(&rsaKey.PublicKey), []string{"RS256", "RS512", "PS384"}},
		"P-256":   {inPEM(&ecKey.PublicKey), []string{"ES256"}},
		"Ed25519": {inPEM(edPub), []string{"EdDSA"}},
		"HMAC":    {[]byte(secret + "\n"), []string{"HS256", "HS512"}},
	}
	for kind, k := range keys {
		v := verifier(t, tokens.Options{}, k.content)
		for name, s := range signers {
			_, err := v.Verify(sign(s.method, s.key, jwt.MapClaims{"sub": "u"}))
			if want := slices.Contains(k.takes, name); want != (err == nil) || !want && codeOf(t, err) != tokens.Refused {
				t.Errorf("%s by the key %s: %v", name, kind, err)
			}
		}
	}
}

func TestClaims(t *testing.T) {
	now := time.Now()
	v := verifier(t, tokens.Options{Issuer: "us", Audience: "io"}, []byte(secret))
	for name, c := range map[string]struct {
		change jwt.MapClaims
		code   tokens.Code
	}{
		"good":              {nil, ""},
		"several audiences": {jwt.MapClaims{"aud": []string{"x", "io"}}, ""},
		"without end":       {jwt.MapClaims{"exp": nil}, ""},
		"expired":           {jwt.MapClaims{"exp": now.Add(-time.Minute).Unix()}, tokens.TooOld},
		"begins later":      {jwt.MapClaims{"nbf": now.Add(time.Minute).Unix()}, tokens.TooEarly},
		"made later":        {jwt.MapClaims{"iat": now.Add(time.Minute).Unix()}, tokens.TooEarly},
		"clocks differ":     {jwt.MapClaims{"exp": now.Add(-time.Second).Unix(), "nbf": now.Add(time.Second).Unix(), "iat": now.Add(time.Second).Unix()}, ""},
		"another issuer":    {jwt.MapClaims{"iss": "them"}, tokens.Refused},
		"no issuer":         {jwt.MapClaims{"iss": nil}, tokens.Refused},
		"another audience":  {jwt.MapClaims{"aud": "x"}, tokens.Refused},
		"rooms no list":     {jwt.MapClaims{"rooms": "a"}, tokens.Malformed},
		"end no number":     {jwt.MapClaims{"exp": "soon"}, tokens.Malformed},
		"long user":         {jwt.MapClaims{"sub": strings.Repeat("x", 257)}, tokens.Malformed},
		"many rooms":        {jwt.MapClaims{"rooms": make([]string, 1001)}, tokens.Malformed},
		"user no string":    {jwt.MapClaims{"sub": 7}, tokens.Malformed},
	} {
		claims := jwt.MapClaims{"sub": "ann", "iss": "us", "aud": "io", "exp": now.Add(time.Hour).Unix(), "rooms": []string{"a", "b"}, "data": map[string]any{"role": "admin"}}
		for k, value := range c.change {
			if claims[k] = value; value == nil {
				delete(claims, k)
			}
		}
		said, err := v.Verify(sign(jwt.SigningMethodHS256, []byte(secret), claims))
		if codeOf(t, err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil {
			continue
		}
		if said.User != "ann" || !slices.Equal(said.Rooms, []string{"a", "b"}) || string(said.Data) != `{"role":"admin"}` || said.Expires.IsZero() != (claims["exp"] == nil) {
			t.Errorf("%s: %+v", name, said)
		}
	}
}

func TestNoToken(t *testing.T) {
	v := verifier(t, tokens.Options{}, []byte(secret))
	good := sign(jwt.SigningMethodHS256, []byte(secret), jwt.MapClaims{"sub": "u"})
	for n := range len(good) {
		if _, err := v.Verify(good[:n]); err == nil {
			t.Fatalf("the first %d bytes of %d pass", n, len(good))
		}
	}
	for token, code := range map[string]tokens.Code{
		"": tokens.Missing, "x": tokens.Malformed, "..": tokens.Malformed, good + "A": tokens.Refused, good + ".x": tokens.Malformed,
		strings.Repeat("x", 1<<20): tokens.Malformed,
		sign(jwt.SigningMethodHS256, []byte(secret), jwt.MapClaims{}, "crit", "x"):      tokens.Refused,
		sign(jwt.SigningMethodHS256, []byte("another "+secret), jwt.MapClaims{}):        tokens.Refused,
		good[:strings.LastIndexByte(good, '.')] + "." + strings.Repeat("A", 43):         tokens.Refused,
		base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + ".e30.":        tokens.Refused,
		base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS999"}`)) + ".e30.AAAA":   tokens.Refused,
		base64.RawURLEncoding.EncodeToString([]byte(`{"alg":["HS256"]}`)) + ".e30.AAAA": tokens.Refused,
	} {
		if _, err := v.Verify(token); codeOf(t, err) != code {
			t.Errorf("%.40q: %v, want %s", token, err, code)
		}
	}
}

func TestKeysRefused(t *testing.T) {
	small := must(rsa.GenerateKey(rand.Reader, 1024))
	p224 := must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader))
	private := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(ecKey))})
	for name, content := range map[string][]byte{
		"1024 bits": inPEM(&small.PublicKey), "P-224": inPEM(&p224.PublicKey), "the private": private, "given: more than one": slices.Concat(inPEM(edPub), inPEM(edPub)),
		"31 bytes": []byte(strings.Repeat("x", 31)), "0 bytes": []byte(" \n"), "does not parse": []byte("-----BEGIN PUBLIC KEY-----\nx"),
	} {
		_, err := tokens.ParseKey(content)
		if err == nil {
			t.Errorf("%s is taken", name)
		} else if strings.Contains(err.Error(), "xxxx") {
			t.Errorf("%s: the secret is in %q", name, err)
		}
	}
	for _, n := range []int{0, 101} {
		if _, err := tokens.NewVerifier(tokens.Options{Keys: make([]tokens.Key, n)}); err == nil {
			t.Errorf("%d keys are taken", n)
		}
	}
}

// TestPublicKeyIsNoSecret: in whichever form it is given, what it signs as an HMAC is not taken.
func TestPublicKeyIsNoSecret(t *testing.T) {
	der, _ := pem.Decode(inPEM(&rsaKey.PublicKey))
	ec, _ := pem.Decode(inPEM(&ecKey.PublicKey))
	bare := base64.StdEncoding.EncodeToString(der.Bytes)
	jwk := fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","x":%q}`, member(edPub))
	for name, content := range map[string]string{
		"DER": string(der.Bytes), "DER of P-256": string(ec.Bytes), "PKCS 1": string(x509.MarshalPKCS1PublicKey(&rsaKey.PublicKey)),
		"one line": bare + "\n", "lines": bare[:64] + "\r\n" + bare[64:], "key": jwk, "set": "\n{\"keys\":[" + jwk + "]}\n",
		"OpenSSH": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKH0p1kP3mDnAMy2PLVmBYfu5ZGyjYt1bTDvGZqY2nhm login@app",
	} {
		if _, err := tokens.ParseKey([]byte(content)); err == nil || !strings.Contains(err.Error(), "give a public key in PEM") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, secret := range []string{secret, base64.StdEncoding.EncodeToString([]byte(secret)), "{" + secret, "30" + secret, "0\x82" + secret} {
		if k, err := tokens.ParseKey([]byte(secret)); err != nil || !k.Secret() {
			t.Errorf("%q: %v", secret, err)
		}
	}
	if must(tokens.ParseKey(inPEM(edPub))).Secret() {
		t.Error("a public key is a secret")
	}
}

// member is a part of a key in a set.
func member(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func TestSet(t *testing.T) {
	point := must(ecKey.PublicKey.Bytes())
	keys := map[string]string{
		"rsa":    fmt.Sprintf(`{"kty":"RSA","kid":"rsa","use":"sig","n":%q,"e":%q}`, member(rsaKey.N.Bytes()), member(big.NewInt(int64(rsaKey.E)).Bytes())),
		"ec":     fmt.Sprintf(`{"kty":"EC","kid":"ec","crv":"P-256","x":%q,"y":%q,"alg":"ES256"}`, member(point[1:33]), member(point[33:])),
		"ed":     fmt.Sprintf(`{"kty":"OKP","kid":"ed","crv":"Ed25519","x":%q,"key_ops":["verify"]}`, member(edPub)),
		"oct":    fmt.Sprintf(`{"kty":"oct","kid":"oct","k":%q,"alg":"HS384"}`, member([]byte(secret))),
		"for us": `{"kty":"RSA","use":"enc","n":"AA","e":"AQAB"}`,
		"future": `{"kty":"PQ","kid":"x"}`,
	}
	var all []string
	for _, k := range keys {
		all = append(all, k)
	}
	parsed, err := tokens.ParseSet([]byte(`{"keys":[` + strings.Join(all, ",") + `]}`))
	if err != nil || len(parsed) != 4 {
		t.Fatalf("%d keys, %v", len(parsed), err)
	}
	v := verifier(t, tokens.Options{Keys: parsed})
	for name, c := range map[string]struct {
		token string
		good  bool
	}{
		"rsa":               {sign(jwt.SigningMethodPS256, rsaKey, jwt.MapClaims{}, "kid", "rsa"), true},
		"ec":                {sign(jwt.SigningMethodES256, ecKey, jwt.MapClaims{}, "kid", "ec"), true},
		"ed":                {sign(jwt.SigningMethodEdDSA, edK, jwt.MapClaims{}, "kid", "ed"), true},
		"ed without kid":    {sign(jwt.SigningMethodEdDSA, edK, jwt.MapClaims{}), true},
		"oct":               {sign(jwt.SigningMethodHS384, []byte(secret), jwt.MapClaims{}, "kid", "oct"), true},
		"oct, not its alg":  {sign(jwt.SigningMethodHS256, []byte(secret), jwt.MapClaims{}, "kid", "oct"), false},
		"rsa by another id": {sign(jwt.SigningMethodPS256, rsaKey, jwt.MapClaims{}, "kid", "ec"), false},
		"unknown id":        {sign(jwt.SigningMethodPS256, rsaKey, jwt.MapClaims{}, "kid", "?"), false},
	} {
		if _, err := v.Verify(c.token); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, bad := range []string{
		``, `[]`, `{}`, `{"keys":[]}`, `{"keys":[{"kty":"PQ"}]}`, `{"keys":[7]}`, `{"keys":[{"kty":"oct","k":"AA"}]}`, `{"keys":[{"kty":"oct","k":"?"}]}`,
		`{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}`, `{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA"}]}`, `{"keys":[{"kty":"RSA","n":"AQ","e":"AQAB"}]}`,
		`{"keys":[{"kty":"RSA","n":"AQ","e":"Ag"}]}`, strings.Replace(`{"keys":[`+keys["ed"]+`]}`, `"x"`, `"d":"AA","x"`, 1), strings.Replace(`{"keys":[`+keys["oct"]+`]}`, "HS384", "RS256", 1),
		fmt.Sprintf(`{"keys":[{"kty":"EC","crv":"P-256","x":%q,"y":%q}]}`, member(point[1:33]), member(point[1:33])),
	} {
		if _, err := tokens.ParseSet([]byte(bad)); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

func FuzzVerify(f *testing.F) {
	f.Add(sign(jwt.SigningMethodHS256, []byte(secret), jwt.MapClaims{"sub": "u", "rooms": []string{"a"}}))
	f.Add("..")
	key := must(tokens.ParseKey([]byte("another one, of which no token is made")))
	v := must(tokens.NewVerifier(tokens.Options{Keys: []tokens.Key{key}}))
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := v.Verify(token); err == nil {
			t.Errorf("%q passes", token)
		}
	})
}

func FuzzParseSet(f *testing.F) {
	f.Add([]byte(`{"keys":[{"kty":"oct","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]}`))
	f.Add([]byte(`{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"},{"kty":"RSA","n":"AQ","e":"AQAB"}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		keys, err := tokens.ParseSet(b)
		if err == nil && (len(keys) == 0 || !json.Valid(b)) {
			t.Errorf("%q is taken", b)
		}
	})
}
