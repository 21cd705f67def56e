package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/ioserver/ioserver/broker/embedded"
)

const (
	applicationUser      = "application"
	credentialsFileLimit = 4 << 10
	credentialsMode      = 0o600 // unless there is a file that a group may read
)

// credentials are what applications need to connect to the embedded NATS server,
// as --backend-credentials writes them. What is in the file stays good through
// restarts: user and password always, the address as long as its port is free.
type credentials struct {
	URL      string `json:"url"` // nats://127.0.0.1:port
	User     string `json:"user"`
	Password string `json:"password"`
	Server   string `json:"server"` // the URL with user and password in it
	Cluster  string `json:"cluster"`
}

// readCredentials is what an earlier server has written; zero: nothing that can
// be used.
func readCredentials(name string) (c credentials) {
	if name == "" {
		return c
	}
	content, _, err := readFile(name, credentialsFileLimit)
	if err != nil || json.Unmarshal(content, &c) != nil {
		return credentials{}
	}
	return c
}

// credential is the one in the file, or a new one.
func (c *credentials) credential() embedded.Credential {
	fresh := embedded.NewCredential(applicationUser)
	if c.User == applicationUser && len(c.Password) >= len(fresh.Secret) {
		fresh.Secret = c.Password
	}
	return fresh
}

// writeCredentials replaces the file at once, whole. Its owner may read it, and
// its group if that may read the file that there is.
func writeCredentials(name, cluster, url string, as embedded.Credential) error {
	if name == "" {
		return nil
	}
	content, err := json.MarshalIndent(credentials{
		URL: url, User: as.User, Password: as.Secret, Cluster: cluster,
		Server: strings.Replace(url, "://", "://"+as.User+":"+as.Secret+"@", 1),
	}, "", "  ")
	if err != nil {
		return err
	}
	return replaceFile(name, append(content, '\n'))
}

// replaceFile writes beside the file, and renames.
func replaceFile(name string, content []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), ".ioserver-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	err = errors.Join(inheritMode(f, name), write(f, content))
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

func write(f *os.File, content []byte) error {
	_, err := f.Write(content)
	return errors.Join(err, f.Close())
}

// inheritMode gives f the group of the file that it is to replace, as far as
// that may be, and what this group may do: read, at the most.
func inheritMode(f *os.File, name string) error {
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return f.Chmod(credentialsMode)
	}
	if err != nil {
		return err
	}
	mode := fs.FileMode(credentialsMode)
	if of, ok := info.Sys().(*syscall.Stat_t); ok && info.Mode()&0o040 != 0 && f.Chown(-1, int(of.Gid)) == nil {
		mode |= 0o040
	}
	return f.Chmod(mode)
}

const credentialsFlag = "--backend-credentials"

// checkCredentials refuses what cannot be together.
func (o *options) checkCredentials() error {
	if o.credentials != "" && len(o.nats) > 0 {
		return &usageError{what: credentialsFlag, given: o.credentials, problem: "not together with --nats: who may connect there is for that server's configuration to say"}
	}
	return nil
}

// probeCredentials finds out at the start whether the file can be written: the
// server that writes it is another process.
func (o *options) probeCredentials() error {
	if o.credentials == "" {
		return nil
	}
	if info, err := os.Stat(o.credentials); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s: %s is no regular file", credentialsFlag, oneLine(o.credentials))
	}
	f, err := os.CreateTemp(filepath.Dir(o.credentials), ".ioserver-")
	if err != nil {
		return fmt.Errorf("%s: %w", credentialsFlag, err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}
