package command

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const clusterSecret = "a-secret-of-all-machines"

// pair makes a certificate that is its own authority, and its key.
func pair(t *testing.T) (cert, key string) {
	t.Helper()
	return pairUntil(t, time.Now().Add(time.Hour))
}

func pairUntil(t *testing.T, until time.Time) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: until, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
}

// What the flags make of it for the embedded server: the secret itself leaves
// the master for nowhere.
func TestPeering(t *testing.T) {
	secret := file(t, "\n "+clusterSecret+"\t\n")
	o := parse(t, "--cluster-listen=:6222", "--cluster-join", "a.example:6222,10.0.0.2:7222", "--cluster-join=[::1]:6222", "--cluster-secret-file", secret, "--cluster=c-1")
	raw, err := o.embeddedConfig()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(raw), clusterSecret) {
		t.Error("the broker is told the secret")
	}
	var config brokerConfig
	if err := json.Unmarshal(raw, &config); err != nil {
		t.Fatal(err)
	}
	p := config.Peering
	if p == nil || p.Listen != ":6222" || strings.Join(p.Join, " ") != "a.example:6222 10.0.0.2:7222 [::1]:6222" || len(p.Secret) < 40 || p.TLS != nil {
		t.Errorf("%+v", p)
	}
	same := parse(t, "--cluster-listen=:6222", "--cluster-secret-file", file(t, clusterSecret), "--cluster=c-1")
	other := parse(t, "--cluster-listen=:6222", "--cluster-secret-file", secret, "--cluster=c-2")
	if same.peering.secret != o.peering.secret || other.peering.secret == o.peering.secret {
		t.Error("what is derived depends on something else than secret and cluster")
	}
	if workers, err := o.workerConfig(); err != nil || strings.Contains(string(workers), o.peering.secret) {
		t.Errorf("workers are told: %v", err)
	}
	if raw, err = parse(t).embeddedConfig(); err != nil || strings.Contains(string(raw), "Peering") {
		t.Errorf("without the flags: %s, %v", raw, err)
	}
}

// Each refusal is one line that says what to do, and never the secret.
func TestPeeringRefused(t *testing.T) {
	secret := file(t, clusterSecret)
	open := file(t, clusterSecret)
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	cert, key := pair(t)
	_, stranger := pair(t)
	certFile, keyFile, strangerFile := file(t, cert), file(t, key), file(t, stranger)
	listen := []string{"--cluster-listen=127.0.0.1:6222"}
	with := func(more ...string) []string {
		return append(append([]string{"--cluster-secret-file", secret}, listen...), more...)
	}
	for _, c := range []struct {
		flags []string
		want  string
	}{
		{listen, "--cluster-listen \"127.0.0.1:6222\": needs a secret that all machines share, in a file for --cluster-secret-file"},
		{[]string{"--cluster-join=a:6222"}, "--cluster-join \"a:6222\": accepted: it together with --cluster-listen"},
		{[]string{"--cluster-secret-file", secret}, "--cluster-listen"},
		{[]string{"--cluster-tls-ca", certFile}, "--cluster-listen"},
		{with("--nats=nats://127.0.0.1:4222"), "--cluster-listen \"127.0.0.1:6222\": not together with --nats"},
		{[]string{"--nats=nats://127.0.0.1:4222", "--cluster-tls-key=x"}, "--cluster-tls-key \"x\": not together with --nats"},
		{append(listen, "--cluster-secret-file=/no/such"), "--cluster-secret-file: open /no/such: no such file"},
		{append(listen, "--cluster-secret-file=/dev/zero"), "not a regular file"},
		{append(listen, "--cluster-secret-file", file(t, " \n")), "empty; accepted: one line with a secret"},
		{append(listen, "--cluster-secret-file", file(t, "a-secret-short")), "a secret of 14 characters; accepted: at least 16"},
		{append(listen, "--cluster-secret-file", file(t, clusterSecret+"\n"+clusterSecret)), "more than one line"},
		{append(listen, "--cluster-secret-file", file(t, strings.Repeat(clusterSecret, 1000))), "longer than 4096 bytes"},
		{append(listen, "--cluster-secret-file", open), "open to every user of this machine (mode 0644)"},
		{with("--cluster-tls-cert", certFile, "--cluster-tls-key", keyFile), "all three or none"},
		{with("--cluster-tls-cert", certFile, "--cluster-tls-key", strangerFile, "--cluster-tls-ca", certFile), "certificate and key"},
		{with("--cluster-tls-cert", certFile, "--cluster-tls-key=/no/such", "--cluster-tls-ca", certFile), "--cluster-tls-key: open /no/such"},
		{[]string{"--cluster-listen=unix:/s"}, "host:port, :port or [::]:port"},
		{[]string{"--cluster-listen=:0"}, "host:port, :port or [::]:port"},
		{[]string{"--cluster-listen=6222"}, "host:port, :port or [::]:port"},
		{[]string{"--cluster-join=:6222"}, "accepted: host:port"},
		{[]string{"--cluster-join=a"}, "accepted: host:port"},
	} {
		stdout, stderr, status := run(t, nil, append([]string{"check-config"}, c.flags...)...)
		if status == 0 || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, c.want) || strings.Contains(stderr, "a-secret") {
			t.Errorf("%q: status %d, %q, %q\nwant %q", c.flags, status, stdout, stderr, c.want)
		}
	}
}

// All of it can stand in the file, and be printed.
func TestPeeringInTheFile(t *testing.T) {
	cert, key := pair(t)
	text := "cluster-listen: \":6222\"\ncluster-join: [a.example:6222, b.example:6222]\ncluster-secret-file: " + file(t, clusterSecret) + "\n" +
		"cluster-tls-cert: " + file(t, cert) + "\ncluster-tls-key: " + file(t, key) + "\ncluster-tls-ca: " + file(t, cert) + "\n"
	c, err := load(given{"config": {file(t, text)}})
	if err != nil {
		t.Fatal(err)
	}
	if c.peering.pem == nil || c.peering.pem.Cert != cert || len(c.peering.join) != 2 {
		t.Errorf("%+v", c.peering)
	}
	for _, s := range c.settings {
		if strings.HasPrefix(s.name, "cluster-") && s.from.kind != inFile {
			t.Errorf("%s is not from the file", s.name)
		}
	}
	printed, err := c.effective()
	if err != nil || strings.Contains(printed, clusterSecret) || strings.Contains(printed, c.peering.secret) || !strings.Contains(printed, "a.example:6222") {
		t.Errorf("%v\n%s", err, printed)
	}
}

// peers starts a command that others join, with its files.
type peers struct {
	*live
	secret, cert, key, ca, joins string
}

func startPeers(t *testing.T, until time.Time) *peers {
	t.Helper()
	dir := t.TempDir()
	p := &peers{live: &live{config: filepath.Join(dir, "ioserver.yaml")}}
	cert, key := pairUntil(t, until)
	for name, f := range map[string]struct {
		to   *string
		text string
	}{"secret": {&p.secret, clusterSecret}, "cert": {&p.cert, cert}, "key": {&p.key, key}, "ca": {&p.ca, cert}} {
		*f.to = filepath.Join(dir, name)
		p.write(t, *f.to, f.text)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.joins = l.Addr().String()
	l.Close()
	p.configure(t, "")
	p.process = start(t, "--config", p.config, "--listen=127.0.0.1:0")
	return p
}

func (p *peers) configure(t *testing.T, more string) {
	p.write(t, p.config, "workers: 1\nlog-level: debug\ncluster-listen: "+p.joins+"\ncluster-secret-file: "+p.secret+
		"\ncluster-tls-cert: "+p.cert+"\ncluster-tls-key: "+p.key+"\ncluster-tls-ca: "+p.ca+"\n"+more)
}

// A reload takes new certificates, and says of the rest that it needs a restart.
func TestPeeringReloads(t *testing.T) {
	p := startPeers(t, time.Now().Add(time.Hour))
	p.awaitAll(t, "serves /", "servers of other machines may join")
	hangup := func(want ...string) {
		t.Helper()
		p.signal(t, syscall.SIGHUP)
		p.awaitAll(t, want...)
	}
	cert, key := pair(t)
	p.write(t, p.cert, cert)
	p.write(t, p.ca, cert)
	hangup("configuration not reloaded, all stays as it is") // the key is another's
	p.write(t, p.key, key)
	hangup(`changed="what is in cluster-tls-cert, cluster-tls-key and cluster-tls-ca"`, `level=DEBUG msg="configuration reloaded" role=broker`)
	p.write(t, p.secret, "another-secret-of-all-machines")
	p.configure(t, "cluster-join: 127.0.0.1:1\n")
	hangup(`msg="needs a restart" settings="cluster-join, what is in cluster-secret-file"`)
	if text := p.output(); strings.Contains(text, "secret-of-all-machines") || strings.Contains(text, "PRIVATE") {
		t.Error("a secret is in the log")
	}
}

// A machine whose certificate has ended, and whose broker dies then, has a broker
// again, though no other machine's joins it.
func TestBrokerOutlivesItsCertificate(t *testing.T) {
	until := time.Now().Add(4 * time.Second).Truncate(time.Second)
	p := startPeers(t, until)
	serves := p.awaitAll(t, `msg="broker serves"`, "our certificate for other machines ends")[0]
	<-time.After(time.Until(until.Add(time.Second)))
	pid, err := strconv.Atoi(regexp.MustCompile(`\bpid=(\d+)`).FindStringSubmatch(serves)[1])
	if err == nil {
		err = syscall.Kill(pid, syscall.SIGKILL)
	}
	if err != nil {
		t.Fatal(err)
	}
	p.awaitAll(t, "broker died", `level=ERROR msg="other machines refuse our certificate`, "servers of other machines may join")
}

// An address that cannot be had ends the start, as with --listen.
func TestPeeringAddressInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, stderr, status := run(t, nil, "--listen=127.0.0.1:0", "--cluster-listen", l.Addr().String(), "--cluster-secret-file", file(t, clusterSecret))
	if status != 1 || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "--cluster-listen: listen tcp "+l.Addr().String()+": bind: address already in use") {
		t.Errorf("status %d: %s", status, stderr)
	}
}

// Two commands join; the broker of one is killed, and joins again.
func TestCommandsJoin(t *testing.T) {
	secret := file(t, clusterSecret)
	var addresses []string
	for range 2 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addresses = append(addresses, l.Addr().String())
		l.Close()
	}
	a := start(t, "--listen=127.0.0.1:0", "--workers=1", "--log-level=debug", "--cluster-listen", addresses[0], "--cluster-secret-file", secret)
	serves := a.await(t, `msg="broker serves"`)
	b := start(t, "--listen=127.0.0.1:0", "--workers=1", "--cluster-listen", addresses[1], "--cluster-join", addresses[0], "--cluster-secret-file", secret)
	a.await(t, "a server has joined")
	b.await(t, "a server has joined")
	pid, err := strconv.Atoi(regexp.MustCompile(`\bpid=(\d+)`).FindStringSubmatch(serves)[1])
	if err == nil {
		err = syscall.Kill(pid, syscall.SIGKILL)
	}
	if err != nil {
		t.Fatal(err)
	}
	a.awaitAll(t, "broker died", "servers of other machines may join", "a server has joined")
	b.awaitAll(t, "a server is gone", "a server has joined")
}
