package command

import (
	"fmt"
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
		content, err := j.file("--jwt-key", name, &total)
		if err != nil {
			return err
		}
		if _, err := tokens.ParseKey(content); err != nil {
			return &usageError{what: "--jwt-key " + oneLine(name), problem: oneLine(err.Error())}
		}
		j.config.Keys = append(j.config.Keys, string(content))
	}
	if j.setFile != "" {
		content, err := j.file("--jwt-jwks-file", j.setFile, &total)
		if err != nil {
			return err
		}
		if _, err := tokens.ParseSet(content); err != nil {
			return &usageError{what: "--jwt-jwks-file " + oneLine(j.setFile), problem: oneLine(err.Error())}
		}
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

func (j *jwt) file(flag, name string, total *int) ([]byte, error) {
	content, mode, err := readFile(name, jwtLimit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	if mode&0o002 != 0 {
		j.notes = append(j.notes, fmt.Sprintf("every user of this machine can write %s (mode %04o), and let in whom they like: chmod o= it", oneLine(name), mode.Perm()))
	}
	*total += len(content)
	return content, nil
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
