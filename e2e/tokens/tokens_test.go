package tokens

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/cluster/node"
	"github.com/ioserver/ioserver/e2e/driver"
)

const patience = 2 * time.Minute

// pair makes a key that signs, and the one that verifies, in PEM.
func pair(t *testing.T) (private, public string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signs, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	verifies, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	text := func(kind string, b []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}))
	}
	return text("PRIVATE KEY", signs), text("PUBLIC KEY", verifies)
}

// TestOfficialClients has them come with tokens of each kind; then the key in the
// file becomes another one.
func TestOfficialClients(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	private, public := pair(t)
	nextPrivate, nextPublic := pair(t)
	file := filepath.Join(t.TempDir(), "key.pem")
	write := func(key string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(key), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(public)
	n, err := node.Start(program, nil, "--workers=4", "--balance=round-robin", "--jwt-key="+file, "--jwt-issuer=login.example", "--jwt-audience=io")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Stop(); err != nil {
			t.Error(err)
		}
	})
	drive := func(script string, key, other string) {
		t.Helper()
		var outcome struct{ Results []driver.Result }
		if err := driver.Run(ctx, ".", script, map[string]any{"url": "http://" + n.Addr, "key": key, "other": other}, &outcome); err != nil {
			t.Fatal(err)
		}
		driver.Report(t, outcome.Results)
	}
	drive("bearers.mjs", private, nextPrivate)
	write(nextPublic)
	if err := n.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Await(patience, func(l node.Line) bool { return strings.Contains(l.Text, "what is in jwt-key") }); err != nil {
		t.Fatal(err)
	}
	drive("changed.mjs", private, nextPrivate)
	if refused := n.Lines(func(l node.Line) bool { return strings.Contains(l.Text, "token refused") }); len(refused) == 0 {
		t.Error("no line tells of those that were refused")
	} else if strings.Contains(refused[0].Text, "eyJ") {
		t.Errorf("a token is logged: %s", refused[0].Text)
	}
}
