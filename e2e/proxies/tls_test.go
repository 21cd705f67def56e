package proxies

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
)

// site is the name in the files.
const site = "io.example.com"

// withTLS has a file of nginx's speak TLS as its comment says, at 443 beside 80,
// and returns who is to be trusted for that.
func withTLS(t *testing.T, name string) (proxy, *x509.CertPool) {
	t.Helper()
	into := t.TempDir()
	certificate, key := filepath.Join(into, "certificate"), filepath.Join(into, "key")
	roots := writeCertificate(t, certificate, key)
	b, err := os.ReadFile(scripts(t, filepath.Join("nginx", name)))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(b), "listen 80;", fmt.Sprintf("listen 80;\n listen 443 ssl;\n ssl_certificate %s;\n ssl_certificate_key %s;", certificate, key), 1)
	file := filepath.Join(into, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil || text == string(b) {
		t.Fatalf("%s: %v", name, err)
	}
	return nginxWith(t, file), roots
}

func writeCertificate(t *testing.T, certificate, key string) *x509.CertPool {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{site}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	for path, block := range map[string]*pem.Block{certificate: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return roots
}

// TestTLSAtTheProxy: clients speak TLS with nginx, by polls that reach all nodes
// in turn and by a WebSocket, and the application knows.
func TestTLSAtTheProxy(t *testing.T) {
	proxy, roots := withTLS(t, "round-robin.conf")
	serve(t, flagsIn(t, proxy.file))
	proxy.run(t)
	trust := &tls.Config{RootCAs: roots, ServerName: site}
	transport := &http.Transport{TLSClientConfig: trust}
	defer transport.CloseIdleConnections()
	for origin, secure := range map[string]string{"https://127.0.0.1": `"secure":true`, "http://127.0.0.1": `"secure":false`} {
		p := &poller{t: t, client: &http.Client{Transport: transport, Timeout: patience}, origin: origin, query: "EIO=4&transport=polling"}
		p.query += "&sid=" + sessionID(t, p.do(http.MethodGet, ""))
		p.do(http.MethodPost, "40")
		p.has("40{")
		p.do(http.MethodPost, `421["info"]`)
		if got := p.has("431["); !strings.Contains(got, secure) || !strings.Contains(got, `"host":"`+site+`"`) {
			t.Errorf("%s: %s", origin, got)
		}
	}
	dialer := websocket.Dialer{TLSClientConfig: trust, HandshakeTimeout: patience}
	c, _, err := dialer.Dial("wss://127.0.0.1/socket.io/?EIO=4&transport=websocket", http.Header{"Host": {site}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetReadDeadline(time.Now().Add(patience))
	for _, text := range []string{"40", `421["info"]`} {
		if err := c.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	for {
		_, b, err := c.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(string(b), "431[") {
			if !strings.Contains(string(b), `"secure":true`) {
				t.Errorf("%s", b)
			}
			return
		}
	}
}
