package command

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strings"
)

const (
	tokenVariable   = "IOSERVER_API_TOKEN"
	tokenFileLimit  = 64 << 10 // bytes of a token file
	tokenLimit      = 512      // bytes of a token: it has to fit into a request's head
	tokensLimit     = 100      // tokens in force: each is compared with what a request brings
	tokenShort      = 16       // bytes below which a token is warned about
	tokenCharacters = "letters, digits and punctuation without spaces, at most 512 of them"
)

// apiTokens are those that the HTTP API takes. Only their hashes are kept, so that
// no log, dump or child ever holds what a client has to say.
type apiTokens struct {
	hashes []string // hexadecimal SHA-256, sorted, each once
	notes  []string // what is unwise about them, for the log
}

// readTokens takes the tokens of the file, if one is named, and of the
// environment. All of them are good at the same time.
func readTokens(file string) (apiTokens, error) {
	var t apiTokens
	if token := os.Getenv(tokenVariable); token != "" {
		if err := t.add(token, tokenVariable); err != nil {
			return apiTokens{}, err
		}
	}
	if file != "" {
		if err := t.read(file); err != nil {
			return apiTokens{}, err
		}
	}
	slices.Sort(t.hashes)
	t.hashes = slices.Compact(t.hashes)
	if len(t.hashes) > tokensLimit {
		return apiTokens{}, &usageError{what: file, accepted: fmt.Sprintf("at most %d tokens", tokensLimit)}
	}
	return t, nil
}

// read takes a file of one token a line, with comments that begin with #.
func (t *apiTokens) read(file string) error {
	content, mode, err := readFile(file, tokenFileLimit)
	if err != nil {
		return fmt.Errorf("--api-token-file: %w", err)
	}
	if mode&0o006 != 0 {
		t.notes = append(t.notes, fmt.Sprintf("%s is open to every user of this machine (mode %04o): chmod o= it", oneLine(file), mode.Perm()))
	}
	before := len(t.hashes)
	lines := bufio.NewScanner(bytes.NewReader(content))
	lines.Buffer(nil, tokenFileLimit+1)
	for n := 1; lines.Scan(); n++ {
		token := strings.TrimSpace(lines.Text())
		if token == "" || strings.HasPrefix(token, "#") {
			continue
		}
		if err := t.add(token, fmt.Sprintf("%s:%d", oneLine(file), n)); err != nil {
			return err
		}
	}
	if len(t.hashes) == before {
		return &usageError{what: oneLine(file), accepted: "one token a line; there is none"}
	}
	return lines.Err()
}

// add takes a token. What is said of it names its place, never the token.
func (t *apiTokens) add(token, where string) error {
	if len(token) > tokenLimit || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return &usageError{what: where + ": a token", accepted: tokenCharacters}
	}
	if len(token) < tokenShort {
		t.notes = append(t.notes, fmt.Sprintf("%s: a token of fewer than %d characters is easily guessed", where, tokenShort))
	}
	hash := sha256.Sum256([]byte(token))
	t.hashes = append(t.hashes, hex.EncodeToString(hash[:]))
	return nil
}
