package broker_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/ioserver/ioserver/broker"
)

// TestNATSOverTLS: the user's own server may want it.
func TestNATSOverTLS(t *testing.T) {
	cert, pool := certificate(t)
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true, NoSystemAccount: true,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	o := broker.NATSOptions{Servers: []string{"tls://" + s.Addr().String()}, TLS: &tls.Config{RootCAs: pool}, QueueBytes: 1 << 20}
	a, b := dial(t, o), dial(t, o)
	got := make(chan []byte, 100)
	if _, err := b.Subscribe("x", func(m broker.Message) { got <- m.Data }); err != nil {
		t.Fatal(err)
	}
	flush(t, b)
	flush(t, a)
	data := bytes.Repeat([]byte("0123456789"), 300<<10)
	for range 5 {
		if err := a.Publish("x", data); err != nil {
			t.Fatal(err)
		}
	}
	for range 5 {
		select {
		case d := <-got:
			if !bytes.Equal(d, data) {
				t.Errorf("%d bytes, others", len(d))
			}
		case <-time.After(patience):
			t.Fatal("nothing came")
		}
	}
}

// certificate is a self-signed one for loopback.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}
