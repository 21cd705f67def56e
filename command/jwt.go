package command

import (
	"fmt"
	"io/fs"
	"slices"

	"github.com/ioserver/ioserver/worker/tokens"
)

const jwtLimit = 24 << 10 // bytes of keys for clients' tokens: they travel in one message between processes

// jwt is how clients' tokens are judged: what the flags say, and what the files
// hold.
type jwt struct {
	keyFiles []string
	setFile  string
	issuer   string
	audience string

	config tokens.Config
	notes  []string // what is unwise, for the log
}

// read takes the files. What is said of a key names its file, never the key.
func (j *jwt) read() error {
	j.config = tokens.Config{Issuer: j.issuer, Audience: j.audience}
	total := 0
	for _, name := range j.keyFiles {
		content, mode, err := j.file("--jwt-key", name, &total)
		if err != nil {
			return err
		}
		key, err := tokens.ParseKey(content)
		if err != nil {
			return &usageError{what: "--jwt-key " + oneLine(name), problem: oneLine(err.Error())}
		}
		j.note(name, mode, key)
		j.config.Keys = append(j.config.Keys, string(content))
	}
	if j.setFile != "" {
		content, mode, err := j.file("--jwt-jwks-file", j.setFile, &total)
		if err != nil {
			return err
		}
		keys, err := tokens.ParseSet(content)
		if err != nil {
			return &usageError{what: "--jwt-jwks-file " + oneLine(j.setFile), problem: oneLine(err.Error())}
		}
		j.note(j.setFile, mode, keys...)
		j.config.Set = string(content)
	}
	return j.check(total)
}

func (j *jwt) check(total int) error {
	const both = "--jwt-key, --jwt-jwks-file"
	if !j.config.Wanted() {
		for flag, value := range map[string]string{"--jwt-issuer": j.issuer, "--jwt-audience": j.audience} {
			if value != "" {
				return &usageError{what: flag, given: value, problem: "needs keys that tokens are signed by: --jwt-key or --jwt-jwks-file"}
			}
		}
		return nil
	}
	if total > jwtLimit {
		return &usageError{what: both, accepted: fmt.Sprintf("files of %d bytes in all", jwtLimit)}
	}
	if _, err := j.config.Verifier(); err != nil {
		return &usageError{what: both, problem: oneLine(err.Error())}
	}
	return nil
}

func (j *jwt) file(flag, name string, total *int) ([]byte, fs.FileMode, error) {
	content, mode, err := readFile(name, jwtLimit)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", flag, err)
	}
	*total += len(content)
	return content, mode, nil
}

// note says where a file lets everybody make tokens: by writing it, or by
// reading a secret.
func (j *jwt) note(name string, mode fs.FileMode, keys ...tokens.Key) {
	does := ""
	switch {
	case mode&0o002 != 0:
		does = "write"
	case mode&0o004 != 0 && slices.ContainsFunc(keys, tokens.Key.Secret):
		does = "read"
	default:
		return
	}
	j.notes = append(j.notes, fmt.Sprintf("every user of this machine can %s %s (mode %04o), and let in whom they like: chmod o= it", does, oneLine(name), mode.Perm()))
}

// take takes up other keys, where they are in the same files, and returns what has
// changed.
func (j *jwt) take(next *jwt) (changed []string) {
	if slices.Equal(j.keyFiles, next.keyFiles) && !slices.Equal(j.config.Keys, next.config.Keys) {
		j.config.Keys = next.config.Keys
		changed = append(changed, "what is in jwt-key")
	}
	if j.setFile == next.setFile && j.config.Set != next.config.Set {
		j.config.Set = next.config.Set
		changed = append(changed, "what is in jwt-jwks-file")
	}
	j.notes = next.notes
	return changed
}
