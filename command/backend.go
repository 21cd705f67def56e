package command

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/ioserver/ioserver/worker"
)

const (
	overNATS         = "nats" // --backend
	signerFileLimit  = 4 << 10
	signersLimit     = 8  // secrets that requests are signed with
	signerShort      = 16 // bytes below which a secret is warned about
	namespacesLimit  = 64
	absentIsRefused  = "refuse"
	absentIsAllowed  = "allow"
	backendSecretArg = "--backend-secret-file"
)

// application is where the application is, besides what its workers are told.
type application struct {
	absent     string
	secretFile string
	notes      []string // what is unwise, for the log
	sum        [sha256.Size]byte
}

// backendAddress is nats or an address of HTTP.
func backendAddress(target *string) value {
	return text(target, func(s string) bool {
		u, err := url.Parse(s)
		return s == overNATS || err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil && u.Fragment == ""
	})
}

// namespaces is a namespace's name, or a pattern of some.
func namespaces(s string) error {
	return usable(strings.HasPrefix(s, "/") && len(s) <= 256 && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }))
}

// read checks the flags against each other, and reads the secrets.
func (a *application) read(o *options) error {
	b := &o.worker.Backend
	b.AllowAbsent = a.absent == absentIsAllowed
	webhook := b.At != "" && b.At != overNATS
	switch {
	case a.secretFile != "" && !webhook:
		return &usageError{what: backendSecretArg, given: a.secretFile, accepted: "it together with --backend https://..."}
	case len(b.Namespaces) > namespacesLimit:
		return &usageError{what: "--backend-namespaces", given: b.Namespaces[0] + ",...", accepted: fmt.Sprintf("at most %d", namespacesLimit)}
	case b.At != "" && o.worker.Demo && slices.Contains(b.Namespaces, "/"):
		return &usageError{what: "--demo", given: "true", accepted: "it without --backend, or with --backend-namespaces other than /"}
	case !webhook:
		return nil
	}
	if u, err := url.Parse(b.At); err == nil && u.Scheme == "http" && !loopback(u.Hostname()) {
		a.notes = append(a.notes, "what clients say is read by everybody on the way to the backend: https:// keeps it secret (--backend="+b.At+")")
	}
	if a.secretFile == "" {
		a.notes = append(a.notes, "requests to the backend are not signed, and it cannot tell who they are from: see --backend-secret-file")
		return nil
	}
	return a.readSecrets(b)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// readSecrets takes a file of one secret a line, with comments that begin with
// #. What is said of them names the place, never a secret.
func (a *application) readSecrets(b *worker.Backend) error {
	content, mode, err := readFile(a.secretFile, signerFileLimit)
	if err != nil {
		return fmt.Errorf("%s: %w", backendSecretArg, err)
	}
	name := oneLine(a.secretFile)
	if mode&0o006 != 0 {
		a.notes = append(a.notes, fmt.Sprintf("%s is open to every user of this machine (mode %04o): chmod o= it", name, mode.Perm()))
	}
	lines := bufio.NewScanner(bytes.NewReader(content))
	lines.Buffer(nil, signerFileLimit+1)
	for n := 1; lines.Scan(); n++ {
		secret := strings.TrimSpace(lines.Text())
		if secret == "" || strings.HasPrefix(secret, "#") {
			continue
		}
		if len(secret) < signerShort {
			a.notes = append(a.notes, fmt.Sprintf("%s:%d: a secret of fewer than %d characters is easily guessed", name, n, signerShort))
		}
		b.Secrets = append(b.Secrets, []byte(secret))
	}
	if n := len(b.Secrets); n == 0 || n > signersLimit {
		return &usageError{what: name, accepted: fmt.Sprintf("1 to %d secrets, one a line; there are %d", signersLimit, n)}
	}
	a.sum = sha256.Sum256(bytes.Join(b.Secrets, []byte{'\n'}))
	return lines.Err()
}
